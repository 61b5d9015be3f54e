// Every command that is built, as data: its arguments, its options and where its code is.
// It reads no command's code; `unbuilt-commands.ts` has the names that are refused.
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command.ts"
import { SHELLS } from "./completion-shells.ts"
import {
  ALL_OWNERS,
  BUDGET,
  CONFIG,
  DRY_RUN,
  MANIFEST,
  NO_FOLLOWER,
  NO_REFRESH,
  ON,
  OUTPUT,
  OWNER,
  SELECTION,
  TIMEOUT,
  YES,
} from "./options.ts"

const START = "Start:"
const RUN = "Run:"
const SEE = "See:"
const ACT = "Act:"
const AFTER = "After:"
const OTHER = "Other:"

const RUN_ARGUMENT = argument("RUN", "id, unique prefix of an id, name, or @last")
const WAIT: OptionSpec = { flags: "--wait", summary: "wait for the end; exit 0 when every row completed, else 3" }

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "demo",
    group: START,
    summary: "the whole story on this machine: rows of four regions trained, watched and compared",
    arguments: [],
    options: [OUTPUT, DRY_RUN],
    ownsInterrupt: true,
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    name: "init",
    group: START,
    summary: "write a regatta.yaml, a small manifest and a training script that work as they are",
    arguments: [optional("FOLDER", "where to (default: this folder)")],
    options: [DRY_RUN, OUTPUT],
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "plan",
    group: RUN,
    summary: "check every row and show what would happen",
    arguments: [argument("MANIFEST", "the CSV")],
    options: [
      ...MANIFEST,
      { flags: "--save <file>", summary: "write the plan as JSON, for submit" },
      { flags: "--detailed-exitcode", summary: "exit 10 when there is work to do" },
      ...CONFIG,
      OUTPUT,
    ],
    examples: [
      "plan manifest.csv",
      "plan manifest.csv --save plan.json",
      "plan array.csv --columns region,s3_location,hp.seed",
    ],
    load: async () => (await import("./commands/plan.ts")).plan,
  },
  {
    name: "submit",
    group: RUN,
    summary: "plan, ask, create the run and submit its array",
    arguments: [optional("MANIFEST", "the CSV, or a plan saved by plan --save")],
    options: [
      ...MANIFEST,
      WAIT,
      { flags: "--resume [run]", summary: "go on with a submission that was cut short" },
      ...BUDGET,
      NO_FOLLOWER,
      TIMEOUT,
      YES,
      DRY_RUN,
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["submit manifest.csv --wait", "submit plan.json -y", "submit --resume @last"],
    ownsInterrupt: true,
    load: async () => (await import("./commands/submit.ts")).submit,
  },
  {
    name: "run-row",
    group: RUN,
    summary: "run one row here, in the foreground, as a run of its own",
    arguments: [optional("MANIFEST", "the CSV (not with --run)"), optional("INDEX", "index of the row, from 0")],
    options: [
      ...MANIFEST,
      ...BUDGET,
      { flags: "--run <run>", summary: "a row of this run instead, as a child would carry it" },
      DRY_RUN,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["run-row manifest.csv 3", "run-row --run @last 3", "run-row manifest.csv 3 --dry-run -o json"],
    ownsInterrupt: true,
    load: async () => (await import("./commands/run-row.ts")).runRow,
  },
  {
    name: "worker",
    group: RUN,
    summary: "the container's entry point: carry the row of this child of an array",
    arguments: [],
    options: [],
    load: async () => (await import("./commands/worker.ts")).worker,
  },
  {
    name: "follow",
    group: RUN,
    summary: "the follower: carry the rows of these runs that have no worker",
    arguments: [
      { name: "RUN", summary: "runs (default: every run of the table)", isRequired: false, isVariadic: true },
    ],
    options: [ALL_OWNERS, ...CONFIG],
    ownsInterrupt: true,
    load: async () => (await import("./commands/follow.ts")).follow,
  },
  {
    name: "list",
    group: SEE,
    summary: "runs, newest first",
    arguments: [],
    options: [{ flags: "--limit <n>", summary: "at most this many" }, ALL_OWNERS, ...CONFIG, OUTPUT],
    load: async () => (await import("./commands/list.ts")).list,
  },
  {
    name: "status",
    group: SEE,
    summary: "what became of every row of a run",
    arguments: [RUN_ARGUMENT],
    options: [NO_REFRESH, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["status @last", "status @last -o json"],
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "watch",
    group: SEE,
    summary: "follow a run on the terminal until it has ended",
    arguments: [RUN_ARGUMENT],
    options: [TIMEOUT, ALL_OWNERS, ...CONFIG, OUTPUT],
    ownsInterrupt: true,
    load: async () => (await import("./commands/watch.ts")).watch,
  },
  {
    name: "logs",
    group: SEE,
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
    load: async () => (await import("./commands/logs.ts")).logs,
  },
  {
    name: "stop",
    group: ACT,
    summary: "stop a run or some of its rows, and see that they have ended",
    arguments: [RUN_ARGUMENT],
    options: [...SELECTION, TIMEOUT, YES, DRY_RUN, OWNER, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["stop @last", "stop @last --rows 3,10-99", "stop @last --region eu-west-1 -y"],
    ownsInterrupt: true,
    load: async () => (await import("./commands/stop.ts")).stop,
  },
  {
    name: "retry",
    group: ACT,
    summary: "grant rows that failed or were stopped new attempts",
    arguments: [RUN_ARGUMENT],
    options: [...SELECTION, WAIT, NO_FOLLOWER, TIMEOUT, YES, DRY_RUN, OWNER, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["retry @last --failed", "retry @last --rows 3 --wait"],
    ownsInterrupt: true,
    load: async () => (await import("./commands/retry.ts")).retry,
  },
  {
    name: "results",
    group: AFTER,
    summary: "leaderboard of a run by a metric, what differs first",
    arguments: [RUN_ARGUMENT],
    options: [
      { flags: "--by <metric>", summary: "metric that ranks, e.g. accuracy, loss:min, f1:max" },
      NO_REFRESH,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["results @last --by accuracy", "results @last --by loss:min -o csv"],
    load: async () => (await import("./commands/results.ts")).results,
  },
  {
    name: "download",
    group: AFTER,
    summary: "fetch and unpack the artifact of a row",
    arguments: [RUN_ARGUMENT, optional("ROW", "index of the row (not with --best)")],
    options: [
      { flags: "--to <folder>", summary: "where to (default: <run>/row-<index>)" },
      { flags: "--best <metric>", summary: "the row that is best by this metric, e.g. accuracy, loss:min" },
      {
        flags: "--max-gb <n>",
        summary: "most GiB that the unpacked files may take (default: 10, or 4 times the archive)",
      },
      DRY_RUN,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["download @last 3 --to model", "download @last --best accuracy"],
    load: async () => (await import("./commands/download.ts")).download,
  },
  {
    name: "emulate",
    group: OTHER,
    summary: "serve modelled regions of AWS on this machine, for trials without an account",
    arguments: [],
    options: [
      { flags: "--port <n>", summary: "where to listen (default: 4590; 0: any free port)" },
      { flags: "--world <file>", summary: "regions, buckets, queues, quotas and faults to begin with" },
      { flags: "--speed <n>", summary: "let time pass n times as fast" },
      { flags: "--state-dir <dir>", summary: "keep the output of Batch's children here" },
      { flags: "--dynamodb <url>", summary: "a DynamoDB Local on this machine that serves the tables" },
      {
        flags: "--train <how>",
        summary: "what training jobs do: only let time pass, or run",
        choices: ["time", "run"],
      },
      { flags: "--seed <n>", summary: "seed of everything that is left to chance" },
      {
        flags: "--container <command>",
        summary: 'start children by this command, e.g. "podman run --rm {env} {image}"',
      },
      { flags: "-o, --output <format>", summary: "format of the environment to use", choices: ["text", "json"] },
    ],
    examples: ["emulate", "emulate --port 0 --speed 60 -o json"],
    load: async () => (await import("./commands/emulate.ts")).emulate,
  },
  {
    name: "doctor",
    group: OTHER,
    summary: "check credentials, regions, roles, quotas, queue, image, clock and table; say how to mend each",
    arguments: [optional("MANIFEST", "also what its rows need")],
    options: [
      ...MANIFEST,
      { flags: "--orphans", summary: "look for training jobs that no row holds, in the regions of the runs" },
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["doctor", "doctor manifest.csv --on aws", "doctor --orphans -o json"],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "policy",
    group: OTHER,
    summary: "the IAM policies that a manifest needs, and no more",
    arguments: [],
    options: [],
    commands: [
      {
        name: "worker",
        group: OTHER,
        summary: "what the role of workers and followers needs",
        arguments: [argument("MANIFEST", "the CSV")],
        options: [
          ...MANIFEST,
          { flags: "--array-file <uri>", summary: "the manifest in S3 of an array that is submitted by hand" },
          ...CONFIG,
        ],
        examples: ["policy worker manifest.csv --on aws"],
        load: async () => (await import("./commands/policy.ts")).policyWorker,
      },
      {
        name: "command",
        group: OTHER,
        summary: "what somebody needs who plans, submits, follows and stops",
        arguments: [argument("MANIFEST", "the CSV")],
        options: [...MANIFEST, ...CONFIG],
        load: async () => (await import("./commands/policy.ts")).policyCommand,
      },
    ],
  },
  {
    name: "config",
    group: OTHER,
    summary: "settings and their origins; the schema of regatta.yaml",
    arguments: [],
    options: [],
    commands: [
      {
        name: "show",
        group: OTHER,
        summary: "every setting as it is in force",
        arguments: [optional("MANIFEST", "as seen from this manifest's folder")],
        options: [{ flags: "--origin", summary: "where each value came from" }, ON, ...CONFIG, OUTPUT],
        load: async () => (await import("./commands/config-show.ts")).configShow,
      },
      {
        name: "schema",
        group: OTHER,
        summary: "JSON Schema of regatta.yaml, for editors",
        arguments: [],
        options: [],
        load: async () => (await import("./commands/config-schema.ts")).configSchema,
      },
    ],
  },
  {
    name: "completion",
    group: OTHER,
    summary: "completion script for a shell",
    arguments: [{ ...argument("SHELL", "bash, zsh or fish"), offers: { words: SHELLS, commands: false } }],
    options: [],
    examples: ["completion bash > ~/.local/share/bash-completion/completions/regatta"],
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  {
    name: "version",
    group: OTHER,
    summary: "version of regatta",
    arguments: [],
    options: [OUTPUT],
    load: async () => (await import("./commands/version.ts")).version,
  },
  {
    name: "help",
    group: OTHER,
    summary: "help on a command, or on exit-codes",
    arguments: [
      {
        name: "TOPIC",
        summary: "a command, or exit-codes",
        isRequired: false,
        isVariadic: true,
        offers: { words: ["exit-codes"], commands: true },
      },
    ],
    options: [],
    load: async () => (await import("./commands/help.ts")).help,
  },
]

function argument(name: string, summary: string): ArgumentSpec {
  return { name, summary, isRequired: true }
}

function optional(name: string, summary: string): ArgumentSpec {
  return { name, summary, isRequired: false }
}
