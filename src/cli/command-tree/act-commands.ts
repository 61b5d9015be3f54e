import type { CommandSpec } from "../command.ts"
import { ALL_OWNERS, CONFIG, DRY_RUN, NO_FOLLOWER, OUTPUT, OWNER, SELECTION, TIMEOUT, YES } from "../options.ts"
import { optional, RUN_ARGUMENT, WAIT } from "./arguments.ts"

const AFTER = { flags: "--after", summary: "instead of rows: the steps after the run that failed or were stopped" }

export const ACT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "stop",
    group: "Act:",
    summary: "stop a run or some of its rows, and see that they have ended",
    arguments: [RUN_ARGUMENT],
    options: [...SELECTION, TIMEOUT, YES, DRY_RUN, OWNER, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["stop @last", "stop @last --rows 3,10-99", "stop @last --region eu-west-1 -y"],
    ownsInterrupt: true,
    load: async () => (await import("../commands/stop.ts")).stop,
  },
  {
    name: "retry",
    group: "Act:",
    summary: "grant rows that failed or were stopped new attempts",
    arguments: [RUN_ARGUMENT],
    options: [...SELECTION, AFTER, WAIT, NO_FOLLOWER, TIMEOUT, YES, DRY_RUN, OWNER, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["retry @last --failed", "retry @last --rows 3 --wait", "retry @last --after"],
    ownsInterrupt: true,
    load: async () => (await import("../commands/retry.ts")).retry,
  },
  {
    name: "limit",
    group: "Act:",
    summary: "change how much a run may have at once, and its budget, while it goes on",
    arguments: [
      RUN_ARGUMENT,
      optional("REGION", "where the limits hold"),
      {
        name: "LIMIT",
        summary: "TYPE=N, TYPE/spot=N, or TYPE=none",
        isRequired: false,
        isVariadic: true,
      },
    ],
    options: [
      { flags: "--max-cost <usd>", summary: "the run's new budget" },
      YES,
      DRY_RUN,
      OWNER,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: [
      "limit @last us-east-1 ml.p3.16xlarge=4",
      "limit @last us-east-1 ml.p3.16xlarge/spot=0",
      "limit @last --max-cost 500",
    ],
    load: async () => (await import("../commands/limit.ts")).limit,
  },
]
