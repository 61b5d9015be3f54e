// The unfinished rows of one run as a follower remembers them: read once, then kept up by what changed.
// It writes nothing and decides nothing; its memory grows with the rows that are not final.
import { isUnfinished, liveAttempt, type RowRecord, type RowState, type RowView } from "../core/decision/row.ts"
import type { Cursor, Instant, RunId } from "../core/ids.ts"
import type { Place } from "../core/job/place.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { WaitingFacts } from "./choose-launches.ts"

export interface FollowedRow {
  record: RowRecord
  noted: TrainingJob | null
  /** Version at which it was left in peace; null: it is still to be looked at. */
  leftAt: number | null
  /** Whether a stop order covered it then. */
  wasStopped: boolean
  /** When it is to be looked at without any news. */
  lookAt: Instant
  lookedAt: Instant
  /** What was last listed or noted of its training job and is not what the record says; "unseen": a sweep did not find it. */
  news: TrainingJob | "unseen" | null
  /** The newest that an event or a description told of its training job: events come late and twice. */
  told: TrainingJob | null
  /** When its training job was last seen in a listing. */
  listedAt: Instant
  isAtWork: boolean
  facts: WaitingFacts | null
}

export class FollowedRows {
  readonly #table: Pick<RunTable, "changes">
  readonly #run: RunId
  readonly #onFreed: (place: Place) => void
  readonly #rows = new Map<number, FollowedRow>()
  #cursor: Cursor | null = null

  /** @param onFreed told of each place where a row's attempt ended. */
  constructor(table: Pick<RunTable, "changes">, run: RunId, onFreed: (place: Place) => void) {
    this.#table = table
    this.#run = run
    this.#onFreed = onFreed
  }

  /** Takes in what was written since the last call. */
  async refresh(): Promise<void> {
    for (;;) {
      const page = await this.#table.changes(this.#run, this.#cursor)
      for (const view of page.rows) this.#take(view)
      this.#cursor = page.next
      if (page.rows.length === 0) return
    }
  }

  get(index: number): FollowedRow | undefined {
    return this.#rows.get(index)
  }

  all(): readonly FollowedRow[] {
    return [...this.#rows.values()]
  }

  /** The row as this process has just left it. */
  keep(row: FollowedRow, record: RowRecord): void {
    if (record.version < row.record.version) return
    this.#noteFreed(row.record, record)
    row.record = record
    if (!isUnfinished(record.state.status)) this.#rows.delete(record.index)
  }

  #take({ record, noted }: RowView): void {
    const known = this.#rows.get(record.index)
    if (known !== undefined && known.record.version > record.version) return
    if (known !== undefined) this.#noteFreed(known.record, record)
    if (!isUnfinished(record.state.status)) {
      this.#rows.delete(record.index)
      return
    }
    const row = known ?? newRow(record)
    row.record = record
    row.noted = noted
    if (noted !== null && tellsOther(record.state, noted)) row.news = noted
    this.#rows.set(record.index, row)
  }

  #noteFreed(before: RowRecord, after: RowRecord): void {
    const held = liveAttempt(before.state)
    if (held !== null && liveAttempt(after.state)?.jobName !== held.jobName) this.#onFreed(held.held.place)
  }
}

function newRow(record: RowRecord): FollowedRow {
  return {
    record,
    noted: null,
    leftAt: null,
    wasStopped: false,
    lookAt: 0,
    lookedAt: 0,
    news: null,
    told: null,
    listedAt: 0,
    isAtWork: false,
    facts: null,
  }
}

/** Whether an event tells nothing that was not told before: it came late, or once more. */
export function isOldNews(job: TrainingJob, told: TrainingJob | null): boolean {
  if (told === null || told.jobName !== job.jobName) return false
  return job.at < told.at || (job.at === told.at && told.raw.startsWith(job.raw))
}

/**
 * Whether what was seen of a training job is news to a row that holds it. Times say nothing here: they come from two clocks,
 * and a job that failed a second after its launch may look older than the launch.
 */
export function tellsOther(state: RowState, job: TrainingJob): boolean {
  const attempt = liveAttempt(state)
  if (attempt === null || attempt.jobName !== job.jobName) return false
  if (job.end !== null || state.status === "launching") return true
  if (state.status === "stopping") return job.phase !== "stopping"
  if (state.status !== "running") return false
  if (job.phase !== "unknown" && job.phase !== "stopping") return job.phase !== state.phase
  // A listing has the service's word alone, a description also its message.
  return state.phase !== "unknown" || !state.raw.startsWith(job.raw)
}
