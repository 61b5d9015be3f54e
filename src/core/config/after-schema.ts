// `after` of regatta.yaml: the steps after a run, as written and as pinned.
// It reads no file and fills in no placeholder.
import * as z from "zod"
import type { AfterStep, StepEndpoint } from "../after/after-step.ts"
import type { TransformSettings } from "../job/transform-plan.ts"
import { image, instanceType } from "../manifest/column-kinds.ts"
import {
  choice,
  duration,
  type Kind,
  location,
  parsed,
  refused,
  text,
  trueOrFalse,
  wholeNumber,
} from "../manifest/kind.ts"
import { lateShape } from "../manifest/placeholders.ts"
import { guessDirection } from "../run/leaderboard.ts"
import { value } from "./schema-value.ts"

const DEFAULT_ATTEMPTS = 2
/** CreateEndpointConfig. */
const LEAST_STARTUP_SECONDS = 60
const DEFAULT_GIVE_UP_SECONDS = 3600

const stepName = text({
  most: 32,
  pattern: /^[a-z0-9](?:-?[a-z0-9])*$/,
  allowed: "at most 32 lower-case letters, digits and single hyphens",
})
const filter = text({ most: 63, allowed: "a JSONPath of at most 63 characters" })
const mimeType = text({ most: 256, pattern: /^\S+\/\S+$/, allowed: "a content type such as text/csv" })

const SHAPES: Readonly<Record<string, string>> = { region: "us-east-1", account: "123456789012", row: "0" }
const KNOWN = "{run} {row} {attempt} {region} {account}"

/** Filled in for each row when the step begins. */
const stepLocation: Kind<string> = {
  ...location(),
  parse(given) {
    const shape = lateShape(given).replaceAll(/\{(region|account|row)\}/g, (_, name: string) => SHAPES[name] ?? "")
    const [unknown] = /\{[^{}]*\}/.exec(shape) ?? []
    if (unknown !== undefined) return refused(`${unknown} is no placeholder of a step; known are ${KNOWN}`)
    const outcome = location().parse(shape)
    return outcome.ok ? parsed(given) : outcome
  },
}

const step = z.strictObject({
  do: value(
    choice(["model", "transform", "endpoint"]),
    "What is done: model makes one, transform makes one and transforms with it, endpoint makes one and serves it, billed until it is deleted.",
  ),
  name: value(stepName, "Name of the step in status (default: what it does, numbered from the second).").optional(),
  rows: value(
    choice(["completed", "best"]),
    "For each completed row (default), or for the best one by `metric`.",
  ).optional(),
  metric: value(text({ most: 256 }), "The metric by which a row is best.").optional(),
  goal: value(
    choice(["max", "min"]),
    "Whether the best is the highest or the lowest (default: by the metric's name).",
  ).optional(),
  image: value(image(), "The image that serves (default: the one that trained).").optional(),
  max_attempts: value(
    wholeNumber(1, 10),
    "Transforms or endpoints that may fail before the step has (default 2); each is billed.",
  ).optional(),
  input: value(
    stepLocation,
    "What is transformed: s3://bucket/prefix in the model's region, {region} may stand in it.",
  ).optional(),
  input_manifest: value(
    trueOrFalse(),
    "Whether the input is a manifest of objects (default false: all below a prefix).",
  ).optional(),
  output: value(
    stepLocation,
    "Where predictions go; for each row it must hold {row} (default: below the row's outputs).",
  ).optional(),
  instance_type: value(instanceType(), "Machines of the transform or endpoint.").optional(),
  instances: value(wholeNumber(1, 100), "Machines at once (default 1).").optional(),
  content_type: value(mimeType, "Content type of the input.").optional(),
  accept: value(mimeType, "Content type of the predictions.").optional(),
  split: value(choice(["None", "Line", "RecordIO", "TFRecord"]), "How files are split into records.").optional(),
  strategy: value(choice(["MultiRecord", "SingleRecord"]), "Records per request.").optional(),
  assemble: value(choice(["None", "Line"]), "How predictions are put together.").optional(),
  join: value(choice(["None", "Input"]), "Whether each record stands beside its prediction.").optional(),
  input_filter: value(filter, "JSONPath of what the model is given of a record.").optional(),
  output_filter: value(filter, "JSONPath of what is stored.").optional(),
  max_payload: value(wholeNumber(0, 100), "MB of one request at most.").optional(),
  max_concurrent: value(wholeNumber(0, 100), "Requests at once to one machine.").optional(),
  endpoint_name: value(
    text({
      most: 63,
      pattern: /^[a-zA-Z0-9](?:-?[a-zA-Z0-9])*$/,
      allowed: "at most 63 letters, digits and single hyphens",
    }),
    "Part of the endpoint's name, as `endpoint create --name` (default: the model's name).",
  ).optional(),
  startup_timeout: value(
    duration("1h"),
    "Time until the endpoint's container must answer (default: the service's).",
  ).optional(),
  give_up_after: value(
    duration("1d"),
    "An endpoint that is still being made then is deleted, and the try has failed (default 1h).",
  ).optional(),
})

type StepValues = z.output<typeof step>

const OF_TRANSFORMS = [
  "input",
  "input_manifest",
  "output",
  "instance_type",
  "instances",
  "content_type",
  "accept",
  "split",
  "strategy",
  "assemble",
  "join",
  "input_filter",
  "output_filter",
  "max_payload",
  "max_concurrent",
] as const satisfies readonly (keyof StepValues)[]

