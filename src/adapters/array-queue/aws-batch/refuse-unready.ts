import { type BatchClient, DescribeJobDefinitionsCommand } from "@aws-sdk/client-batch"
import type { BatchSettings } from "../../../core/config/batch-settings.ts"
import { isRegattaError, RegattaError } from "../../../core/errors.ts"
import { awsError } from "../../aws/aws-error.ts"
import type { JobQueue } from "./queues.ts"
import type { Repeat } from "./repeat-while-throttled.ts"
import { definitionOf } from "./request.ts"
import { platformOf } from "./worker-definition.ts"

/**
 * Refuses a queue that is missing or disabled, a job definition without an active revision, and settings from which none can be
 * registered. Only reads, which repeat safely; what the caller may not read is not refused, SubmitJob may be allowed all the same.
 * Errors: `usage`, `notFound`, `invalid`, `unavailable`.
 */
export async function refuseUnready(
  client: BatchClient,
  repeat: Repeat,
  target: JobQueue,
  settings: BatchSettings,
): Promise<void> {
  try {
    const platform = await platformOf(client, repeat, target)
    if (settings.job_definition === undefined) definitionOf(settings, platform)
    else await refuseMissing(client, repeat, settings.job_definition, target.region)
  } catch (error) {
    if (!isRegattaError(error, "denied")) throw error
  }
}

async function refuseMissing(client: BatchClient, repeat: Repeat, definition: string, region: string): Promise<void> {
  const isExact = definition.startsWith("arn:") || /:\d+$/.test(definition)
  // A list of definitions goes with no other parameter (SDK, `DescribeJobDefinitionsRequest`).
  const named = isExact ? { jobDefinitions: [definition] } : { jobDefinitionName: definition, status: "ACTIVE" }
  try {
    const { jobDefinitions = [] } = await repeat(() => client.send(new DescribeJobDefinitionsCommand(named)))
    if (jobDefinitions.some(({ status }) => status === "ACTIVE")) return
  } catch (error) {
    throw awsError(error, `look at the job definition "${definition}" in ${region}`, { region })
  }
  throw new RegattaError("notFound", `batch.job_definition: "${definition}" has no active revision in ${region}`, {
    hint: "register it there, or set batch.image and batch.job_role, and it is registered by `regatta submit`",
    fields: { region },
  })
}
