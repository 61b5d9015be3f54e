import type { CommandSpec } from "../command.ts"
import { ALL_OWNERS, CONFIG, DRY_RUN, OUTPUT, OWNER, YES } from "../options.ts"
import { optional, RUN_ARGUMENT } from "./arguments.ts"

export const COPY_COMMANDS: readonly CommandSpec[] = [
  {
    name: "copies",
    group: "Act:",
    summary: "data that was copied from region to region for rows that train elsewhere",
    arguments: [],
    options: [],
    commands: [
      {
        name: "list",
        group: "Act:",
        summary: "copies, how far they are, and how they were verified",
        arguments: [optional("RUN", "id, unique prefix of an id, name, or @last (default: all runs)")],
        options: [ALL_OWNERS, ...CONFIG, OUTPUT],
        load: async () => (await import("../commands/copies-list.ts")).copiesList,
      },
      {
        name: "remove",
        group: "Act:",
        summary: "delete a run's copies, but for those that other runs still need",
        arguments: [RUN_ARGUMENT],
        options: [ALL_OWNERS, OWNER, YES, DRY_RUN, ...CONFIG, OUTPUT],
        examples: ["copies remove @last --dry-run", "copies remove imagenet -y"],
        load: async () => (await import("../commands/copies-remove.ts")).copiesRemove,
      },
    ],
  },
]
