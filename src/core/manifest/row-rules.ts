// Rules between the settings of one row: what the service would refuse (CreateTrainingJob's model and texts), what this
// platform cannot do, and what is unwise. It judges a whole spec; a single value was judged by its column.

import { estimateUsd } from "../decision/policy.ts"
import type { JobName } from "../ids.ts"
import type { JobSpec } from "../job/job-spec.ts"
import { type Place, placeKey } from "../job/place.ts"
import { sentHyperparameters } from "../job/sent-hyperparameters.ts"
import { findDistribution } from "./distribution-rules.ts"
import { findForeignNames } from "./foreign-names.ts"
import { localRefusals } from "./local-refusals.ts"
import { didYouMean } from "./nearest-name.ts"
import type { RowContext } from "./row-context.ts"
import type { RowReader } from "./row-reader.ts"
import { findServiceRules, isFileSystem, isIsolatedScript } from "./service-rules.ts"

type Find = RowReader["find"]

export function findBrokenRules(reader: RowReader, spec: JobSpec, context: RowContext): void {
  const { find } = reader
  findCounts(find, spec)
  findHyperparameters(find, spec)
  findChannels(find, spec)
  findTimes(find, spec)
  findForeignNames(find, spec)
  findDistribution(find, spec)
  findServiceRules(find, spec)
  findAlgorithm(find, spec, context)
  findLimits(find, spec, context)
  if (context.on === "aws") findAwsNeeds(find, spec)
  if (context.on === "local") findLocalNeeds(reader, spec, context)
}

/** Five of the 50 tags are ours: run, row, attempt, name and owner. */
const MOST = { environment: 100, tags: 45, metrics: 40, channels: 20 }
const MOST_HYPERPARAMETERS = 100
const LONGEST_HYPERPARAMETER = 2500

function findCounts(find: Find, spec: JobSpec): void {
  const counts = [
    ["env", Object.keys(spec.environment).length, MOST.environment],
    ["tag", Object.keys(spec.tags).length, MOST.tags],
    ["metric", Object.keys(spec.metrics).length, MOST.metrics],
    // Without a network the script itself is one more channel.
    ["channel", spec.channels.length, MOST.channels - (isIsolatedScript(spec) ? 1 : 0)],
  ] as const
  for (const [family, count, most] of counts) {
    if (count > most) find(family, `a row has at most ${most} columns ${family}.*, and this one has ${count}`)
  }
}

function findHyperparameters(find: Find, spec: JobSpec): void {
  const { instanceType } = spec.places[0]
  const sent = sentHyperparameters(spec, { jobName: "job" as JobName, instanceType, modelDir: "/opt/ml/model" })
  const own = Object.entries(spec.hyperparameters)
  const count = Object.keys(sent).length
  if (count > MOST_HYPERPARAMETERS) {
    const ours = count === own.length ? "" : ` with the ${count - own.length} of script mode`
    find("hp", `a training job has at most ${MOST_HYPERPARAMETERS} hyperparameters, and this one has ${count}${ours}`)
  }
  const options =
    sent["sagemaker_mpi_custom_mpi_options"] ?? sent["sagemaker_distributed_dataparallel_custom_mpi_options"]
  if ((options?.length ?? 0) > LONGEST_HYPERPARAMETER)
    find(`${spec.distribution.kind}.options`, tooLong(options?.length ?? 0))
  for (const [name, text] of own) {
    const column = `hp.${name}`
    const length = sent[name]?.length ?? 0
    if (length > LONGEST_HYPERPARAMETER) find(column, tooLong(length))
    if (/[\r\n\u0085\u2028\u2029]/.test(sent[name] ?? "")) find(column, "it is sent as it is, and must be one line")
    if (spec.program !== null && name.startsWith("sagemaker_"))
      find(column, "in script mode names that begin with sagemaker_ are the service's own")
    if (spec.trains.kind === "algorithm" && isStructure(text))
      find(column, "a built-in algorithm takes a number or a text, not a JSON list, object or null")
  }
}

function tooLong(length: number): string {
  return `expected at most ${LONGEST_HYPERPARAMETER} characters as it is sent (JSON), and these are ${length}`
}

