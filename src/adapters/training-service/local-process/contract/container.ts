import type { Channel } from "../../../../core/job/job-spec.ts"

/** Group of hosts that SageMaker names so where a job has only one kind of instance. */
const GROUP = "homogeneousCluster"

/** What one host of a training job is told: all of it plain data. */
export interface Container {
  readonly jobName: string
  readonly jobArn: string
  /** Names of all hosts, sorted as texts: algo-1, algo-10, algo-2, … The first leads. */
  readonly hosts: readonly [string, ...string[]]
  readonly currentHost: string
  readonly instanceType: string
  readonly networkInterface: string
  /** As sent: text by name. */
  readonly hyperparameters: Readonly<Record<string, string>>
  readonly channels: readonly Channel[]
  /** Hosts that a distribution spans: all, or none where there is no distribution. */
  readonly distributionHosts: readonly string[]
  readonly cpus: number
  readonly gpus: number
  /** `/opt/ml`, or the host's folder where that cannot be bound there. */
  readonly root: string
}

/** Names of a job's hosts in the order that SageMaker lists them. */
export function hostNames(count: number): readonly [string, ...string[]] {
  const [first = "algo-1", ...rest] = Array.from({ length: count }, (_, index) => `algo-${index + 1}`).sort()
  return [first, ...rest]
}

/** resourceconfig.json */
export function resourceConfig(container: Container) {
  return {
    current_group_name: GROUP,
    current_host: container.currentHost,
    current_instance_type: container.instanceType,
    hosts: container.hosts,
    instance_groups: [{ hosts: container.hosts, instance_group_name: GROUP, instance_type: container.instanceType }],
    network_interface_name: container.networkInterface,
  }
}

/** inputdataconfig.json */
export function inputDataConfig(
  channels: readonly Channel[],
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    channels.map((channel) => [
      channel.name,
      {
        ...(channel.contentType === null ? {} : { ContentType: channel.contentType }),
        TrainingInputMode: channel.inputMode,
        S3DistributionType: channel.distribution,
        RecordWrapperType: channel.recordWrapper,
      },
    ]),
  )
}

/** The hosts by group, as `SM_INSTANCE_GROUPS_DICT` has them. */
export function instanceGroups(container: Container) {
  const [group] = resourceConfig(container).instance_groups
  return { [GROUP]: group }
}

export function groupNames(): readonly string[] {
  return [GROUP]
}
