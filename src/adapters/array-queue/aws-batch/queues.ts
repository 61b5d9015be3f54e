import type { BatchSettings } from "../../../core/config/batch-settings.ts"
import { RegattaError } from "../../../core/errors.ts"

/** A job queue by name or ARN, and the region it is in. */
export interface JobQueue {
  readonly region: string
  readonly queue: string
}

const HINT = "set batch.queue in regatta.yaml: the name of a job queue in the home region, or one per region"

/**
 * The queue of an array. `region` is the array's own (`ArrayRecord.queueRegion`); missing: the home region's queue. Error
 * `usage` names the missing key.
 */
export function queueOf(settings: BatchSettings, home: string, region: string = home): JobQueue {
  const { queue } = settings
  if (queue === undefined || queue === "") throw new RegattaError("usage", "batch.queue is not set", { hint: HINT })
  if (typeof queue === "string") return { region: regionOfArn(queue) ?? home, queue }
  const own = queue[region]
  if (own !== undefined) return { region: regionOfArn(own) ?? region, queue: own }
  // Any queue may carry any row: a home without a queue of its own uses one that there is.
  const [first] = Object.keys(queue).sort()
  if (region === home && first !== undefined) return queueOf(settings, home, first)
  throw new RegattaError("usage", `batch.queue has no queue for ${region}`, { hint: HINT, fields: { region } })
}

/** A queue's ARN says where it is: `arn:aws:batch:us-east-1:123456789012:job-queue/name`. */
function regionOfArn(queue: string): string | null {
  return /^arn:[a-z-]+:batch:([a-z0-9-]+):/.exec(queue)?.[1] ?? null
}
