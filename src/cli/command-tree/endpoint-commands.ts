import type { CommandSpec, OptionSpec } from "../command.ts"
import { ALL_OWNERS, CONFIG, DRY_RUN, OUTPUT, YES } from "../options.ts"
import { argument, BEST, RUN_ARGUMENT, SERVING_IMAGE } from "./arguments.ts"

const NAME = argument("NAME", "the endpoint: its name, a unique beginning of it, or its label")
const NAMES = { ...NAME, isVariadic: true }
const REGION: OptionSpec = {
  flags: "--region <region>",
  summary: "look here in place of the regions of the settings (repeatable)",
  isRepeatable: true,
}
const CONTENT_TYPE: OptionSpec = { flags: "--content-type <type>", summary: "of the records (default: text/csv)" }
const ACCEPT: OptionSpec = { flags: "--accept <type>", summary: "of the predictions, e.g. application/json" }
const group = "After:"

export const ENDPOINT_COMMANDS: CommandSpec = {
  name: "endpoint",
  group,
  summary: "models that serve, and are billed until they are deleted",
  arguments: [],
  options: [],
  commands: [
    {
      name: "create",
      group,
      summary: "serve the models of rows at one endpoint, and wait until it is in service",
      arguments: [
        RUN_ARGUMENT,
        {
          name: "ROW",
          summary: "indexes of rows, or RUN/ROW of another run; several share the traffic (not with --best)",
          isRequired: false,
          isVariadic: true,
        },
      ],
      options: [
        BEST,
        { flags: "--instance-type <type>", summary: "machines, e.g. ml.m5.large" },
        { flags: "--instances <n>", summary: "how many for each model (default: 1)" },
        { flags: "--weights <numbers>", summary: "shares of the traffic, e.g. 9,1 (default: the same)" },
        { flags: "--startup-timeout <duration>", summary: "until a container must answer, 1m to 1h" },
        { flags: "--name <label>", summary: "a label: part of the name, and enough to name it" },
        SERVING_IMAGE,
        { flags: "--give-up-after <duration>", summary: "if it is not in service then, delete it (default: 1h)" },
        { flags: "--no-wait", summary: "do not wait; it goes on and is billed" },
        { flags: "--timeout <duration>", summary: "wait at most this long, then exit 6; it goes on and is billed" },
        YES,
        DRY_RUN,
        ALL_OWNERS,
        ...CONFIG,
        OUTPUT,
      ],
      examples: [
        "endpoint create @last --best rmse:min --instance-type ml.m5.large",
        "endpoint create @last 0 1 --instance-type ml.m5.large --weights 9,1",
      ],
      ownsInterrupt: true,
      load: async () => (await import("../commands/endpoint/endpoint-create.ts")).endpointCreate,
    },
    {
      name: "list",
      group,
      summary: "endpoints in all regions: whose, how old, what they serve and cost",
      arguments: [],
      options: [
        { flags: "--ended", summary: "also those that are gone, with why they failed" },
        REGION,
        ALL_OWNERS,
        ...CONFIG,
        OUTPUT,
      ],
      examples: ["endpoint list", "endpoint list --ended -o json"],
      load: async () => (await import("../commands/endpoint/endpoint-list.ts")).endpointList,
    },
    {
      name: "invoke",
      group,
      summary: "predictions for records",
      arguments: [NAME],
      options: [
        { flags: "--data <text>", summary: "the records" },
        { flags: "--file <path>", summary: "a file of records" },
        { flags: "--variant <name>", summary: "the variant that answers (default: by weight)" },
        CONTENT_TYPE,
        ACCEPT,
        REGION,
        ...CONFIG,
        OUTPUT,
      ],
      examples: ["endpoint invoke my-endpoint --data 5.1,3.5,1.4,0.2"],
      load: async () => (await import("../commands/endpoint/endpoint-invoke.ts")).endpointInvoke,
    },
    {
      name: "compare",
      group,
      summary: "the same records to several endpoints or variants: predictions, latency and error side by side",
      arguments: [NAMES],
      options: [
        { flags: "--file <path>", summary: "records, one a line" },
        { flags: "--variants", summary: "each variant by itself (as of one endpoint with several)" },
        { flags: "--labels <where>", summary: "what is right: first or last cell of each record, or a file" },
        { flags: "--classes", summary: "labels that are numbers are classes: error rate in place of RMSE and MAE" },
        { flags: "--header", summary: "the first line names columns" },
        { flags: "--records <n>", summary: "only the first of them" },
        { flags: "--batch <n>", summary: "records in one request (default: 1)" },
        CONTENT_TYPE,
        ACCEPT,
        REGION,
        ...CONFIG,
        OUTPUT,
      ],
      examples: [
        "endpoint compare my-endpoint --variants --file test.csv --labels first",
        "endpoint compare replicated sharded --file test.csv --labels last -o json",
      ],
      ownsInterrupt: true,
      load: async () => (await import("../commands/endpoint/endpoint-compare.ts")).endpointCompare,
    },
    {
      name: "delete",
      group,
      summary: "delete endpoints, and look until they are gone",
      arguments: [{ ...NAMES, isRequired: false }],
      options: [
        { flags: "--all", summary: "all of your own" },
        { flags: "--models", summary: "with models that were made for it and serve nowhere else" },
        { flags: "--owner <name>", summary: "confirms whose it is, when it is another's" },
        REGION,
        { flags: "--timeout <duration>", summary: "look at most this long, then exit 6" },
        YES,
        DRY_RUN,
        ...CONFIG,
        OUTPUT,
      ],
      examples: ["endpoint delete my-endpoint", "endpoint delete --all -y"],
      ownsInterrupt: true,
      load: async () => (await import("../commands/endpoint/endpoint-delete.ts")).endpointDelete,
    },
  ],
}
