// Rules between the members of CreateTrainingJob's input: what the service refuses although every member is well formed.
// Asks nothing of the outside: buckets, images, roles and quotas are checked in check-outside.ts.
import { checkShape, Refusal } from "../service-answers.ts"
import { CREATE_SHAPE } from "./create-shape.ts"
import type { RequestedChannel, TrainingRequest } from "./training-request.ts"

const MOST_RUNTIME_SECONDS = 28 * 86_400

/** Throws Refusal (ValidationException or SerializationException); else the input is a request. */
export function checkRequest(input: Readonly<Record<string, unknown>>): TrainingRequest {
  checkShape(CREATE_SHAPE, input)
  const request = input as unknown as TrainingRequest
  for (const fault of faultsOf(request)) throw new Refusal("ValidationException", fault)
  return request
}

function* faultsOf(request: TrainingRequest): Generator<string> {
  yield* algorithmFaults(request)
  yield* machineFaults(request)
  yield* timeFaults(request)
  yield* uniqueFaults(request)
  for (const channel of request.InputDataConfig ?? []) yield* channelFaults(channel, request)
}

function* algorithmFaults({ AlgorithmSpecification }: TrainingRequest): Generator<string> {
  const { TrainingImage, AlgorithmName } = AlgorithmSpecification
  if (TrainingImage !== undefined && AlgorithmName !== undefined)
    yield "You can specify either an algorithm name or a training image, but not both: AlgorithmName and TrainingImage are exclusive"
  if (TrainingImage === undefined && AlgorithmName === undefined)
    yield "Either AlgorithmName or TrainingImage is required in AlgorithmSpecification"
}

function* machineFaults({ ResourceConfig, StoppingCondition }: TrainingRequest): Generator<string> {
  if (ResourceConfig === undefined) {
    yield "ResourceConfig is required"
    return
  }
  if (StoppingCondition === undefined) yield "StoppingCondition is required"
  const { InstanceType, InstanceCount, InstanceGroups = [], VolumeSizeInGB, VolumeKmsKeyId } = ResourceConfig
  const isGrouped = InstanceGroups.length > 0
  if (isGrouped && (InstanceType !== undefined || InstanceCount !== undefined))
    yield "InstanceGroups is exclusive with InstanceType and InstanceCount in ResourceConfig"
  if (!isGrouped && (InstanceType === undefined || InstanceCount === undefined || InstanceCount < 1))
    yield "ResourceConfig needs InstanceType and an InstanceCount of at least 1, or InstanceGroups"
  if (InstanceGroups.some((group) => group.InstanceType === undefined || (group.InstanceCount ?? 0) < 1))
    yield "Every instance group needs InstanceType and an InstanceCount of at least 1"
  const names = InstanceGroups.map(({ InstanceGroupName }) => InstanceGroupName)
  if (new Set(names).size < names.length) yield "Instance group names must be unique"
  if (VolumeSizeInGB === undefined || VolumeSizeInGB < 1) yield "VolumeSizeInGB in ResourceConfig must be at least 1"
  const types = isGrouped ? InstanceGroups.map((group) => group.InstanceType) : [InstanceType ?? ""]
  const local = types.find(hasLocalDisk)
  if (VolumeKmsKeyId !== undefined && local !== undefined)
    yield `VolumeKmsKeyId is not supported for instance type ${local}, whose volume is a local NVMe disk`
}

/** Families with instance stores, whose volume has no key: a `d` in the name, and those that have only such disks. */
function hasLocalDisk(type: string): boolean {
  const family = type.split(".")[1] ?? ""
  return family.includes("d") || /^(g5|g6|g7|p5|p6|trn1|trn2)/.test(family)
}

function* timeFaults(request: TrainingRequest): Generator<string> {
  const { StoppingCondition, EnableManagedSpotTraining = false, ResourceConfig } = request
  const { MaxRuntimeInSeconds = 86_400, MaxWaitTimeInSeconds } = StoppingCondition
  if (MaxRuntimeInSeconds > MOST_RUNTIME_SECONDS)
    yield `Invalid MaxRuntimeInSeconds. It must be at most ${MOST_RUNTIME_SECONDS} seconds (28 days)`
  if (MaxWaitTimeInSeconds !== undefined && !EnableManagedSpotTraining)
    yield "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
  if (EnableManagedSpotTraining && MaxWaitTimeInSeconds === undefined)
    yield "MaxWaitTimeInSeconds is required when EnableManagedSpotTraining is set to true"
  if (MaxWaitTimeInSeconds !== undefined && MaxWaitTimeInSeconds < MaxRuntimeInSeconds)
    yield "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
  if (EnableManagedSpotTraining && ResourceConfig.KeepAlivePeriodInSeconds !== undefined)
    yield "KeepAlivePeriodInSeconds is not supported when EnableManagedSpotTraining is set to true"
}

function* uniqueFaults({ InputDataConfig = [], Tags = [] }: TrainingRequest): Generator<string> {
  const channels = InputDataConfig.map(({ ChannelName }) => ChannelName)
  if (new Set(channels).size < channels.length) yield "Duplicate channel names are not allowed in InputDataConfig"
  const keys = Tags.map(({ Key }) => Key)
  if (new Set(keys).size < keys.length)
    yield "Duplicate tag keys found. Please note that Tag keys are case insensitive."
  const reserved = keys.find((key) => key.toLowerCase().startsWith("aws:"))
  if (reserved !== undefined) yield `aws: prefixed tag key names are not allowed for external use: ${reserved}`
}

function* channelFaults(channel: RequestedChannel, request: TrainingRequest): Generator<string> {
  const { S3DataSource: s3, FileSystemDataSource: files } = channel.DataSource
  const mode = channel.InputMode ?? request.AlgorithmSpecification.TrainingInputMode
  const name = channel.ChannelName
  if ((s3 === undefined) === (files === undefined))
    yield `Channel ${name} needs exactly one of S3DataSource and FileSystemDataSource`
  if (files !== undefined && request.VpcConfig === undefined)
    yield `VpcConfig is required when a FileSystemDataSource is used (channel ${name})`
  if (files !== undefined && mode !== "File") yield `FileSystemDataSource supports only File mode (channel ${name})`
  if (channel.CompressionType === "Gzip" && mode !== "Pipe")
    yield `Compression type Gzip is supported only in Pipe mode (channel ${name})`
  if (s3 === undefined) return
  const type = s3.S3DataType
  if (mode === "FastFile" && type !== "S3Prefix")
    yield `FastFile mode supports only the S3DataType S3Prefix (channel ${name})`
  if (type === "AugmentedManifestFile" && mode !== "Pipe")
    yield `AugmentedManifestFile is supported only in Pipe mode (channel ${name})`
  if (type === "AugmentedManifestFile" && (s3.AttributeNames ?? []).length === 0)
    yield `AttributeNames is required for AugmentedManifestFile (channel ${name})`
  if (type !== "AugmentedManifestFile" && (s3.AttributeNames ?? []).length > 0)
    yield `AttributeNames is supported only for AugmentedManifestFile (channel ${name})`
  const groups = new Set((request.ResourceConfig.InstanceGroups ?? []).map((group) => group.InstanceGroupName))
  const unknown = (s3.InstanceGroupNames ?? []).find((group) => !groups.has(group))
  if (unknown !== undefined) yield `Channel ${name} names the instance group ${unknown}, which ResourceConfig has not`
}
