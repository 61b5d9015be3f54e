import type { Instant } from "../../core/ids.ts"
import { seconds } from "../service-answers.ts"
import { type JobStatus, SECONDARY_MESSAGES, type SecondaryStatus } from "./statuses.ts"

interface Transition {
  readonly status: SecondaryStatus
  readonly startedAt: Instant
  readonly message: string
}

/** What became of one job so far: its statuses with their times, and its time on machines. */
export class JobHistory {
  status: JobStatus = "InProgress"
  modifiedAt: Instant
  /** First time on machines, and the end of the last; null: none yet. */
  startedAt: Instant | null = null
  endedAt: Instant | null = null
  readonly #transitions: Transition[] = []
  #ranMs = 0
  #runSince: Instant | null = null

  constructor(createdAt: Instant) {
    this.modifiedAt = createdAt
  }

  get secondary(): SecondaryStatus {
    return this.#transitions.at(-1)?.status ?? "Starting"
  }

  /** How often it had this status. */
  times(status: SecondaryStatus): number {
    return this.#transitions.filter((each) => each.status === status).length
  }

  enter(status: SecondaryStatus, at: Instant, message: string = SECONDARY_MESSAGES[status]): void {
    this.#transitions.push({ status, startedAt: at, message })
    this.modifiedAt = at
  }

  setStatus(status: JobStatus, at: Instant): void {
    this.status = status
    this.modifiedAt = at
  }

  /** The job is final. */
  end(status: JobStatus, at: Instant): void {
    this.setStatus(status, at)
    this.endedAt = at
  }

  beginRun(at: Instant): void {
    this.startedAt ??= at
    this.#runSince = at
  }

  endRun(at: Instant): void {
    if (this.#runSince !== null) this.#ranMs += at - this.#runSince
    this.#runSince = null
  }

  /** When the time on machines, earlier runs included, will have reached this; null: nothing runs. */
  runtimeReaches(mostSeconds: number): Instant | null {
    return this.#runSince === null ? null : this.#runSince + mostSeconds * 1000 - this.#ranMs
  }

  /** Whole seconds on machines of all ended runs. */
  get ranSeconds(): number {
    return Math.round(this.#ranMs / 1000)
  }

  /** As SecondaryStatusTransitions: the last has an end only when the job has. */
  transitions(): readonly Readonly<Record<string, unknown>>[] {
    return this.#transitions.map(({ status, startedAt, message }, at) => {
      const endedAt = this.#transitions[at + 1]?.startedAt ?? this.endedAt
      return {
        Status: status,
        StartTime: seconds(startedAt),
        ...(endedAt === null ? {} : { EndTime: seconds(endedAt) }),
        StatusMessage: message,
      }
    })
  }
}
