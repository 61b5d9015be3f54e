import type { Channel, JobSpec } from "../job/job-spec.ts"
import type { RowReader } from "./row-reader.ts"

type Find = RowReader["find"]

/** Whether a channel is a file system of the VPC, `efs://` or `fsx://`, in place of objects in S3. */
export function isFileSystem({ uri }: Pick<Channel, "uri">): boolean {
  return /^(?:efs|fsx):\/\//.test(uri)
}

/** Whether the script travels as a channel, as the containers have no network. */
export function isIsolatedScript({ service, program }: JobSpec): boolean {
  return service?.networkIsolation === true && program !== null
}

const SHORTEST_PENDING_SECONDS = 7200

/** Rules of the rarer settings: between them, and with the others (aws.md 1.7 and the model of CreateTrainingJob). */
export function findServiceRules(find: Find, spec: JobSpec): void {
  const { service = {} } = spec
  for (const channel of spec.channels) findSource(find, spec, channel)
  findGroups(find, spec)
  findWarmPool(find, spec)
  findDisks(find, spec)
  if (service.checkpointPath !== undefined && spec.checkpoint === null)
    find("checkpoint_local_path", "this row keeps no checkpoint: set checkpoint too")
  if (service.maxPendingSeconds !== undefined && service.maxPendingSeconds < SHORTEST_PENDING_SECONDS)
    find("max_pending", `expected at least 2h, and this is ${service.maxPendingSeconds} seconds`)
  if (service.imageCredentials !== undefined && service.imageAccess !== "Vpc")
    find("image_credentials", "only a registry inside the VPC asks for credentials: set image_access to Vpc")
  if (service.imageAccess === "Vpc" && spec.vpc === null)
    find("image_access", "a registry inside the VPC needs vpc.subnets and vpc.security_groups")
  if (isIsolatedScript(spec) && spec.channels.some(({ name }) => name === "code"))
    find("channel.code", "without a network the script itself travels as the channel code: give this one another name")
}

/** A warm pool is of machines on demand, of one type. */
function findWarmPool(find: Find, { service = {}, places }: JobSpec): void {
  if (service.keepAliveSeconds === undefined) return
  if (service.instanceGroups !== undefined) find("keep_alive", "instance_groups are not kept: leave keep_alive out")
  if (places.some(({ spot }) => spot)) find("keep_alive", "Spot instances are not kept: leave keep_alive or Spot out")
}

/** Families whose disks are the instance's own: a key for the volume is refused. */
const OWN_DISKS = /^ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|g5|g6e?|p5e?n?|trn1n?)\./

function findDisks(find: Find, { service, volumeKmsKey, places }: JobSpec): void {
  if (volumeKmsKey === null) return
  const types = service?.instanceGroups?.map(({ instanceType }) => instanceType) ?? [places[0].instanceType]
  const own = types.find((type) => OWN_DISKS.test(type))
  if (own !== undefined) find("volume_kms_key", `${own} has disks of its own, which take no key`)
}

function findGroups(find: Find, { service = {}, channels, distribution }: JobSpec): void {
  const { instanceGroups: groups = [], distributionGroups } = service
  const names = groups.map(({ name }) => name)
  if (new Set(names).size < names.length) find("instance_groups", "two groups have the same name")
  const named = [
    ["distribution_groups", distributionGroups ?? []] as const,
    ...channels.map(({ name, groups: of = [] }) => [`channel.${name}.groups`, of] as const),
  ]
  for (const [column, of] of named) {
    for (const name of of) {
      if (names.includes(name)) continue
      find(
        column,
        `there is no instance group "${name}": ${names.length === 0 ? "set instance_groups" : `there are ${names.join(", ")}`}`,
      )
    }
  }
  // The toolkit joins some groups under mpirun only, and all hosts otherwise.
  if (distributionGroups !== undefined && distribution.kind !== "mpi" && distribution.kind !== "smddp")
    find(
      "distribution_groups",
      distribution.kind === "none"
        ? "the hosts of this row do not work together: set distribution"
        : `${distribution.kind} joins all hosts: only mpi and smddp join some groups`,
    )
}

function findSource(find: Find, spec: JobSpec, channel: Channel): void {
  const { name, dataType, attributes, isWritable, shuffleSeed } = channel
  const column = (part: string) => `channel.${name}.${part}`
  if (attributes !== undefined && dataType !== "AugmentedManifestFile")
    find(column("attributes"), "only the lines of an AugmentedManifestFile have attributes: set data_type")
  if (!isFileSystem(channel)) {
    if (isWritable === true) find(column("access"), "only a file system (efs://, fsx://) is read or written")
    return
  }
  if (spec.vpc === null)
    find(`channel.${name}`, "a file system is reached in a VPC: set vpc.subnets and vpc.security_groups")
  if (channel.inputMode !== "File") find(column("input_mode"), "a file system needs input_mode File")
  if (dataType !== "S3Prefix") find(column("data_type"), "a file system has no manifest")
  if (channel.distribution !== "FullyReplicated")
    find(column("distribution"), "a file system is the same for every host: ShardedByS3Key is for S3")
  if (shuffleSeed !== undefined) find(column("shuffle_seed"), "a file system is not shuffled")
}