const SHARED: readonly (keyof StepValues)[] = ["instance_type", "instances"]
const OF_ENDPOINTS = [
  "endpoint_name",
  "startup_timeout",
  "give_up_after",
] as const satisfies readonly (keyof StepValues)[]

export const after = z
  .array(step)
  .max(10)
  .meta({ description: "Steps after a run, once all of its rows are final (docs/after.md)." })
  .transform((given, context): readonly AfterStep[] => {
    const names = given.map((values, at) => values.name ?? defaultName(given, at))
    for (const [at, values] of given.entries()) {
      const others = given.slice(0, at)
      const fault = faultOf(values) ?? togetherFault(values, names[at] ?? "", others, names.slice(0, at))
      if (fault !== null)
        context.addIssue({ code: "custom", message: fault.message, path: [at, fault.key], input: values })
    }
    return given.map((values, at) => stepOf(values, names[at] ?? ""))
  })

interface Fault {
  readonly key: keyof StepValues
  readonly message: string
}

function faultOf(values: StepValues): Fault | null {
  const { do: kind, rows = "completed", metric, goal, output } = values
  const serving = OF_ENDPOINTS.find((key) => values[key] !== undefined)
  if (kind !== "endpoint" && serving !== undefined)
    return { key: serving, message: "this is for an endpoint, and the step makes none" }
  const transforming = OF_TRANSFORMS.find((key) => values[key] !== undefined && !SHARED.includes(key))
  if (kind === "endpoint" && transforming !== undefined)
    return { key: transforming, message: "this is for a transform, and the step makes an endpoint" }
  if (kind === "endpoint" && values.instance_type === undefined)
    return { key: "do", message: "an endpoint needs instance_type, for example ml.m5.large" }
  if (values.startup_timeout !== undefined && values.startup_timeout < LEAST_STARTUP_SECONDS)
    return { key: "startup_timeout", message: `expected at least ${LEAST_STARTUP_SECONDS}s: the service takes no less` }
  const alien = OF_TRANSFORMS.find((key) => values[key] !== undefined)
  if (kind === "model" && alien !== undefined)
    return { key: alien, message: "this is for a transform, and the step makes a model alone" }
  if (kind === "transform" && values.input === undefined)
    return { key: "do", message: "a transform needs input: what it transforms" }
  if (kind === "transform" && values.instance_type === undefined)
    return { key: "do", message: "a transform needs instance_type, for example ml.m5.xlarge" }
  if (rows === "best" && metric === undefined)
    return { key: "rows", message: "the best row needs metric: by what it is best" }
  if (rows === "completed" && (metric ?? goal) !== undefined)
    return {
      key: metric === undefined ? "goal" : "metric",
      message: "this is for rows: best, and the step is for each completed row",
    }
  if (rows === "completed" && output !== undefined && !output.includes("{row}"))
    return { key: "output", message: "expected {row} in it: the predictions of all rows would lie in one place" }
  return null
}

function togetherFault(
  { image: own }: StepValues,
  name: string,
  others: readonly StepValues[],
  names: readonly string[],
): Fault | null {
  if (names.includes(name)) return { key: "name", message: `two steps are called ${name}` }
  // A model is named after its training job: two of one name with different images are a conflict.
  if (others.some(({ image: other }) => other !== own))
    return { key: "image", message: "all steps serve a row by the same image: its model has one name" }
  return null
}

function defaultName(given: readonly StepValues[], at: number): string {
  const kind = given[at]?.do ?? ""
  const before = given.slice(0, at).filter((values) => values.do === kind).length
  return before === 0 ? kind : `${kind}-${before + 1}`
}

function stepOf(values: StepValues, name: string): AfterStep {
  const { rows, metric = "", goal, max_attempts: maxAttempts = DEFAULT_ATTEMPTS, output = null } = values
  return {
    name,
    rows: rows === "best" ? { best: metric, direction: goal ?? guessDirection(metric) } : "completed",
    image: values.image ?? null,
    maxAttempts,
    transform: values.do === "transform" ? { ...settingsOf(values), output } : null,
    ...(values.do === "endpoint" ? { endpoint: endpointOf(values) } : {}),
  }
}

function endpointOf(values: StepValues): StepEndpoint {
  return {
    instanceType: values.instance_type ?? "",
    instances: values.instances ?? 1,
    startupSeconds: values.startup_timeout ?? null,
    label: values.endpoint_name ?? null,
    giveUpAfter: (values.give_up_after ?? DEFAULT_GIVE_UP_SECONDS) * 1000,
  }
}

function settingsOf(values: StepValues): TransformSettings {
  return {
    input: values.input ?? "",
    dataType: values.input_manifest === true ? "ManifestFile" : "S3Prefix",
    contentType: values.content_type ?? null,
    split: values.split ?? null,
    strategy: values.strategy ?? null,
    accept: values.accept ?? null,
    assemble: values.assemble ?? null,
    join: values.join ?? null,
    inputFilter: values.input_filter ?? null,
    outputFilter: values.output_filter ?? null,
    instanceType: values.instance_type ?? "",
    instances: values.instances ?? 1,
    maxPayloadMb: values.max_payload ?? null,
    maxConcurrent: values.max_concurrent ?? null,
  }
}