function isStructure(text: string): boolean {
  if (!/^\s*(?:[[{]|null)/.test(text)) return false
  try {
    return typeof JSON.parse(text) === "object"
  } catch {
    return false
  }
}

function findChannels(find: Find, spec: JobSpec): void {
  for (const { name, dataType, inputMode, compression } of spec.channels) {
    const column = (part: string) => `channel.${name}.${part}`
    if (dataType === "AugmentedManifestFile" && inputMode !== "Pipe")
      find(column("data_type"), "AugmentedManifestFile needs input_mode Pipe")
    if (compression === "Gzip" && inputMode !== "Pipe") find(column("compression"), "Gzip needs input_mode Pipe")
    if (inputMode === "FastFile" && dataType !== "S3Prefix")
      find(column("input_mode"), "FastFile needs data_type S3Prefix")
  }
}

/** Longest wait of a built-in algorithm that keeps no checkpoint. */
const UNCHECKED_WAIT_SECONDS = 3600

/** Built-in algorithms that keep checkpoints, beside XGBoost since its versions have names. */
const CHECKPOINTING = ["image-classification", "object-detection", "semantic-segmentation"]

/** Whether it is a built-in algorithm that keeps no checkpoint, whatever the row says. */
function keepsNone({ trains }: JobSpec): boolean {
  if (trains.kind !== "algorithm" || CHECKPOINTING.includes(trains.name)) return false
  return trains.name !== "xgboost" || trains.version === "1" || trains.version === "latest"
}

function findTimes(find: Find, spec: JobSpec): void {
  const { maxWaitSeconds: wait, maxRuntimeSeconds: runtime, expectedRuntimeSeconds: expected } = spec
  const usesSpot = spec.places.some((place) => place.spot)
  if (wait !== null && !usesSpot)
    find("max_wait", "only a Spot training job waits: set spot to true, or leave max_wait out")
  if (wait === null && usesSpot)
    find("max_wait", "SageMaker asks for it with Spot: waiting and training together, at least max_runtime", "warning")
  if (wait !== null && usesSpot && wait < runtime) {
    find(
      "max_wait",
      `waiting and training together take at least max_runtime (${runtime} seconds), and this is ${wait} seconds`,
    )
  }
  if (
    wait !== null &&
    wait > UNCHECKED_WAIT_SECONDS &&
    spec.trains.kind === "algorithm" &&
    (spec.checkpoint === null || keepsNone(spec)) &&
    usesSpot
  ) {
    const mend = keepsNone(spec) ? `, and ${spec.trains.name} keeps none` : ": set checkpoint"
    find("max_wait", `a built-in algorithm without a checkpoint waits for Spot at most 1h${mend}`)
  }
  if (spec.checkpoint !== null && keepsNone(spec) && spec.trains.kind === "algorithm")
    find("checkpoint", `${spec.trains.name} keeps no checkpoint: each attempt begins anew`, "warning")
  if (expected !== null && expected > runtime) {
    find(
      "expected_runtime",
      `longer than max_runtime (${runtime} seconds), at which the training job is stopped`,
      "warning",
    )
  }
  if (usesSpot && spec.checkpoint === null && !keepsNone(spec)) {
    find(
      spec.places[0].spot ? "spot" : "fallback",
      "Spot without a checkpoint begins anew after each interruption: set checkpoint",
      "warning",
    )
  }
}

function findAlgorithm(find: Find, { trains }: JobSpec, { algorithms }: RowContext): void {
  if (trains.kind !== "algorithm" || algorithms.has(trains.name)) return
  find("algorithm", `SageMaker has no built-in algorithm "${trains.name}"${didYouMean(trains.name, algorithms)}`)
}

function findLimits(find: Find, spec: JobSpec, context: RowContext): void {
  for (const [at, place] of spec.places.entries()) {
    const limit = context.limits[placeKey(place)]
    if (limit === undefined || place.instances <= limit) continue
    const message = `this row alone needs ${place.instances} instances, and limits allow ${limit} of ${placeKey(place)}`
    if (at === 0) find("instance_count", message)
    else find("fallback", message, "warning")
  }
  findBudget(find, spec, context)
}

function findBudget(find: Find, spec: JobSpec, context: RowContext): void {
  const { budgetUsd } = context
  if (budgetUsd === null) return
  const costs = spec.places.map((place) => estimateUsd(context, spec, place))
  const known = costs.filter((usd) => usd !== null)
  const least = Math.min(...known)
  if (known.length === costs.length && least > budgetUsd) {
    find(
      "max_runtime",
      `this row alone may cost $${least.toFixed(2)}, more than the budget of $${budgetUsd.toFixed(2)}`,
    )
  }
  if (known.length === 0) {
    find(
      "instance_type",
      `${priceName(spec.places[0])} has no price, and with a budget such a row does not start without --allow-unknown-price: set prices`,
      "warning",
    )
  }
}

function priceName({ region, instanceType }: Place): string {
  return `${instanceType} in ${region}`
}

function findAwsNeeds(find: Find, spec: JobSpec): void {
  if (spec.role === null)
    find("role", "is not set, and aws needs it: add it as a column or under defaults in regatta.yaml")
  const locations = [
    ["output", spec.output],
    ["checkpoint", spec.checkpoint?.uri ?? "s3://"],
    ...spec.channels.filter((each) => !isFileSystem(each)).map(({ name, uri }) => [`channel.${name}`, uri] as const),
  ] as const
  for (const [column, uri] of locations) {
    if (!uri.startsWith("s3://")) find(column, "on aws data lies in S3: expected s3://bucket/prefix")
  }
  for (const { name, dataType, attributes } of spec.channels) {
    if (dataType === "AugmentedManifestFile" && attributes === undefined)
      find(`channel.${name}.data_type`, `an AugmentedManifestFile needs channel.${name}.attributes`)
  }
  if (spec.program?.sourceDir?.startsWith("s3://") === true && !spec.program.sourceDir.endsWith(".tar.gz"))
    find("source_dir", "code in S3 is one packed archive: expected s3://bucket/….tar.gz")
}

function findLocalNeeds(reader: RowReader, spec: JobSpec, context: RowContext): void {
  const wrong = new Set(reader.findings.filter((each) => each.severity === "error").map((each) => each.column))
  for (const { column, message } of localRefusals(spec, context.local)) {
    if (!wrong.has(column)) reader.find(column, message)
  }
}
