// One row after defaults < region < cell and placeholders, as the spec that is pinned.
// It reads no file: what must exist on this machine is named in `code` and in the spec's URIs.
import type { CodeSource } from "../job/code-source.ts"
import type { Distribution, JobSpec, Trains } from "../job/job-spec.ts"
import { JOB_SPEC_VERSION } from "../job/job-spec.ts"
import { readChannels } from "./read-channels.ts"
import { readPlaces } from "./read-places.ts"
import { readProgram } from "./read-program.ts"
import { readService } from "./read-service.ts"
import type { RowContext } from "./row-context.ts"
import { locationUri } from "./row-paths.ts"
import type { RowReader } from "./row-reader.ts"

const DAY_SECONDS = 86_400

/** The SageMaker SDK's where it has one; attempts and waiting are ours. */
const DEFAULTS = { volumeGb: 30, maxRuntimeSeconds: DAY_SECONDS, maxAttempts: 1, maxWaitingSeconds: 7 * DAY_SECONDS }

/** A row as read; `spec` is null where it cannot be made. The reader's findings say why, and what else is wrong. */
export interface BuiltRow {
  readonly spec: JobSpec | null
  readonly code: CodeSource | null
}

export function buildRow(reader: RowReader, context: RowContext): BuiltRow {
  const { index, region } = reader.row
  const trains = readTrains(reader)
  const { program, code } = readProgram(reader, context)
  const places = readPlaces(reader, context)
  const output = readOutput(reader, context)
  const rest = {
    name: reader.fixed("name"),
    hyperparameters: texts(reader, "hp.<name>"),
    environment: texts(reader, "env.<NAME>"),
    tags: texts(reader, "tag.<key>"),
    channels: readChannels(reader, context),
    volumeGb: reader.fixed("volume_gb") ?? DEFAULTS.volumeGb,
    maxRuntimeSeconds: reader.fixed("max_runtime") ?? DEFAULTS.maxRuntimeSeconds,
    distribution: readDistribution(reader),
    maxWaitSeconds: reader.fixed("max_wait"),
    checkpoint: readCheckpoint(reader, context, output ?? ""),
    metrics: texts(reader, "metric.<name>"),
    role: reader.fixed("role"),
    vpc: readVpc(reader),
    kmsKey: reader.fixed("kms_key"),
    volumeKmsKey: reader.fixed("volume_kms_key"),
    maxAttempts: reader.fixed("max_attempts") ?? DEFAULTS.maxAttempts,
    maxWaitingSeconds: reader.fixed("max_waiting") ?? DEFAULTS.maxWaitingSeconds,
    priority: reader.fixed("priority") ?? 0,
    expectedRuntimeSeconds: reader.fixed("expected_runtime"),
  }
  const service = readService(reader)
  if (trains === null || places === null || output === null) return { spec: null, code: null }
  const some = service === null ? {} : { service }
  return { spec: { version: JOB_SPEC_VERSION, index, region, trains, program, output, places, ...rest, ...some }, code }
}

type TextFamily = "hp.<name>" | "env.<NAME>" | "tag.<key>" | "metric.<name>"

function texts(reader: RowReader, of: TextFamily): Record<string, string> {
  return Object.fromEntries(reader.family(of).map(({ key, value }) => [key, value]))
}

function readTrains(reader: RowReader): Trains | null {
  const image = reader.fixed("image")
  const algorithm = reader.fixed("algorithm")
  const framework = reader.fixed("framework")
  const python = reader.fixed("python")
  if (reader.has("algorithm")) {
    for (const other of ["image", "framework", "entry_point"]) {
      if (reader.has(other)) reader.find(other, "an algorithm brings its own image and program: set one or the other")
    }
    return algorithm === null ? null : { kind: "algorithm", ...algorithm }
  }
  if (reader.has("framework")) {
    if (!reader.has("entry_point")) reader.find("framework", "a framework needs an entry_point")
    const transformers = readTransformers(reader, framework?.name ?? null)
    return framework === null ? null : { kind: "framework", ...framework, python, image, ...transformers }
  }
  if (reader.row.given.get("transformers")?.key === null) readTransformers(reader, null)
  if (python !== null) reader.find("python", "only the image of a framework is chosen by its Python: set framework")
  if (!reader.has("image")) {
    reader.find("image", "nothing says what trains: set image, algorithm or framework, as a column or under defaults")
  }
  return image === null ? null : { kind: "image", image }
}

/** A cell that names transformers needs their image; a setting of regatta.yaml waits for rows that have it. */
function readTransformers(reader: RowReader, framework: string | null): { readonly transformers?: string } {
  const transformers = reader.fixed("transformers")
  if (transformers === null) return {}
  if (framework?.startsWith("huggingface-") === true) return { transformers }
  if (reader.row.given.get("transformers")?.key === null)
    reader.find(
      "transformers",
      "only Hugging Face's images have it: set framework to huggingface-pytorch:… or huggingface-tensorflow:…",
    )
  return {}
}

function readOutput(reader: RowReader, context: RowContext): string | null {
  const location = reader.fixed("output")
  if (location !== null) {
    const uri = locationUri(location, reader.row.given.get("output") ?? null, context)
    // A prefix in S3 goes to the service as it was written; both forms mean the same there.
    return uri.startsWith("s3://") ? uri : withSlash(uri)
  }
  if (reader.has("output")) return null
  if (context.account !== null) return `s3://sagemaker-${reader.row.region}-${context.account}/`
  reader.find("output", "the default, s3://sagemaker-{region}-{account}/, needs account in regatta.yaml")
  return null
}

function readCheckpoint(reader: RowReader, context: RowContext, output: string): JobSpec["checkpoint"] {
  const given = reader.fixed("checkpoint")
  const shared = reader.fixed("checkpoint_shared") ?? false
  if (given === null || given === false) return null
  if (given === true) return { uri: `${withSlash(output)}{run}/${reader.row.index}/checkpoints/`, shared }
  return { uri: locationUri(given, reader.row.given.get("checkpoint") ?? null, context), shared }
}

function withSlash(uri: string): string {
  return uri.endsWith("/") ? uri : `${uri}/`
}

function readDistribution(reader: RowReader): Distribution {
  const kind = reader.fixed("distribution") ?? "none"
  const processesPerHost = reader.fixed("mpi.processes_per_host")
  const options = reader.fixed("mpi.options") ?? ""
  if (kind === "mpi") return { kind, processesPerHost, options }
  for (const column of ["mpi.processes_per_host", "mpi.options"]) {
    if (reader.row.given.get(column)?.key === null)
      reader.find(column, "this row does not train with MPI: set distribution to mpi")
  }
  const parallelOptions = reader.fixed("smddp.options")
  if (kind === "smddp") return parallelOptions === null ? { kind } : { kind, options: parallelOptions }
  if (reader.row.given.get("smddp.options")?.key === null)
    reader.find("smddp.options", "this row does not train with smddp: set distribution to smddp")
  return { kind }
}

function readVpc(reader: RowReader): JobSpec["vpc"] {
  const subnets = reader.fixed("vpc.subnets")
  const securityGroups = reader.fixed("vpc.security_groups")
  if (reader.has("vpc.subnets") !== reader.has("vpc.security_groups")) {
    const [there, missing] = reader.has("vpc.subnets")
      ? ["vpc.subnets", "vpc.security_groups"]
      : ["vpc.security_groups", "vpc.subnets"]
    reader.find(there, `a VPC needs both: set ${missing} too`)
  }
  return subnets === null || securityGroups === null ? null : { subnets, securityGroups }
}
