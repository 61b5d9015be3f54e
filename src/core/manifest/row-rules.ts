// Rules between the settings of one row: what the service would refuse (CreateTrainingJob's model and texts), what this
// platform cannot do, and what is unwise. It judges a whole spec; a single value was judged by its column.

import { estimateUsd } from "../decision/policy.ts"
import type { JobName } from "../ids.ts"
import type { JobSpec } from "../job/job-spec.ts"
import { type Place, placeKey } from "../job/place.ts"
import { sentHyperparameters } from "../job/sent-hyperparameters.ts"
import { gpusOf } from "./instance-types.ts"
import { localRefusals } from "./local-refusals.ts"
import { didYouMean } from "./nearest-name.ts"
import { partitionOf } from "./regions.ts"
import type { RowContext } from "./row-context.ts"
import type { RowReader } from "./row-reader.ts"
import { findServiceRules, isFileSystem } from "./service-rules.ts"

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
    ["channel", spec.channels.length, MOST.channels],
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
  for (const [name, text] of own) {
    const column = `hp.${name}`
    const length = sent[name]?.length ?? 0
    if (length > LONGEST_HYPERPARAMETER) {
      find(
        column,
        `expected at most ${LONGEST_HYPERPARAMETER} characters as it is sent (JSON), and these are ${length}`,
      )
    }
    if (spec.program !== null && name.startsWith("sagemaker_"))
      find(column, "in script mode names that begin with sagemaker_ are the service's own")
    if (spec.trains.kind === "algorithm" && isStructure(text))
      find(column, "a built-in algorithm takes a number or a text, not a JSON list, object or null")
  }
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

function findTimes(find: Find, spec: JobSpec): void {
  const { maxWaitSeconds: wait, maxRuntimeSeconds: runtime, expectedRuntimeSeconds: expected } = spec
  const usesSpot = spec.places.some((place) => place.spot)
  if (wait !== null && !usesSpot)
    find("max_wait", "only a Spot training job waits: set spot to true, or leave max_wait out")
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
    spec.checkpoint === null &&
    usesSpot
  ) {
    find("max_wait", "a built-in algorithm without a checkpoint waits for Spot at most 1h: set checkpoint")
  }
  if (expected !== null && expected > runtime) {
    find(
      "expected_runtime",
      `longer than max_runtime (${runtime} seconds), at which the training job is stopped`,
      "warning",
    )
  }
  if (usesSpot && spec.checkpoint === null) {
    find(
      spec.places[0].spot ? "spot" : "fallback",
      "Spot without a checkpoint begins anew after each interruption: set checkpoint",
      "warning",
    )
  }
}

/** Families whose disks are the instance's own: a key for the volume is refused. */
const OWN_DISKS = /^ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|g5|g6e?|p5e?n?|trn1n?)\./

function findForeignNames(find: Find, spec: JobSpec): void {
  const { region, trains, role } = spec
  const image = trains.kind === "algorithm" ? null : trains.image
  const registry = /\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//.exec(image ?? "")?.[1]
  if (registry !== undefined && registry !== region) {
    find("image", `this image is in ${registry} and the training job in ${region}: write {region} in the image`)
  }
  for (const [column, key] of [
    ["kms_key", spec.kmsKey],
    ["volume_kms_key", spec.volumeKmsKey],
  ] as const) {
    const keyRegion = /^arn:[a-z-]+:kms:([a-z0-9-]+):/.exec(key ?? "")?.[1]
    if (keyRegion !== undefined && keyRegion !== region)
      find(column, `this key is in ${keyRegion} and the training job in ${region}`)
  }
  const partition = role?.split(":")[1] ?? partitionOf(region)
  if (partition !== partitionOf(region))
    find("role", `this role is of partition ${partition} and ${region} of ${partitionOf(region)}`)
  if (spec.volumeKmsKey !== null && OWN_DISKS.test(spec.places[0].instanceType)) {
    find("volume_kms_key", `${spec.places[0].instanceType} has disks of its own, which take no key`)
  }
}

function findDistribution(find: Find, spec: JobSpec): void {
  const { distribution, program, places } = spec
  if (distribution.kind === "none") return
  if (program === null) find("distribution", `${distribution.kind} needs an entry_point`)
  if (distribution.kind === "torchrun" && program !== null && !program.entryPoint.endsWith(".py")) {
    find("entry_point", "torchrun starts Python: the script's name ends in .py")
  }
  findParallelVersion(find, spec)
  const gpus = gpusOf(places[0].instanceType)
  if (distribution.kind === "mpi" && gpus !== null && (distribution.processesPerHost ?? 0) > gpus) {
    find(
      "mpi.processes_per_host",
      `${places[0].instanceType} has ${gpus} ${gpus === 1 ? "GPU" : "GPUs"}, fewer than processes`,
      "warning",
    )
  }
}

function findAlgorithm(find: Find, { trains }: JobSpec, { algorithms }: RowContext): void {
  if (trains.kind !== "algorithm" || algorithms.has(trains.name)) return
  find("algorithm", `SageMaker has no built-in algorithm "${trains.name}"${didYouMean(trains.name, algorithms)}`)
}

/** Versions whose images of AWS have SageMaker's data parallelism, as major + minor / 100 (so that 2.11 is above 2.3). */
const DATA_PARALLEL: Readonly<Record<string, readonly [from: number, to: number]>> = {
  tensorflow: [2.03, 2.11],
  pytorch: [1.06, 2.02],
}

/** What `distribution` asks of a framework, where its image is AWS's own: the user's may hold anything. */
function findParallelVersion(find: Find, { distribution, trains }: JobSpec): void {
  if (trains.kind !== "framework" || trains.image !== null || trains.name === "huggingface") return
  const [major = 0, minor = 0] = trains.version.split(".").map(Number)
  const range = DATA_PARALLEL[trains.name]
  const isInside = range !== undefined && major + minor / 100 >= range[0] && major + minor / 100 <= range[1]
  if (distribution.kind === "smddp" && !isInside)
    find("distribution", "smddp is in the images of tensorflow 2.3 to 2.11 and pytorch 1.6 to 2.2 only")
  if (distribution.kind === "torchrun" && trains.name !== "pytorch")
    find("distribution", `torchrun starts PyTorch, and this row trains with ${trains.name}`)
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
  if (spec.places.some((place) => place.region !== spec.region)) {
    find("fallback", "a fallback in another region is not built yet on aws")
  }
}

function findLocalNeeds(reader: RowReader, spec: JobSpec, context: RowContext): void {
  const wrong = new Set(reader.findings.filter((each) => each.severity === "error").map((each) => each.column))
  for (const { column, message } of localRefusals(spec, context.local)) {
    if (!wrong.has(column)) reader.find(column, message)
  }
}
