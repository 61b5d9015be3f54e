// What must hold in every simulation, checked at each write and each new training job against what the models know.
// It looks at the truth that no process can see, and changes nothing.
import type { Change } from "../core/decision/action.ts"
import { limitOf } from "../core/decision/policy.ts"
import { type Attempt, isFinal, liveAttempt, type RowRecord, type RowStatus } from "../core/decision/row.ts"
import type { Instant, JobName } from "../core/ids.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import { orderFor, type RunRecord } from "../core/run/run.ts"
import type { RunTable } from "../ports/run-table.ts"

export type InvariantName =
  | "one-live-job"
  | "settled-before-moving"
  | "no-orphans"
  | "final-is-final"
  | "planned-bytes"
  | "counts-and-money"
  | "regions-apart"
  | "launch-meets-stop"
  | "it-ends"

export interface Violation {
  readonly invariant: InvariantName
  readonly row: number | null
  readonly at: Instant
  readonly detail: string
}

export interface InvariantsOptions {
  readonly table: Pick<RunTable, "live" | "money" | "counts">
  readonly now: () => Instant
  /** Brings the training jobs up to now. */
  readonly settle: () => void
  /** Whether a create of this name was sent and has not arrived. */
  readonly isUnderWay: (name: JobName) => boolean
  readonly maxAttempts: (index: number) => number
  /** A region other than the home region that is away for a while; null: none. */
  readonly regionDark: { readonly region: string; readonly span: readonly [from: Instant, to: Instant] } | null
}

/** What is looked at of a training job; as it is now, once the service was brought up to now. */
export interface WatchedJob {
  readonly name: string
  readonly isLive: boolean
  readonly failureReason: string | null
  readonly region: string
  readonly history: { readonly startedAt: Instant | null; readonly endedAt: Instant | null; readonly status: string }
}

/**
 * An end elsewhere is written down within this while a region is dark for an hour: nobody may wait until it is back. Whoever
 * carries the row may be killed, and one after another asleep for longer than a lease: 40 minutes of that were seen. How
 * little it is where nothing else goes wrong, test/simulation/beside-dark.ts says.
 */
const MOST_BESIDE_DARK_MS = 55 * 60_000

/** What is known of one row beside its record. */
interface RowTruth {
  record: RowRecord | null
  jobs: readonly WatchedJob[]
  /** When its present claim was written. */
  claimedAt: Instant
  /** Place of each name that was claimed; a name protects in one only. */
  places: readonly { readonly name: JobName; readonly key: string }[]
}

const MOVES: Readonly<Record<RowStatus, readonly RowStatus[]>> = {
  pending: ["waiting", "launching", "stopped", "failed"],
  waiting: ["waiting", "launching", "stopped", "failed"],
  launching: ["launching", "running", "stopping", "waiting", "completed", "failed", "stopped"],
  running: ["running", "stopping", "waiting", "completed", "failed", "stopped"],
  stopping: ["stopping", "completed", "failed", "stopped"],
  completed: [],
  failed: ["waiting"],
  stopped: ["waiting"],
}

export class Invariants {
  readonly violations: Violation[] = []
  readonly #options: InvariantsOptions
  readonly #rows = new Map<number, RowTruth>()
  /** Instances of live rows, by place key; money of live rows in USD. */
  readonly #live = new Map<string, number>()
  #reserved = 0
  #run: RunRecord
  /** When the newest stop order was written. */
  #stoppedAt: Instant | null = null
  #isStopDone = false
  #longestBesideDark = 0

  constructor(run: RunRecord, options: InvariantsOptions) {
    this.#run = run
    this.#options = options
  }

  /** For how long, in the dark of another region, the end of a training job stood unwritten at most; milliseconds. */
  get longestBesideDark(): number {
    return this.#longestBesideDark
  }

  onAmend(after: RunRecord): void {
    const isStop = after.orders.length > this.#run.orders.length && after.orders.at(-1)?.kind === "stop"
    if (isStop) this.#stoppedAt = this.#options.now()
    this.#run = after
  }

