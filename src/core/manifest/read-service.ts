import type { ServiceSettings } from "../job/job-spec.ts"
import type { RowReader } from "./row-reader.ts"

/** The rarer settings of the service; null: none is set. `false` is the same as not set. */
export function readService(reader: RowReader): ServiceSettings | null {
  const settings = {
    ...member("inputMode", reader.fixed("input_mode")),
    ...member("networkIsolation", yes(reader.fixed("network_isolation"))),
    ...member("encryptTraffic", yes(reader.fixed("encrypt_traffic"))),
    ...member("keepAliveSeconds", reader.fixed("keep_alive")),
    ...member("trainingPlan", reader.fixed("training_plan")),
    ...member("maxPendingSeconds", reader.fixed("max_pending")),
    ...member("retryAttempts", reader.fixed("retry_attempts")),
    ...member("checkpointPath", reader.fixed("checkpoint_local_path")),
    ...member("outputCompression", reader.fixed("output_compression")),
    ...member("containerEntrypoint", reader.fixed("container.entrypoint")),
    ...member("containerArguments", reader.fixed("container.arguments")),
    ...member("imageAccess", reader.fixed("image_access")),
    ...member("imageCredentials", reader.fixed("image_credentials")),
    ...member("remoteDebug", yes(reader.fixed("remote_debug"))),
    ...member("infraCheck", yes(reader.fixed("infra_check"))),
    ...member("instanceGroups", reader.fixed("instance_groups")),
    ...member("distributionGroups", reader.fixed("distribution_groups")),
    ...member("sessionTagChaining", yes(reader.fixed("session_tag_chaining"))),
  }
  return Object.keys(settings).length === 0 ? null : settings
}

/** A member that is not set is not there: rows without it keep their bytes. */
function member<Name extends keyof ServiceSettings>(
  name: Name,
  value: NonNullable<ServiceSettings[Name]> | null,
): Pick<ServiceSettings, Name> | Record<never, never> {
  return value === null ? {} : { [name]: value }
}

function yes(value: boolean | null): true | null {
  return value === true ? true : null
}
