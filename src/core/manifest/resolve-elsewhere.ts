// What of a row is other in the regions of its fallbacks: the row is read once more for each, with that region's settings and
// placeholders. What belongs to one region alone cannot be had in two, and is refused here without asking anybody.
import type { JobSpec, RegionalSettings } from "../job/job-spec.ts"
import { specAt } from "../job/spec-at.ts"
import { buildRow } from "./build-row.ts"
import { partitionOf } from "./regions.ts"
import type { RowContext } from "./row-context.ts"
import type { RowReader } from "./row-reader.ts"
import { findBrokenRules } from "./row-rules.ts"
import { isFileSystem } from "./service-rules.ts"

/** Members that may differ; their order is that of the pinned line. */
const REGIONAL = [
  "trains",
  "program",
  "hyperparameters",
  "environment",
  "tags",
  "channels",
  "volumeGb",
  "checkpoint",
  "role",
  "output",
  "vpc",
  "kmsKey",
  "volumeKmsKey",
  "service",
] as const satisfies readonly (keyof RegionalSettings)[]

/**
 * The row with what differs at its fallbacks in other regions (`JobSpec.elsewhere`). What is wrong there is found at `fallback`.
 * @param readerIn reads the row's cells over the settings of another region.
 */
export function resolveElsewhere(
  reader: RowReader,
  spec: JobSpec,
  context: RowContext,
  readerIn: (region: string) => RowReader,
): JobSpec {
  const regions = new Set(spec.places.map(({ region }) => region).filter((region) => region !== spec.region))
  const elsewhere: Record<string, RegionalSettings> = {}
  for (const region of regions) {
    const other = readerIn(region)
    const { spec: read } = buildRow(other, context)
    if (read !== null) {
      const differing = differences(reader, spec, read)
      if (Object.keys(differing).length > 0) elsewhere[region] = differing
      const there = specAt({ ...spec, elsewhere: { [region]: differing } }, region)
      findBrokenRules(other, there, context)
      findShared(reader, spec, there)
    }
    tellOnce(reader, other, region)
  }
  return Object.keys(elsewhere).length === 0 ? spec : { ...spec, elsewhere }
}

function differences(reader: RowReader, spec: JobSpec, read: JobSpec): RegionalSettings {
  const { service: _, ...rest } = read
  const there: JobSpec = {
    ...rest,
    trains: movedImage(spec, read),
    program: programThere(reader, spec, read),
    ...machinesOf(spec, read),
  }
  const differing = REGIONAL.filter((name) => JSON.stringify(there[name]) !== JSON.stringify(spec[name]))
  return Object.fromEntries(differing.map((name) => [name, there[name]]))
}

/** An image of the row's own registry is the one of the same name where the training job is. */
function movedImage(spec: JobSpec, { region, trains }: JobSpec): JobSpec["trains"] {
  if (trains.kind === "algorithm" || trains.image === null) return trains
  return { ...trains, image: trains.image.replace(`.dkr.ecr.${spec.region}.`, `.dkr.ecr.${region}.`) }
}

/** One program is packed for a row; only where it lies in S3 may each region have its own. */
function programThere(reader: RowReader, spec: JobSpec, read: JobSpec): JobSpec["program"] {
  const isSame = JSON.stringify(read.program) === JSON.stringify(spec.program)
  const inS3 = [spec, read].every(({ program }) => program?.sourceDir?.startsWith("s3://") === true)
  if (isSame || inS3) return read.program
  reader.find(
    "fallback",
    `in ${read.region} this row has another entry_point, source_dir or dependencies: one program is packed for all its places`,
  )
  return spec.program
}

/** The machines are the row's: `fallback` names others where there are any. */
function machinesOf(spec: JobSpec, read: JobSpec): Pick<JobSpec, "service"> | Record<never, never> {
  const { instanceGroups: _groups, distributionGroups: _names, ...rest } = read.service ?? {}
  const { instanceGroups, distributionGroups } = spec.service ?? {}
  const service = {
    ...rest,
    ...(instanceGroups === undefined ? {} : { instanceGroups }),
    ...(distributionGroups === undefined ? {} : { distributionGroups }),
  }
  return Object.keys(service).length === 0 && spec.service === undefined ? {} : { service }
}

/**
 * A bucket, a file system, a subnet and a key are in one region each, and the row has its own in `spec.region` and in
 * `there.region`. `at`: the column that takes it to the other region.
 */
export function findShared(reader: RowReader, spec: JobSpec, there: JobSpec, at = "fallback"): void {
  const { region } = there
  const find = (what: string, column: string) =>
    reader.find(
      at,
      `${what} is in one region, and this row has it in ${spec.region} and in ${region}: write {region} in ${column}, or set ${column} under regions.${region}`,
    )
  for (const channel of there.channels) {
    const own = spec.channels.find(({ name }) => name === channel.name)
    if (own === undefined) continue
    const column = `channel.${channel.name}`
    if (isFileSystem(channel) && fileSystemOf(own.uri) === fileSystemOf(channel.uri)) find(channel.uri, column)
    else if (sharesBucket(own.uri, channel.uri)) find(`the bucket of ${channel.uri}`, column)
  }
  if (sharesBucket(spec.output, there.output)) find(`the bucket of ${there.output}`, "output")
  if (spec.checkpoint !== null && there.checkpoint !== null && sharesBucket(spec.checkpoint.uri, there.checkpoint.uri))
    find(`the bucket of ${there.checkpoint.uri}`, "checkpoint")
  if (there.vpc?.subnets.some((subnet) => spec.vpc?.subnets.includes(subnet)) === true)
    find(`the subnet ${there.vpc.subnets.find((subnet) => spec.vpc?.subnets.includes(subnet))}`, "vpc.subnets")
  for (const [column, own, other] of [
    ["kms_key", spec.kmsKey, there.kmsKey],
    ["volume_kms_key", spec.volumeKmsKey, there.volumeKmsKey],
  ] as const) {
    if (own !== null && own === other && isOfOneRegion(own)) find(`the key ${own}`, column)
  }
  if (partitionOf(spec.region) !== partitionOf(region))
    reader.find(at, `${region} is in partition ${partitionOf(region)}: credentials do not cross partitions`)
}

/** A key by its bare id; an alias may stand for a key in each region, and so may the id of a multi-region key. An ARN says its region itself. */
function isOfOneRegion(key: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(key)
}

function sharesBucket(one: string, other: string): boolean {
  const bucket = bucketOf(one)
  return bucket !== null && bucket === bucketOf(other)
}

function bucketOf(uri: string): string | null {
  return /^s3:\/\/([^/]+)/.exec(uri)?.[1] ?? null
}

function fileSystemOf(uri: string): string {
  return uri.split("/")[2] ?? uri
}

/** What is wrong in the other region and not in the row's own. */
function tellOnce(reader: RowReader, other: RowReader, region: string): void {
  const known = new Set(reader.findings.map(({ column, message }) => `${column} ${message}`))
  for (const { severity, column, message } of other.findings) {
    if (severity === "error" && column !== "fallback" && !known.has(`${column} ${message}`))
      reader.find("fallback", `in ${region}, ${column}: ${message}`)
  }
}