  onCreated(index: number, job: WatchedJob): void {
    const row = this.#row(index)
    for (const other of row.jobs) {
      if (other.isLive) this.#report("one-live-job", index, `${job.name} began while ${other.name} is live`)
    }
    row.jobs = [...row.jobs, job]
    if (this.#isStopDone && orderFor(this.#run, index)?.kind === "stop")
      this.#report("launch-meets-stop", index, `${job.name} began after its row was stopped`)
    const trained = row.jobs.filter((each) => each !== job && isOwnAttempt(each)).length
    const allowed =
      row.record === null || row.record.granted === 0 ? this.#options.maxAttempts(index) : row.record.granted
    if (trained >= allowed)
      this.#report("one-live-job", index, `${job.name} is one more than the ${allowed} attempts allowed`)
    if (row.record !== null && isFinal(row.record.state.status))
      this.#report("no-orphans", index, `${job.name} began although the row is ${row.record.state.status}`)
  }

  /** A training job was given something else than what was planned. */
  onOtherBytes(index: number, name: string, planned: string, told: string | null): void {
    this.#report("planned-bytes", index, `${name} was told ${told}, planned was ${planned}`)
  }

  /** A stop said that it has seen everything end. */
  onStopped(): void {
    this.#options.settle()
    this.#isStopDone = true
    for (const [index, { jobs }] of this.#rows) {
      if (orderFor(this.#run, index)?.kind !== "stop") continue
      for (const job of jobs) {
        if (job.isLive) this.#report("no-orphans", index, `the stop is done and ${job.name} is live`)
      }
    }
  }

  /** A create is signed under a claim: a stop order that was there before the claim must have been seen. */
  onSigned(name: JobName, index: number): void {
    const { claimedAt } = this.#row(index)
    const isStopped = orderFor(this.#run, index)?.kind === "stop"
    if (isStopped && this.#stoppedAt !== null && claimedAt > this.#stoppedAt)
      this.#report("launch-meets-stop", index, `${name} was signed under a claim younger than the stop order`)
  }

  async onCommit(before: RowRecord, change: Change): Promise<void> {
    const { next } = change
    const row = this.#row(next.index)
    this.#options.settle()
    this.#checkMove(before, next)
    this.#checkLeaving(row, before, next)
    if (isFinal(next.state.status)) this.#checkFinal(row, next)
    const attempt = liveAttempt(next.state)
    if (attempt !== null && next.state.status === "launching") {
      if (attempt.claimedAt !== liveAttempt(before.state)?.claimedAt) row.claimedAt = this.#options.now()
      this.#checkPlace(row, next.index, attempt)
    }
    this.#account(row.record, -1)
    row.record = next
    this.#account(next, 1)
    if (isFinal(next.state.status)) forget(row)
    const left = liveAttempt(before.state)
    if (left?.jobName === attempt?.jobName) return
    const places = [left, attempt].flatMap((each) => (each === null ? [] : [each.held.place]))
    await Promise.all(places.map((place) => this.#checkCounts(next.index, place)))
  }

  /** After the last event: every row has its end, and nothing lives on. */
  async atEnd(size: number): Promise<void> {
    const { settle, table } = this.#options
    settle()
    for (const [index, { jobs }] of this.#rows) {
      for (const job of jobs) if (job.isLive) this.#report("no-orphans", index, `${job.name} lives on`)
    }
    const counts = await table.counts(this.#run.run)
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    if (sum > size) this.#report("counts-and-money", null, `${sum} records of ${size} rows`)
    const { reservedUsd } = await table.money(this.#run.run)
    if (reservedUsd !== 0) this.#report("counts-and-money", null, `$${reservedUsd} stays reserved`)
    for (const key of this.#live.keys())
      if (this.#live.get(key) !== 0) this.#report("counts-and-money", null, `${key} stays taken`)
  }

  reportStuck(index: number, row: RowRecord): void {
    this.#report("it-ends", index, `still ${row.state.status}: ${JSON.stringify(row.state)}, owner ${row.owner}`)
  }

  #checkMove(before: RowRecord, next: RowRecord): void {
    const [from, to] = [before.state.status, next.state.status]
    const name = isFinal(from) ? "final-is-final" : "one-live-job"
    if (!MOVES[from].includes(to)) this.#report(name, next.index, `${from} became ${to}`)
    if (isFinal(from) && next.retries <= before.retries)
      this.#report("final-is-final", next.index, `${from} was left without a retry order`)
  }

  /** A name protects in one region only: another place must have another name. */
  #checkPlace(row: RowTruth, index: number, { jobName, held }: Attempt): void {
    const key = placeKey(held.place)
    const known = row.places.find(({ name }) => name === jobName)?.key
    if (known === undefined) row.places = [...row.places, { name: jobName, key }]
    else if (known !== key) this.#report("one-live-job", index, `${jobName} was claimed in ${known} and in ${key}`)
  }

  /** An attempt may be left for another name, place or status only when nothing of it can come any more. */
  #checkLeaving(row: RowTruth, before: RowRecord, next: RowRecord): void {
    const left = liveAttempt(before.state)
    if (left === null || liveAttempt(next.state)?.jobName === left.jobName) return
    if (this.#options.isUnderWay(left.jobName) && !row.jobs.some(({ name }) => name === left.jobName))
      this.#report("settled-before-moving", next.index, `${left.jobName} was left while its create is under way`)
    const live = row.jobs.find((job) => job.isLive)
    if (live !== undefined)
      this.#report("no-orphans", next.index, `${live.name} is live and its row is ${next.state.status}`)
    this.#checkApart(next.index, row.jobs.find(({ name }) => name === left.jobName) ?? null)
  }

  /** What ended in one region is written down while another one is dark. */
  #checkApart(index: number, job: WatchedJob | null): void {
    const { regionDark, now } = this.#options
    const endedAt = job?.history.endedAt ?? null
    if (regionDark === null || job === null || endedAt === null || job.region === regionDark.region) return
    const [from, to] = regionDark.span
    const unwritten = Math.min(now(), to) - Math.max(endedAt, from)
    this.#longestBesideDark = Math.max(this.#longestBesideDark, unwritten)
    if (unwritten <= MOST_BESIDE_DARK_MS) return
    const detail = `${job.name} ended in ${job.region}, and that was not written for ${Math.round(unwritten / 1000)} s while ${regionDark.region} was dark`
    this.#report("regions-apart", index, detail)
  }

  /** A final status is what became of the last training job, never a guess. */
  #checkFinal(row: RowTruth, next: RowRecord): void {
    const status = next.state.status
    const isDone = row.jobs.some(({ history }) => history.status === "Completed")
    if (status === "completed" && !isDone)
      this.#report("final-is-final", next.index, "completed without a completed training job")
    if (status !== "completed" && isDone)
      this.#report("final-is-final", next.index, `${status} although a training job completed`)
    const live = row.jobs.find((job) => job.isLive)
    if (live !== undefined) this.#report("no-orphans", next.index, `${live.name} is live and its row is ${status}`)
  }

  #account(record: RowRecord | null, sign: 1 | -1): void {
    const held = record === null ? null : (liveAttempt(record.state)?.held ?? null)
    if (held === null) return
    this.#reserved += sign * Math.round((held.usd ?? 0) * 1_000_000)
    if (limitOf(this.#run, held.place) === null) return
    const key = placeKey(held.place)
    this.#live.set(key, (this.#live.get(key) ?? 0) + sign * held.place.instances)
  }

  async #checkCounts(index: number, place: Place): Promise<void> {
    const { table } = this.#options
    const { budgetUsd } = this.#run
    const key = placeKey(place)
    // What is expected is taken at the moment at which the table is asked: others may write before it has answered.
    const [counted, money] = [table.live(place), table.money(this.#run.run)]
    const [expected, reserved, limit] = [this.#live.get(key) ?? 0, this.#reserved, limitOf(this.#run, place)]
    const live = await counted
    if (live !== expected)
      this.#report("counts-and-money", index, `${key}: ${live} counted, live rows hold ${expected}`)
    if (limit !== null && expected > limit)
      this.#report("counts-and-money", index, `${key}: ${expected} live, limit ${limit}`)
    const { reservedUsd, spentUsd } = await money
    if (Math.round(reservedUsd * 1_000_000) !== reserved)
      this.#report("counts-and-money", index, `$${reservedUsd} reserved, live rows hold $${reserved / 1_000_000}`)
    // What ran over its estimate is known only at its end: the reservation was made in time.
    if (budgetUsd !== null && reservedUsd > budgetUsd)
      this.#report("counts-and-money", index, `$${reservedUsd + spentUsd} of $${budgetUsd}`)
  }

  #row(index: number): RowTruth {
    const known = this.#rows.get(index)
    if (known !== undefined) return known
    const made: RowTruth = { record: null, jobs: [], claimedAt: 0, places: [] }
    this.#rows.set(index, made)
    return made
  }

  #report(invariant: InvariantName, row: number | null, detail: string): void {
    this.violations.push({ invariant, row, at: this.#options.now(), detail })
  }
}

/** Counts against the row's attempts: began to train, or failed by its own fault. */
function isOwnAttempt({ history, isLive, failureReason }: WatchedJob): boolean {
  return history.startedAt !== null || (!isLive && /^(?:Algorithm|Client)Error/.test(failureReason ?? ""))
}

/** What ended is not looked at again: a hundred thousand rows would fill the memory with it. */
function forget(row: RowTruth): void {
  row.jobs = row.jobs.filter((job) => job.isLive)
  row.places = []
}
