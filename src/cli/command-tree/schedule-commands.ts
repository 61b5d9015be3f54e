import type { CommandSpec, OptionSpec } from "../command.ts"
import { FILLED } from "../manifest-source-options.ts"
import { BUDGET, CONFIG, DRY_RUN, MANIFEST, NO_FOLLOWER, ON, OUTPUT, OVERLAP, YES } from "../options.ts"
import { argument, optional } from "./arguments.ts"

const NAME = argument("NAME", "name of the schedule")

const WHEN: readonly OptionSpec[] = [
  { flags: "--cron <fields>", summary: 'five fields such as "0 2 * * *", or EventBridge\'s "cron(0 2 * * ? *)"' },
  { flags: "--rate <rate>", summary: 'in equal steps of real time, e.g. "90 minutes", "1 hour", "2 days"' },
  { flags: "--time-zone <zone>", summary: "in which --cron is read, e.g. Europe/Berlin (default: UTC)" },
  { flags: "--start <time>", summary: "fire from then on, e.g. 2026-12-01 or 2026-12-01T02:00" },
  { flags: "--end <time>", summary: "fire up to then" },
]

export const SCHEDULE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "schedule",
    group: "Run:",
    summary: "submit manifests by cron and rate",
    arguments: [],
    options: [],
    commands: [
      {
        name: "add",
        group: "Run:",
        summary: "submit a manifest, a sweep or a query again and again; each firing makes a run of its own, once",
        arguments: [NAME, optional("MANIFEST", "the CSV; on aws also an s3:// URI, read at each firing")],
        options: [...WHEN, OVERLAP, ...FILLED, ...MANIFEST, ...BUDGET, NO_FOLLOWER, DRY_RUN, ...CONFIG, OUTPUT],
        examples: [
          'schedule add nightly manifest.csv --cron "0 2 * * *" --time-zone Europe/Berlin',
          'schedule add hourly manifest.csv --rate "1 hour" --overlap queue --max-cost 25',
          'schedule add weekly --sweep space.yaml --seed {scheduled.seconds} --cron "0 2 * * SUN"',
          'schedule add daily --catalog new.sql --param day={scheduled.date} --cron "0 6 * * *"',
        ],
        load: async () => (await import("../commands/schedule-add.ts")).scheduleAdd,
      },
      {
        name: "list",
        group: "Run:",
        summary: "schedules, and when each fires next",
        arguments: [],
        options: [ON, ...CONFIG, OUTPUT],
        load: async () => (await import("../commands/schedule-list.ts")).scheduleList,
      },
      {
        name: "next",
        group: "Run:",
        summary: "the next firings, and those that daylight saving skips",
        arguments: [optional("NAME", "name of the schedule (default: all)")],
        options: [{ flags: "-n, --count <n>", summary: "how many (default: 5)" }, ON, ...CONFIG, OUTPUT],
        examples: ["schedule next nightly -n 10"],
        load: async () => (await import("../commands/schedule-next.ts")).scheduleNext,
      },
      {
        name: "pause",
        group: "Run:",
        summary: "fire no more until it is resumed; runs go on",
        arguments: [NAME],
        options: [ON, DRY_RUN, ...CONFIG, OUTPUT],
        load: async () => (await import("../commands/schedule-change.ts")).schedulePause,
      },
      {
        name: "resume",
        group: "Run:",
        summary: "fire again; what lay in the pause is not made up for",
        arguments: [NAME],
        options: [ON, DRY_RUN, ...CONFIG, OUTPUT],
        load: async () => (await import("../commands/schedule-change.ts")).scheduleResume,
      },
      {
        name: "remove",
        group: "Run:",
        summary: "fire no more, and delete the copy that firings read; runs go on",
        arguments: [NAME],
        options: [ON, YES, DRY_RUN, ...CONFIG, OUTPUT],
        load: async () => (await import("../commands/schedule-change.ts")).scheduleRemove,
      },
      {
        name: "run",
        group: "Run:",
        summary: "the foreground scheduler of the platform local: fires until it is told to end",
        arguments: [],
        options: [
          {
            flags: "--missed <how>",
            summary: "of what was missed while no scheduler ran: fire the latest (run, the default), or nothing (skip)",
            choices: ["run", "skip"],
          },
          ON,
          ...CONFIG,
        ],
        ownsInterrupt: true,
        load: async () => (await import("../commands/schedule-run.ts")).scheduleRun,
      },
    ],
  },
]
