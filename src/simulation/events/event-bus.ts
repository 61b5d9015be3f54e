// EventBridge as far as training jobs go: each change of a job becomes a message of one queue, as rules in every region would
// send it. By chance it comes twice, late, or never. It has no rules of its own and no other targets.
import type { Instant } from "../../core/ids.ts"
import type { Chance } from "../chance.ts"
import type { ModelledJob } from "../sagemaker/modelled-job.ts"
import type { ModelledQueue } from "../sqs/modelled-queue.ts"

/** Likelihoods for one change of a training job. */
export interface EventOdds {
  readonly lost: number
  readonly duplicated: number
  /** By so many milliseconds, between which chance draws. */
  readonly late: number
  readonly lateMs: readonly [from: number, to: number]
}

/** `overtaken`: it arrives before one that tells of an earlier change of the job. */
export type EventFault = "lost" | "duplicated" | "late" | "overtaken"

export interface EventBusOptions {
  readonly account: string
  readonly queue: ModelledQueue
  readonly chance: Chance
  readonly odds: (now: Instant) => EventOdds
  readonly onFault?: (fault: EventFault) => void
}

/** "Near real time"; more is not published. */
const USUAL_MS = [100, 1_500] as const
/** Within this the second of two copies follows. */
const COPY_MS = 60_000

export class EventBus {
  readonly #options: EventBusOptions
  readonly #lastArrivals = new WeakMap<ModelledJob, Instant>()
  #told = 0

  constructor(options: EventBusOptions) {
    this.#options = options
  }

  /** A training job has just changed. */
  tell(job: ModelledJob, at: Instant): void {
    const { queue, chance, odds, onFault } = this.#options
    const { lost, duplicated, late, lateMs } = odds(at)
    this.#told += 1
    const body = bodyOf(job, at, this.#told, this.#options.account)
    const drawn = chance.next()
    const usual = at + chance.between(...USUAL_MS)
    if (drawn < lost) {
      onFault?.("lost")
      return
    }
    const isLate = drawn < lost + late
    const arrivesAt = isLate ? usual + chance.between(...lateMs) : usual
    if (isLate) onFault?.("late")
    const last = this.#lastArrivals.get(job) ?? 0
    if (arrivesAt < last) onFault?.("overtaken")
    this.#lastArrivals.set(job, Math.max(last, arrivesAt))
    queue.put(body, Math.round(arrivesAt))
    if (!chance.isLess(duplicated)) return
    onFault?.("duplicated")
    queue.put(body, Math.round(arrivesAt + chance.between(0, COPY_MS)))
  }
}

/** What it was at that moment: a job goes on before its event is read. Times are texts of milliseconds, as in AWS's sample. */
function bodyOf(job: ModelledJob, at: Instant, number: number, account: string): () => string {
  const { region, name, arn, createdAt, history, failureReason } = job
  const { status, secondary, modifiedAt, startedAt, endedAt } = history
  return () =>
    JSON.stringify({
      version: "0",
      id: `00000000-0000-4000-a000-${String(number).padStart(12, "0")}`,
      "detail-type": "SageMaker Training Job State Change",
      source: "aws.sagemaker",
      account,
      time: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"),
      region,
      resources: [arn],
      detail: {
        TrainingJobName: name,
        TrainingJobArn: arn,
        TrainingJobStatus: status,
        SecondaryStatus: secondary,
        ...(failureReason === null ? {} : { FailureReason: failureReason }),
        CreationTime: String(createdAt),
        ...(startedAt === null ? {} : { TrainingStartTime: String(startedAt) }),
        ...(endedAt === null ? {} : { TrainingEndTime: String(endedAt) }),
        LastModifiedTime: String(modifiedAt),
        Tags: {},
      },
    })
}
