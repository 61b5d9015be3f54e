// One attempt of a row as the input of CreateTrainingJob, for the place that the attempt holds. Pure: the same attempt always
// gives the same request. Leaves out what is the service's default, and invents nothing that the row does not say.
import type {
  CreateTrainingJobCommandInput,
  ResourceConfig,
  TrainingImageConfig,
  TrainingInstanceType,
} from "@aws-sdk/client-sagemaker"
import type { Attempt } from "../../../core/decision/row.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { sentHyperparameters } from "../../../core/job/sent-hyperparameters.ts"
import { specAt } from "../../../core/job/spec-at.ts"
import { fillLate } from "../../../core/manifest/fill-late.ts"
import { mainType } from "../../../core/manifest/instance-groups.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import { buildChannels, CODE_CHANNEL, codeChannel, inputMode } from "./build-channels.ts"
import { buildTags } from "./build-tags.ts"
import { trainingImage } from "./images.ts"

type Input = CreateTrainingJobCommandInput

/** The settings are those of the place's region (`specAt`). Error `invalid`: the row has no role, or no image is known for what it trains with. */
export function buildRequest(run: RunRecord, row: JobSpec, attempt: Attempt): Input {
  const spec = specAt(fillLate(row, run.run, attempt.number), attempt.held.place.region)
  if (spec.role === null) throw new RegattaError("invalid", `row ${spec.index} has no role`, { hint: "set role" })
  return {
    TrainingJobName: attempt.jobName,
    AlgorithmSpecification: algorithmSpecification(spec, attempt, row.region),
    RoleArn: spec.role,
    ...hyperParameters(spec, attempt),
    ...inputData(spec),
    OutputDataConfig: outputData(spec),
    ResourceConfig: resources(spec, attempt),
    StoppingCondition: stoppingCondition(spec, attempt),
    ...network(spec),
    ...spotAndCheckpoint(spec, attempt),
    ...(Object.keys(spec.environment).length === 0 ? {} : { Environment: { ...spec.environment } }),
    ...rare(spec),
    Tags: [...buildTags(run, spec, attempt)],
  }
}

/** @param own the row's own region, whose registry an image without `{region}` names. */
function algorithmSpecification(
  spec: JobSpec,
  { held }: Attempt,
  own: string,
): NonNullable<Input["AlgorithmSpecification"]> {
  const { containerEntrypoint, containerArguments, imageAccess, imageCredentials } = spec.service ?? {}
  const metrics = Object.entries(spec.metrics).map(([Name, Regex]) => ({ Name, Regex }))
  return {
    TrainingImage: trainingImage({ ...spec, region: own }, { ...held.place, instanceType: mainType(spec, held.place) }),
    TrainingInputMode: inputMode(spec),
    ...(metrics.length === 0 ? {} : { MetricDefinitions: metrics }),
    ...(containerEntrypoint === undefined ? {} : { ContainerEntrypoint: [...containerEntrypoint] }),
    ...(containerArguments === undefined ? {} : { ContainerArguments: [...containerArguments] }),
    ...(imageAccess === undefined ? {} : { TrainingImageConfig: imageConfig(imageAccess, imageCredentials) }),
  }
}

function imageConfig(access: "Platform" | "Vpc", credentials: string | undefined): TrainingImageConfig {
  const auth = { TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: credentials } }
  return { TrainingRepositoryAccessMode: access, ...(credentials === undefined ? {} : auth) }
}

function hyperParameters(spec: JobSpec, { jobName, held }: Attempt): Pick<Input, "HyperParameters"> {
  const instanceType = mainType(spec, held.place)
  // Launched by MPI, every process writes to the host's folder; else TensorFlow is told its folder in S3, as by the SDK.
  const isMpi = spec.distribution.kind === "mpi"
  const modelDir = isMpi ? "/opt/ml/model" : `${spec.output.replace(/\/+$/, "")}/${jobName}/model`
  const sent = sentHyperparameters(spec, { jobName, instanceType, modelDir })
  if (Object.keys(sent).length === 0) return {}
  return { HyperParameters: isolatedCode(spec) === null ? sent : { ...sent, ...isolatedDirectory(spec) } }
}

/** Where the code lies in S3 when a container without a network needs it as a channel; else null. */
function isolatedCode({ service, program }: JobSpec): string | null {
  if (service?.networkIsolation !== true || program === null) return null
  return program.archive?.uri ?? program.sourceDir
}

