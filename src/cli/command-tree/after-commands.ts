import type { CommandSpec, OptionSpec } from "../command.ts"
import { ALL_OWNERS, CONFIG, DRY_RUN, NO_REFRESH, OUTPUT, TIMEOUT, YES } from "../options.ts"
import { optional, RUN_ARGUMENT } from "./arguments.ts"
import { ENDPOINT_COMMANDS } from "./endpoint-commands.ts"

const BEST_ROW = optional("ROW", "index of the row (not with --best)")
const BEST: OptionSpec = {
  flags: "--best <metric>",
  summary: "the row that is best by this metric, e.g. accuracy, loss:min",
}
const SERVING_IMAGE: OptionSpec = {
  flags: "--image <uri>",
  summary: "image that serves (default: the one that trained, where it serves too)",
}

export const AFTER_COMMANDS: readonly CommandSpec[] = [
  {
    name: "results",
    group: "After:",
    summary: "leaderboard of a run by a metric, what differs first",
    arguments: [RUN_ARGUMENT],
    options: [
      { flags: "--by <metrics>", summary: "metrics that rank, e.g. accuracy, loss:min, f1:max,loss" },
      {
        flags: "--pareto [against]",
        summary: "mark the rows that no other beats in these metrics against cost (default), billed or wall time",
      },
      { flags: "--group-by <settings>", summary: "fold rows alike in these settings, e.g. hp.depth,instance_type" },
      {
        flags: "--fold [settings]",
        summary: "fold rows that differ in nothing but these settings (default: seeds): mean and spread of repeats",
      },
      NO_REFRESH,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: [
      "results @last --by accuracy",
      "results @last --by loss:min -o csv",
      "results @last --pareto",
      "results @last --fold hp.seed",
    ],
    load: async () => (await import("../commands/results.ts")).results,
  },
  {
    name: "compare",
    group: "After:",
    summary: "rows or runs side by side: settings, metrics, time and money, and what they say",
    arguments: [
      {
        name: "RUN",
        summary: "one run (its rows are compared), one run and indexes of its rows, or several runs",
        isRequired: true,
        isVariadic: true,
      },
    ],
    options: [NO_REFRESH, ALL_OWNERS, ...CONFIG, OUTPUT],
    examples: ["compare @last", "compare @last 0 3-5", "compare baseline larger-batch -o json"],
    load: async () => (await import("../commands/compare.ts")).compare,
  },
  {
    name: "cost",
    group: "After:",
    summary: "what a run has cost, by region, instance type, status and row; what was wasted, and what Spot saved",
    arguments: [RUN_ARGUMENT],
    options: [
      { flags: "--by <grouping>", summary: "only this grouping", choices: ["region", "type", "status", "row"] },
      NO_REFRESH,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["cost @last", "cost @last --by row -o csv"],
    load: async () => (await import("../commands/cost.ts")).cost,
  },
  {
    name: "download",
    group: "After:",
    summary: "fetch and unpack the artifact of a row",
    arguments: [RUN_ARGUMENT, BEST_ROW],
    options: [
      { flags: "--to <folder>", summary: "where to (default: <run>/row-<index>)" },
      BEST,
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
    load: async () => (await import("../commands/download.ts")).download,
  },
  {
    name: "model",
    group: "After:",
    summary: "models of rows' artifacts",
    arguments: [],
    options: [],
    commands: [
      {
        name: "create",
        group: "After:",
        summary: "make a model of a row's artifact, in the row's region",
        arguments: [RUN_ARGUMENT, BEST_ROW],
        options: [BEST, SERVING_IMAGE, DRY_RUN, ALL_OWNERS, ...CONFIG, OUTPUT],
        examples: ["model create @last 0", "model create @last --best rmse:min"],
        load: async () => (await import("../commands/model-create.ts")).modelCreate,
      },
    ],
  },
  {
    name: "transform",
    group: "After:",
    summary: "predictions for files in S3 by the model of a row, in batches",
    arguments: [RUN_ARGUMENT, BEST_ROW],
    options: [
      BEST,
      { flags: "--input <uri>", summary: "prefix of the records in S3, in the row's region" },
      { flags: "--input-manifest", summary: "--input is a manifest: a JSON list of objects" },
      { flags: "--to <uri>", summary: "where predictions go (default: below the row's output)" },
      { flags: "--instance-type <type>", summary: "machines, e.g. ml.m5.xlarge" },
      { flags: "--instances <n>", summary: "how many (default: 1)" },
      { flags: "--content-type <type>", summary: "of the records, e.g. text/csv" },
      { flags: "--split <by>", summary: "what parts records", choices: ["None", "Line", "RecordIO", "TFRecord"] },
      { flags: "--strategy <how>", summary: "records per request", choices: ["MultiRecord", "SingleRecord"] },
      { flags: "--accept <type>", summary: "of the predictions, e.g. text/csv" },
      { flags: "--assemble <how>", summary: "how predictions are put together", choices: ["None", "Line"] },
      { flags: "--join <source>", summary: "put each record beside its prediction", choices: ["None", "Input"] },
      { flags: "--input-filter <path>", summary: "part of a record that is sent, e.g. $[1:]" },
      { flags: "--output-filter <path>", summary: "part of a joined record that is kept, e.g. $[0,-1]" },
      { flags: "--max-payload <mb>", summary: "most MB of a request" },
      { flags: "--max-concurrent <n>", summary: "requests at once to each machine" },
      SERVING_IMAGE,
      { flags: "--no-wait", summary: "do not wait for the end" },
      TIMEOUT,
      YES,
      DRY_RUN,
      ALL_OWNERS,
      ...CONFIG,
      OUTPUT,
    ],
    examples: [
      "transform @last 0 --input s3://my-data/batch/ --instance-type ml.m5.xlarge --content-type text/csv --split Line --strategy MultiRecord",
    ],
    ownsInterrupt: true,
    load: async () => (await import("../commands/transform.ts")).transform,
  },
  ENDPOINT_COMMANDS,
]
