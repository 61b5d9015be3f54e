// One run in the hands of a follower: which of its rows are due, which may be launched, and the turns of each.
// It asks no service about a row of which nothing is new, unless a search weighs what live rows show.
import type { Observation } from "../core/decision/action.ts"
import { liveAttempt, type RowRecord } from "../core/decision/row.ts"
import { dueAt } from "../core/decision/waiting.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Instant, JobName, OwnerId } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import { parseJobName } from "../core/run/names.ts"
import { orderFor, type RunRecord } from "../core/run/run.ts"
import { isSearching } from "../core/run/run-status.ts"
import { type WaitingFacts, type WaitingRow, waitingFacts } from "./choose-launches.ts"
import { type FollowedRow, FollowedRows, isOldNews, tellsOther } from "./followed-rows.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { OwnerWatch } from "./owner-watch.ts"
import { firstSight } from "./perform.ts"
import { readableSpec } from "./readable-spec.ts"
import { endRow, newReconcileMemory, settleChildren } from "./settle-children.ts"
import { type TurnEnd, type TurnStance, takeTurn } from "./take-turn.ts"

export interface DueRow {
  readonly carried: CarriedRun
  readonly index: number
  readonly region: string
}

/** From so many rows on that are met for the first time, all pinned rows are read in one stream instead of one by one. */
const MANY = 50
/** A live row of a region that cannot be listed is asked for itself after so many polls: on aws 5 minutes. */
const BLIND_LOOK = 10

export class CarriedRun {
  readonly #ports: LoopPorts
  readonly #me: OwnerId
  readonly #rows: FollowedRows
  readonly #owners: OwnerWatch
  readonly #memory = newReconcileMemory()
  #run: RunRecord

  /** @param onFreed told of each place where an attempt ended. */
  constructor(ports: LoopPorts, run: RunRecord, me: OwnerId, onFreed: (place: Place) => void) {
    this.#ports = ports
    this.#me = me
    this.#run = run
    this.#rows = new FollowedRows(ports.table, run.run, onFreed)
    this.#owners = new OwnerWatch(ports, me)
  }

