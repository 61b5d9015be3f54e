import type { CommandSpec } from "../command.ts"
import { ALL_OWNERS, CONFIG, NO_REFRESH, OUTPUT, TIMEOUT } from "../options.ts"
import { argument, RUN_ARGUMENT } from "./arguments.ts"

export const SEE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "list",
    group: "See:",
    summary: "runs, newest first",
    arguments: [],
    options: [{ flags: "--limit <n>", summary: "at most this many" }, ALL_OWNERS, ...CONFIG, OUTPUT],
    load: async () => (await import("../commands/list.ts")).list,
  },
  {
    name: "status",
    group: "See:",
    summary: "what became of every row of a run",
    arguments: [RUN_ARGUMENT],
    options: [NO_REFRESH, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["status @last", "status @last -o json"],
    load: async () => (await import("../commands/status.ts")).status,
  },
  {
    name: "watch",
    group: "See:",
    summary: "follow a run on the terminal until it has ended",
    arguments: [RUN_ARGUMENT],
    options: [TIMEOUT, ALL_OWNERS, ...CONFIG, OUTPUT],
    ownsInterrupt: true,
    load: async () => (await import("../commands/watch.ts")).watch,
  },
  {
    name: "logs",
    group: "See:",
    summary: "the log of a row's training job",
    arguments: [RUN_ARGUMENT, argument("ROW", "index of the row")],
    options: [
      { flags: "-f, --follow", summary: "go on until the row has ended" },
      { flags: "--tail <n>", summary: "only the last lines of each host" },
      { flags: "--host <name>", summary: "only this host, e.g. algo-1" },
      { flags: "--attempt <n>", summary: "this attempt (default: the newest)" },
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    load: async () => (await import("../commands/logs.ts")).logs,
  },
]