function isolatedDirectory(spec: JobSpec): Record<string, string> {
  const file = isolatedCode(spec)?.split("/").at(-1) ?? ""
  return { sagemaker_submit_directory: JSON.stringify(`/opt/ml/input/data/${CODE_CHANNEL}/${file}`) }
}

function inputData(spec: JobSpec): Pick<Input, "InputDataConfig"> {
  const code = isolatedCode(spec)
  const channels = [...buildChannels(spec), ...(code === null ? [] : [codeChannel(code)])]
  return channels.length === 0 ? {} : { InputDataConfig: channels }
}

function outputData({ output, kmsKey, service }: JobSpec): NonNullable<Input["OutputDataConfig"]> {
  const compression = service?.outputCompression
  return {
    S3OutputPath: output,
    ...(kmsKey === null ? {} : { KmsKeyId: kmsKey }),
    ...(compression === undefined ? {} : { CompressionType: compression }),
  }
}

function resources(spec: JobSpec, { held }: Attempt): NonNullable<Input["ResourceConfig"]> {
  const { keepAliveSeconds, trainingPlan } = spec.service ?? {}
  return {
    ...machines(spec, held.place),
    VolumeSizeInGB: spec.volumeGb,
    ...(spec.volumeKmsKey === null ? {} : { VolumeKmsKeyId: spec.volumeKmsKey }),
    ...(keepAliveSeconds === undefined ? {} : { KeepAlivePeriodInSeconds: keepAliveSeconds }),
    ...(trainingPlan === undefined ? {} : { TrainingPlanArn: trainingPlan }),
  }
}

/** The API's enumeration is older than its newest types; a type that `plan` let pass is sent as it is. */
function machines({ service }: JobSpec, place: Place): Partial<ResourceConfig> {
  const groups = service?.instanceGroups
  if (groups === undefined) {
    return { InstanceType: place.instanceType as TrainingInstanceType, InstanceCount: place.instances }
  }
  return {
    InstanceGroups: groups.map(({ name, instanceType, instances }) => ({
      InstanceGroupName: name,
      InstanceType: instanceType as TrainingInstanceType,
      InstanceCount: instances,
    })),
  }
}

/** The service refuses a time to wait without Spot: a fallback on demand has none. */
function stoppingCondition(spec: JobSpec, { held }: Attempt): NonNullable<Input["StoppingCondition"]> {
  const pending = spec.service?.maxPendingSeconds
  return {
    MaxRuntimeInSeconds: spec.maxRuntimeSeconds,
    ...(held.place.spot && spec.maxWaitSeconds !== null ? { MaxWaitTimeInSeconds: spec.maxWaitSeconds } : {}),
    ...(pending === undefined ? {} : { MaxPendingTimeInSeconds: pending }),
  }
}

function network({ vpc, service }: JobSpec): Partial<Input> {
  return {
    ...(vpc === null ? {} : { VpcConfig: { SecurityGroupIds: [...vpc.securityGroups], Subnets: [...vpc.subnets] } }),
    ...(service?.networkIsolation === true ? { EnableNetworkIsolation: true } : {}),
    ...(service?.encryptTraffic === true ? { EnableInterContainerTrafficEncryption: true } : {}),
  }
}

function spotAndCheckpoint({ checkpoint, service }: JobSpec, { held }: Attempt): Partial<Input> {
  const path = service?.checkpointPath
  return {
    ...(held.place.spot ? { EnableManagedSpotTraining: true } : {}),
    ...(checkpoint === null
      ? {}
      : { CheckpointConfig: { S3Uri: checkpoint.uri, ...(path === undefined ? {} : { LocalPath: path }) } }),
  }
}

function rare({ service = {} }: JobSpec): Partial<Input> {
  const { retryAttempts } = service
  return {
    ...(retryAttempts === undefined ? {} : { RetryStrategy: { MaximumRetryAttempts: retryAttempts } }),
    ...(service.remoteDebug === true ? { RemoteDebugConfig: { EnableRemoteDebug: true } } : {}),
    ...(service.infraCheck === true ? { InfraCheckConfig: { EnableInfraCheck: true } } : {}),
    ...(service.sessionTagChaining === true ? { SessionChainingConfig: { EnableSessionTagChaining: true } } : {}),
  }
}
