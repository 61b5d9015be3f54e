/** The parts of CreateTrainingJob's input that the model reads, once its shape was checked. */
export interface TrainingRequest {
  readonly TrainingJobName: string
  readonly HyperParameters?: Readonly<Record<string, string>>
  readonly AlgorithmSpecification: {
    readonly TrainingImage?: string
    readonly AlgorithmName?: string
    readonly TrainingInputMode: "Pipe" | "File" | "FastFile"
    readonly MetricDefinitions?: readonly { readonly Name: string; readonly Regex: string }[]
    readonly TrainingImageConfig?: { readonly TrainingRepositoryAccessMode: "Platform" | "Vpc" }
  }
  readonly RoleArn: string
  readonly InputDataConfig?: readonly RequestedChannel[]
  readonly OutputDataConfig: { readonly S3OutputPath: string; readonly CompressionType?: "GZIP" | "NONE" }
  readonly ResourceConfig: RequestedResources
  readonly VpcConfig?: Readonly<Record<string, unknown>>
  readonly StoppingCondition: {
    readonly MaxRuntimeInSeconds?: number
    readonly MaxWaitTimeInSeconds?: number
    readonly MaxPendingTimeInSeconds?: number
  }
  readonly Tags?: readonly RequestedTag[]
  readonly EnableManagedSpotTraining?: boolean
  readonly CheckpointConfig?: { readonly S3Uri: string; readonly LocalPath?: string }
  readonly RetryStrategy?: { readonly MaximumRetryAttempts: number }
}

export interface RequestedTag {
  readonly Key: string
  readonly Value: string
}

export interface RequestedChannel {
  readonly ChannelName: string
  readonly InputMode?: "Pipe" | "File" | "FastFile"
  readonly CompressionType?: "None" | "Gzip"
  readonly RecordWrapperType?: "None" | "RecordIO"
  readonly DataSource: {
    readonly S3DataSource?: {
      readonly S3DataType: "ManifestFile" | "S3Prefix" | "AugmentedManifestFile" | "Converse"
      readonly S3Uri: string
      readonly S3DataDistributionType?: "FullyReplicated" | "ShardedByS3Key"
      readonly AttributeNames?: readonly string[]
      readonly InstanceGroupNames?: readonly string[]
    }
    readonly FileSystemDataSource?: Readonly<Record<string, unknown>>
  }
}

export interface RequestedResources {
  readonly InstanceType?: string
  readonly InstanceCount?: number
  readonly VolumeSizeInGB?: number
  readonly VolumeKmsKeyId?: string
  readonly KeepAlivePeriodInSeconds?: number
  readonly InstanceGroups?: readonly RequestedGroup[]
  readonly TrainingPlanArn?: string
}

export interface RequestedGroup {
  readonly InstanceGroupName: string
  readonly InstanceType: string
  readonly InstanceCount: number
}

/** Instances by type; a type of several groups counts once with their sum. */
export function machinesOf({ ResourceConfig }: TrainingRequest): ReadonlyMap<string, number> {
  const { InstanceType, InstanceCount, InstanceGroups } = ResourceConfig
  const machines = new Map<string, number>()
  for (const group of InstanceGroups ?? []) {
    machines.set(group.InstanceType, (machines.get(group.InstanceType) ?? 0) + group.InstanceCount)
  }
  if (InstanceType !== undefined) machines.set(InstanceType, InstanceCount ?? 1)
  return machines
}

export function hostCount(request: TrainingRequest): number {
  return [...machinesOf(request).values()].reduce((sum, count) => sum + count, 0)
}

/** `s3://bucket/key` apart; null: it is no such thing. */
export function s3Place(uri: string): { readonly bucket: string; readonly key: string } | null {
  const [, bucket, key = ""] = /^(?:s3|https):\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? []
  return bucket === undefined ? null : { bucket, key }
}
