import type { Instant, JobName } from "../../../core/ids.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import { isEnd, phaseOf } from "../../aws/sagemaker-phases.ts"

type Members = Readonly<Record<string, unknown>>

/**
 * A training job from the body of a message that a rule of EventBridge put there: the event as it is, envelope and all. null: it
 * is none, or its job cannot be known. The sample that AWS publishes lacks billed seconds and metrics, so of an end it tells
 * no more than a listing does (source: SageMaker Developer Guide, "Events that SageMaker AI sends to EventBridge").
 */
export function parseEvent(body: string): { readonly region: string; readonly job: TrainingJob } | null {
  const event = object(parse(body))
  if (event?.["source"] !== "aws.sagemaker") return null
  if (event["detail-type"] !== "SageMaker Training Job State Change") return null
  const detail = object(event["detail"])
  const region = text(event["region"])
  const jobName = text(detail?.["TrainingJobName"])
  const at = instant(detail?.["LastModifiedTime"]) ?? instant(event["time"])
  if (detail === null || region === null || jobName === null || at === null) return null
  const [status, secondary] = [text(detail["TrainingJobStatus"]), text(detail["SecondaryStatus"])]
  return {
    region,
    job: {
      jobName: jobName as JobName,
      at,
      phase: isEnd(status ?? undefined) ? "unknown" : phaseOf(status ?? undefined, secondary ?? undefined),
      raw: secondary ?? status ?? "",
      startedAt: instant(detail["TrainingStartTime"]),
      metrics: {},
      end: null,
    },
  }
}

/** Seconds up to the year 5138; from there on, which was in 1973, milliseconds. */
const LARGEST_SECONDS = 1e11

/** Milliseconds as a text in AWS's sample, numbers and ISO 8601 in other events of the service. */
function instant(value: unknown): Instant | null {
  const number = typeof value === "number" ? value : /^\d+(?:\.\d+)?$/.test(String(value)) ? Number(value) : null
  if (number !== null) return Math.round(number < LARGEST_SECONDS ? number * 1000 : number)
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : at
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function object(value: unknown): Members | null {
  return typeof value === "object" && value !== null ? (value as Members) : null
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null
}
