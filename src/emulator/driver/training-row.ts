import type { Attempt } from "../../core/decision/row.ts"
import type { OwnerId, RunId } from "../../core/ids.ts"
import type { Channel, Distribution, JobSpec, Program, Trains } from "../../core/job/job-spec.ts"
import type { Place } from "../../core/job/place.ts"
import type { RunRecord } from "../../core/run/run.ts"
import {
  hostCount,
  machinesOf,
  type RequestedChannel,
  type TrainingRequest,
} from "../../simulation/sagemaker/training-request.ts"

/** What a training service of ours is asked, so that it does what a request to SageMaker asks for. */
export interface TrainingRow {
  readonly run: RunRecord
  readonly spec: JobSpec
  readonly attempt: Attempt
}

/** The model keeps all limits, in its own time: here nothing may end by itself before. */
const NO_LIMIT_SECONDS = 28 * 86_400
const SEND_MS = 60_000
const ISOLATED_CODE = "/opt/ml/input/data/code/"

type Sent = Readonly<Record<string, string>>

/** @param codeBytes size of an object, null if it is not there. Values that a container reads stay as they were sent. */
export function trainingRow(
  region: string,
  request: TrainingRequest,
  now: number,
  codeBytes: (uri: string) => number | null,
): TrainingRow {
  const sent = request.HyperParameters ?? {}
  const [instanceType = ""] = machinesOf(request).keys()
  const place: Place = { region, instanceType, instances: hostCount(request), spot: false }
  const program = programOf(request, region, codeBytes)
  const { CheckpointConfig: checkpoint } = request
  const spec: JobSpec = {
    version: 1,
    index: 0,
    name: null,
    region,
    trains: trainsOf(request, program),
    program,
    hyperparameters: Object.fromEntries(Object.entries(sent).filter(([name]) => !name.startsWith("sagemaker_"))),
    environment: (request as { readonly Environment?: Sent }).Environment ?? {},
    tags: {},
    channels: (request.InputDataConfig ?? []).filter(isOwnChannel(sent)).map((channel) => channelOf(channel, request)),
    volumeGb: 1,
    maxRuntimeSeconds: NO_LIMIT_SECONDS,
    distribution: distributionOf(sent),
    maxWaitSeconds: null,
    checkpoint: checkpoint === undefined ? null : { uri: checkpoint.S3Uri, shared: true },
    metrics: {},
    role: request.RoleArn,
    output: request.OutputDataConfig.S3OutputPath,
    vpc: null,
    kmsKey: null,
    volumeKmsKey: null,
    maxAttempts: 1,
    maxWaitingSeconds: 0,
    places: [place],
    priority: 0,
    expectedRuntimeSeconds: null,
  }
  return { run: runOf(now), spec, attempt: attemptOf(request, place, now) }
}

function programOf(request: TrainingRequest, region: string, bytesOf: (uri: string) => number | null): Program | null {
  const sent = request.HyperParameters ?? {}
  const entryPoint = decoded(sent["sagemaker_program"])
  const directory = decoded(sent["sagemaker_submit_directory"])
  if (entryPoint === null || directory === null) return null
  const uri = directory.startsWith(ISOLATED_CODE) ? codeChannel(request) : directory
  const bytes = bytesOf(uri)
  const archive = bytes === null ? null : { uri: uri as never, region, etag: "", bytes }
  // With a folder of its own, values travel as the JSON that they were sent as.
  return { entryPoint, sourceDir: "source", dependencies: [], archive }
}

function codeChannel(request: TrainingRequest): string {
  const channel = request.InputDataConfig?.find(({ ChannelName }) => ChannelName === "code")
  return channel?.DataSource.S3DataSource?.S3Uri ?? ""
}

/** The code's own channel of an isolated job is no input of the program. */
function isOwnChannel(sent: Sent): (channel: RequestedChannel) => boolean {
  const isIsolated = decoded(sent["sagemaker_submit_directory"])?.startsWith(ISOLATED_CODE) === true
  return ({ ChannelName }) => !(isIsolated && ChannelName === "code")
}

/** AWS's own image without a program is one of its algorithms, for which there may be a stand-in. */
function trainsOf({ AlgorithmSpecification }: TrainingRequest, program: Program | null): Trains {
  const image = AlgorithmSpecification.TrainingImage ?? AlgorithmSpecification.AlgorithmName ?? ""
  const [, repository = "", tag = null] = /\/([^:@]+)(?::([^@]+))?/.exec(image) ?? []
  const name = repository.replace(/^sagemaker-/, "")
  return program === null && /^(?:xgboost|linear-learner)$/.test(name)
    ? { kind: "algorithm", name, version: tag }
    : { kind: "image", image }
}

function distributionOf(sent: Sent): Distribution {
  if (sent["sagemaker_mpi_enabled"] === "true") {
    const processes = sent["sagemaker_mpi_num_of_processes_per_host"]
    return {
      kind: "mpi",
      processesPerHost: processes === undefined ? null : Number(processes),
      options: decoded(sent["sagemaker_mpi_custom_mpi_options"]) ?? "",
    }
  }
  if (sent["sagemaker_torch_distributed_enabled"] === "true") return { kind: "torchrun" }
  if (sent["sagemaker_distributed_dataparallel_enabled"] === "true") return { kind: "smddp" }
  if (sent["sagemaker_parameter_server_enabled"] === "true") return { kind: "parameter-server" }
  return { kind: "none" }
}

function channelOf(channel: RequestedChannel, { AlgorithmSpecification }: TrainingRequest): Channel {
  const s3 = channel.DataSource.S3DataSource
  return {
    name: channel.ChannelName,
    uri: s3?.S3Uri ?? "efs://",
    distribution: s3?.S3DataDistributionType ?? "FullyReplicated",
    dataType: s3?.S3DataType === "Converse" ? "S3Prefix" : (s3?.S3DataType ?? "S3Prefix"),
    inputMode: channel.InputMode ?? AlgorithmSpecification.TrainingInputMode,
    contentType: (channel as { readonly ContentType?: string }).ContentType ?? null,
    compression: channel.CompressionType ?? "None",
    recordWrapper: channel.RecordWrapperType ?? "None",
  }
}

function attemptOf({ TrainingJobName }: TrainingRequest, place: Place, now: number): Attempt {
  return {
    number: 1,
    jobName: TrainingJobName as Attempt["jobName"],
    held: { place, usd: null },
    claimedBy: "emulator" as OwnerId,
    claimedAt: now,
    sendBy: now + SEND_MS,
    settledAt: null,
    waitingSince: now,
  }
}

/** A run of nobody: a training service reads of it only what is local. */
function runOf(now: number): RunRecord {
  return {
    run: "emulated" as RunId,
    version: 1,
    schema: 1,
    name: "emulated",
    createdBy: "emulator",
    createdAt: now,
    on: "local",
    follow: "attached",
    manifest: { file: "", sha256: "" },
    parts: [],
    arrays: [],
    orders: [],
    budgetUsd: null,
    allowUnknownPrice: true,
    limits: {},
    prices: {},
    storageMap: {},
    local: { install: false, algorithms: {}, parallel: 1, parallelPerRegion: 1, stopGraceSeconds: 120 },
    only: null,
  }
}

/** Script mode's own values are JSON texts. */
function decoded(text: string | undefined): string | null {
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "string" ? value : text
  } catch {
    return text
  }
}