  /** Settles children that ended unseen, and takes in what was written. A queue that does not answer keeps nobody's training job from being followed. */
  async refresh(run: RunRecord): Promise<void> {
    this.#run = run
    try {
      await settleChildren(this.#ports, run, this.#me, true, this.#memory)
    } catch (error) {
      if (!isRegattaError(error, "unavailable")) throw error
      this.#ports.world.log.event("warn", "queue.unavailable", { run: run.run, error: error.message })
    }
    await this.#rows.refresh()
  }

  /** Notes when the oldest live attempt of each region was claimed. */
  oldestClaims(oldest: Map<string, Instant>): void {
    for (const { record } of this.#rows.all()) {
      const attempt = liveAttempt(record.state)
      if (attempt === null) continue
      const { region } = attempt.held.place
      oldest.set(region, Math.min(attempt.claimedAt, oldest.get(region) ?? attempt.claimedAt))
    }
  }

  /** Adds the instances that live rows hold, by place key. */
  heldInstances(held: Map<string, number>): void {
    for (const { record } of this.#rows.all()) {
      const attempt = liveAttempt(record.state)
      if (attempt === null) continue
      const key = placeKey(attempt.held.place)
      held.set(key, (held.get(key) ?? 0) + attempt.held.place.instances)
    }
  }

  /** A training job as a listing tells it. */
  see(region: string, job: TrainingJob): void {
    const row = this.#rowOf(region, job.jobName)
    if (row === null) return
    row.listedAt = this.#ports.world.clock.now()
    // Of an end a listing says only that there is one: who was told more keeps that. A page may be older than an event.
    const { news } = row
    const isKnownBetter = news !== null && news !== "unseen" && (news.end !== null || news.at > job.at)
    if (!isKnownBetter) row.news = tellsOther(row.record.state, job) ? job : null
  }

  /** A training job as an event tells it, which may be late and no news any more. */
  hear(region: string, job: TrainingJob): void {
    const row = this.#rowOf(region, job.jobName)
    if (row === null || isOldNews(job, row.told)) return
    row.told = job
    if (row.news !== "unseen") row.news = tellsOther(row.record.state, job) ? job : null
  }

  /** Rows whose training job a whole listing from before its claim did not have. */
  missUnseen(region: string, beganAt: Instant): void {
    for (const row of this.#rows.all()) {
      const attempt = liveAttempt(row.record.state)
      if (row.record.state.status !== "running" || attempt === null || attempt.held.place.region !== region) continue
      if (attempt.claimedAt < beganAt && row.listedAt < beganAt && row.lookedAt < beganAt) row.news = "unseen"
    }
  }

  /** What is to be looked at now, and what may be launched. */
  async due(
    isBlind: (region: string) => boolean,
  ): Promise<{ readonly due: readonly DueRow[]; readonly waiting: readonly WaitingRow[] }> {
    const rows = this.#rows.all().filter(({ isAtWork }) => !isAtWork)
    await this.#owners.look(rows.map(({ record }) => record.owner))
    const mine = rows.filter(({ record }) => this.#owners.isTakeable(record.owner))
    const now = this.#ports.world.clock.now()
    const waiting = mine.filter((row) => this.#isWaiting(row.record, now) && !this.#isUnderStop(row.record.index))
    await this.#readFacts(waiting.filter(({ facts }) => facts === null))
    const due = mine.filter((row) => this.#isDue(row, now, isBlind))
    return {
      due: due.map(({ record }) => ({ carried: this, index: record.index, region: regionOf(record) })),
      waiting: waiting.flatMap((row) =>
        row.facts === null || isExpired(row, now) ? [] : [this.#candidate(row, row.facts)],
      ),
    }
  }

  nextLookAt(): Instant {
    let soonest = Number.POSITIVE_INFINITY
    for (const row of this.#rows.all())
      if (!row.isAtWork && row.leftAt !== null && row.record.owner === this.#me) soonest = Math.min(soonest, row.lookAt)
    return soonest
  }

  /** One row's turn; nothing where it ended meanwhile or is at work already. */
  async turn(index: number, stance: TurnStance, tryPlace: number | null, signal: AbortSignal): Promise<void> {
    const row = this.#rows.get(index)
    if (row === undefined || row.isAtWork) return
    row.isAtWork = true
    try {
      const listens = stance.listens === true && !this.#isWeighedLive()
      await this.#turn(row, { ...stance, listens, ...(tryPlace !== null && { tryPlace }) }, signal)
    } finally {
      row.isAtWork = false
    }
  }

  async #turn(row: FollowedRow, stance: TurnStance, signal: AbortSignal): Promise<void> {
    const run = this.#run
    const { record } = row
    const isStopped = this.#isUnderStop(record.index)
    const spec = await this.#specFor(row, isStopped)
    const seen = this.#sight(row)
    row.news = null
    const [left, end] = await takeTurn(this.#ports, { run, spec, row: record, seen, noted: row.noted }, stance, signal)
    if (seen.kind !== "job") row.lookedAt = this.#ports.world.clock.now()
    if (left.seen.kind === "job" && !isOldNews(left.seen.job, row.told)) row.told = left.seen.job
    // A line that was changed after it was read is read again, and its row ended with the reason.
    row.facts = left.row.state.status === "waiting" && spec !== null ? row.facts : null
    this.#rows.keep(row, left.row)
    if (end.kind === "interrupted") return
    row.leftAt = end.kind === "leave" ? null : left.row.version
    row.wasStopped = isUnder(left.run, record.index)
    row.lookAt = lookAgainAt(left.row, left.seen, end, !this.#isWeighedLive())
  }

  /** Rows that wait are ended without their pinned line; whoever trains may still go to another place of it. */
  async #specFor({ record }: FollowedRow, isStopped: boolean): Promise<JobSpec | null> {
    if (isStopped && record.state.status === "waiting") return null
    return (await readableSpec(this.#ports, this.#run, record.index)).spec
  }

  /** What was noted of a job that trains saves the question; whatever may have ended is asked for. */
  #sight(row: FollowedRow): Observation {
    const { record, news, noted } = row
    const attempt = liveAttempt(record.state)
    const isFresh = row.leftAt !== record.version
    if (record.state.status !== "running" || attempt === null) {
      // Of a claim that this process left itself it knows what was answered.
      return isFresh ? firstSight(record, this.#me) : { kind: "nothing" }
    }
    if (news !== null) return news !== "unseen" && news.end !== null ? { kind: "job", job: news } : { kind: "nothing" }
    if (isFresh && noted !== null && noted.jobName === attempt.jobName && noted.phase !== "unknown")
      return { kind: "job", job: noted }
    return firstSight(record, this.#me)
  }

  #isDue(row: FollowedRow, now: Instant, isBlind: (region: string) => boolean): boolean {
    const { record } = row
    const isStopped = this.#isUnderStop(record.index)
    if (record.state.status === "waiting") return isStopped || isExpired(row, now)
    if (row.leftAt !== record.version || row.wasStopped !== isStopped || row.lookAt <= now) return true
    if (row.news !== null && isNews(row)) return true
    return isBlind(regionOf(record)) && row.lookedAt + BLIND_LOOK * this.#ports.timing.poll <= now
  }

  #candidate({ record }: FollowedRow, facts: WaitingFacts): WaitingRow {
    return { run: this.#run, row: record, facts }
  }

  /** A row that waits and whose pinned line cannot be read will never be launched: it fails with the reason. */
  async #readFacts(rows: readonly FollowedRow[]): Promise<void> {
    if (rows.length >= MANY) await this.#readMany(rows)
    for (const row of rows) {
      if (row.facts !== null) continue
      const readable = await readableSpec(this.#ports, this.#run, row.record.index)
      if (readable.spec !== null) row.facts = waitingFacts(this.#run, readable.spec)
      else await endRow(this.#ports, this.#run, row.record, { byPerson: false, reason: readable.reason }, this.#me)
    }
  }

  /** One that cannot be read stops the stream: the rest is read one by one. */
  async #readMany(rows: readonly FollowedRow[]): Promise<void> {
    const { specsOf, world } = this.#ports
    if (specsOf === undefined) return
    const wanted = new Map(rows.map((row) => [row.record.index, row]))
    try {
      for await (const spec of specsOf(this.#run)) {
        const row = wanted.get(spec.index)
        if (row !== undefined) row.facts = waitingFacts(this.#run, spec)
      }
    } catch (error) {
      if (!isRegattaError(error, "changed", "notFound", "invalid", "unsupported")) throw error
      world.log.event("error", "rows.unreadable", { run: this.#run.run, error: error.message })
    }
  }

  #rowOf(region: string, name: JobName): FollowedRow | null {
    const named = parseJobName(name)
    if (named === null || named.run !== this.#run.run) return null
    const row = this.#rows.get(named.row)
    const attempt = row === undefined ? null : liveAttempt(row.record.state)
    if (row === undefined || attempt === null) return null
    return attempt.jobName === name && attempt.held.place.region === region ? row : null
  }

  #isWaiting(record: RowRecord, now: Instant): boolean {
    return record.state.status === "waiting" && dueAt(record, this.#run, this.#ports.timing) <= now
  }

  /** Neither lists nor events tell metrics: without a look of its own a search would stop no row early. */
  #isWeighedLive(): boolean {
    return isSearching(this.#run) && this.#run.search?.settings.halving === "stop"
  }

  #isUnderStop(index: number): boolean {
    return isUnder(this.#run, index)
  }
}

/** Who listens looks at a training job that was just seen going on when there is news of it. */
function lookAgainAt({ state }: RowRecord, seen: Observation, end: TurnEnd, listens: boolean): Instant {
  if (end.kind !== "pause") return 0
  const isSeen = state.status === "running" && seen.kind === "job" && seen.job.end === null
  return isSeen && listens ? Number.POSITIVE_INFINITY : end.until
}

/** What was told may have been written meanwhile. */
function isNews({ record, news }: FollowedRow): boolean {
  return news === "unseen" || (news !== null && tellsOther(record.state, news))
}

/** Rows that nobody lets try must still come to their end. */
function isExpired({ record: { state }, facts }: FollowedRow, now: Instant): boolean {
  if (facts === null || state.status !== "waiting" || state.reason === "limit" || state.reason === "retry") return false
  return now - state.since >= facts.maxWaiting
}

function isUnder(run: RunRecord, index: number): boolean {
  return orderFor(run, index)?.kind === "stop"
}

function regionOf({ state }: RowRecord): string {
  return liveAttempt(state)?.held.place.region ?? ""
}
