// The steps after the runs of one follower: carried beside its rows, so that a slow service holds no row up.
// It begins with a run once all of its rows are final, and forgets it when its steps have ended.
import { stepTargets } from "../core/after/after-step.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import { StepCarrier, type StepPorts } from "./carry-steps.ts"
import { CompletedRows } from "./completed-rows.ts"

interface Followed {
  readonly rows: CompletedRows
  readonly carrier: StepCarrier
  /** What is under way; null: nothing. */
  work: Promise<void> | null
}

export class FollowedSteps {
  readonly #ports: StepPorts
  readonly #me: OwnerId
  readonly #runs = new Map<RunId, Followed>()
  /** Runs without a step left to do, by the version of their record: an order raises it. */
  readonly #over = new Map<RunId, number>()
  /** What a step's work threw that is no step's trouble; thrown by the next call. */
  #fault: { readonly error: unknown } | null = null

  constructor(ports: StepPorts, me: OwnerId) {
    this.#ports = ports
    this.#me = me
  }

  /** Whether the run has no step left to do, as far as it was looked at. */
  isOver(run: RunRecord): boolean {
    return (run.after ?? []).length === 0 || this.#over.get(run.run) === run.version
  }

  /** Carries the steps on, unless they are being carried. Throws what earlier work threw. */
  advance(run: RunRecord, signal: AbortSignal): void {
    if (this.#fault !== null) {
      const { error } = this.#fault
      this.#fault = null
      throw error
    }
    const followed = this.#followed(run.run)
    if (followed.work !== null || this.isOver(run)) return
    followed.work = this.#carry(followed, run, signal)
      .catch((error: unknown) => {
        this.#fault = { error }
      })
      .finally(() => {
        followed.work = null
      })
  }

  /** When a step that waits is worth another look. */
  nextAt(): Instant {
    const times = [...this.#runs.values()].map(({ carrier, work }) =>
      work === null ? carrier.nextAt() : Number.POSITIVE_INFINITY,
    )
    return Math.min(Number.POSITIVE_INFINITY, ...times)
  }

  /** Until nothing of it is under way any more. */
  async settle(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ work }) => work))
  }

  async #carry(followed: Followed, run: RunRecord, signal: AbortSignal): Promise<void> {
    const targets = stepTargets(run.after ?? [], await followed.rows.read())
    if (!(await followed.carrier.carry(run, targets, signal))) return
    this.#over.set(run.run, run.version)
    this.#runs.delete(run.run)
  }

  #followed(run: RunId): Followed {
    const { table } = this.#ports
    const followed = this.#runs.get(run) ?? {
      rows: new CompletedRows(table, run),
      carrier: new StepCarrier(this.#ports, this.#me),
      work: null,
    }
    this.#runs.set(run, followed)
    return followed
  }
}
