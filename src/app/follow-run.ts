// The follower: many rows in one process. Tick by tick it launches what waits and carries what nobody else carries.
// It decides about no row itself, takes none from a living owner, and starts none that its child has not met.

import { isFinal, liveAttempt, ROW_STATUSES, type RowRecord, type RowStatus } from "../core/decision/row.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import { type RunRecord, runSize } from "../core/run/run.ts"
import { isSearching, isStoppedWhole } from "../core/run/run-status.ts"
import type { JobEvents } from "../ports/job-events.ts"
import type { NoticeChannels } from "../ports/notice-channel.ts"
import { CarriedRun, type DueRow } from "./carried-run.ts"
import type { StepPorts } from "./carry-steps.ts"
import { chooseLaunches, type Launch, type WaitingRow } from "./choose-launches.ts"
import { FollowedNotices } from "./followed-notices.ts"
import { FollowedSteps } from "./followed-steps.ts"
import { keepFollowerSeat, leaveFollowerSeat } from "./follower-seat.ts"
import { HeardEvents } from "./heard-events.ts"
import { inLanes } from "./in-lanes.ts"
import { JobListing } from "./job-listing.ts"
import { LeaseKeeper } from "./lease-keeper.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { outwait, outwaitTable } from "./outwait-table.ts"
import { PacedTraining } from "./paced-training.ts"
import { tick } from "./reconcile-run.ts"
import { RegionLanes } from "./region-lanes.ts"
import { isDriven } from "./search-seat.ts"

export interface FollowOptions {
  /** Name prefix of the runs to follow when no run is named. */
  readonly prefix: string
  /** Return when every followed run has ended; false: go on until the signal fires. */
  readonly untilEnded: boolean
  /** Where services tell of changes by themselves; missing: training jobs are only listed. */
  readonly events?: JobEvents
  /** What steps after a run need; missing: they are left to others, and no run waits for them. */
  readonly steps?: Pick<StepPorts, "models" | "endpoints" | "onEndpoint" | "planOf">
  /** How people are told of runs that want it; missing: they are not. */
  readonly notices?: NoticeChannels
  readonly onRow?: (row: RowRecord) => void
}

export interface FollowReport {
  /** Runs with nothing left to do. */
  readonly ended: readonly RunId[]
  readonly active: readonly RunId[]
  /** Of the active: runs of which all rows are final, and whose search nobody drives any more; who goes on with it starts a follower. Missing: none. */
  readonly resting?: readonly RunId[]
}

/** Rows of one region that are carried at once. */
const PER_REGION = 4

/** Carries all rows of these runs (null: every run of the prefix) that nobody else carries. Throws what the table throws after `Timing.outwait`. */
export async function followRuns(
  ports: LoopPorts,
  runs: readonly RunId[] | null,
  me: OwnerId,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<FollowReport> {
  const { world, timing } = ports
  const patience = { world, timing, signal }
  const table = outwaitTable(ports.table, patience)
  const specOf: LoopPorts["specOf"] = (run, index) => outwait(patience, () => ports.specOf(run, index))
  const training = new PacedTraining(ports.training, world.clock, timing)
  const follower = new Follower({ ...ports, table, specOf, training }, training, me, options, signal)
  for (;;) {
    const report = await outwait(patience, () => follower.tick(runs))
    if (signal.aborted || (options.untilEnded && report.active.length === (report.resting ?? []).length)) {
      await follower.settle()
      return report
    }
    await world.clock.sleep(follower.nextTickAt(), signal)
  }
}

class Follower {
  readonly #ports: LoopPorts
  readonly #training: PacedTraining
  readonly #me: OwnerId
  readonly #options: FollowOptions
  readonly #signal: AbortSignal
  readonly #lease: LeaseKeeper
  readonly #listing: JobListing
  readonly #events: HeardEvents
  readonly #lanes: RegionLanes
  readonly #steps: FollowedSteps | null
  readonly #notices: FollowedNotices | null
  readonly #carried = new Map<RunId, CarriedRun>()
  /** Runs that had ended, by the version of their record: `retry` raises it. */
  readonly #ended = new Map<RunId, number>()
  /** Runs that another follower has, by when nothing of them was first found here any more. */
  readonly #left = new Map<RunId, Instant>()

  constructor(ports: LoopPorts, training: PacedTraining, me: OwnerId, options: FollowOptions, signal: AbortSignal) {
    const { table, world, timing } = ports
    this.#ports = ports
    this.#training = training
    this.#me = me
    this.#options = options
    this.#signal = signal
    this.#lease = new LeaseKeeper(table, world.clock, timing, me)
    this.#listing = new JobListing(training, world, timing)
    this.#events = new HeardEvents(ports, options.events ?? null)
    this.#lanes = new RegionLanes(world.clock, PER_REGION)
    this.#steps = options.steps === undefined ? null : new FollowedSteps({ ...ports, ...options.steps }, me)
    this.#notices = options.notices === undefined ? null : new FollowedNotices(ports, options.notices, me)
  }

  /** One look at every run; a run whose seat another follower holds is left to that one. */
  async tick(named: readonly RunId[] | null): Promise<FollowReport> {
    const [ended, active, resting]: [RunId[], RunId[], RunId[]] = [[], [], []]
    for (const run of await this.#runs(named)) {
      await this.#lease.keep()
      const haveRowsEnded = typeof run === "string" || (await this.#hasEnded(run))
      const isOver = haveRowsEnded && (typeof run === "string" || this.#isOver(run))
      const id = typeof run === "string" ? run : run.run
      ;(isOver ? ended : active).push(id)
      if (typeof run !== "string" && (await this.#isResting(run))) resting.push(id)
      if (typeof run === "string" || isOver) await this.#forget(id, run)
      else if (await keepFollowerSeat(this.#ports, id, this.#me)) await this.#goOn(run, haveRowsEnded)
      else await this.#letGo(run)
    }
    await this.#listen()
    await this.#carry()
    await this.#events.settle()
    return { ended, active, ...(resting.length === 0 ? {} : { resting }) }
  }

  nextTickAt(): Instant {
    const { world, timing } = this.#ports
    const now = world.clock.now()
    let soonest = Math.min(now + timing.poll, this.#lease.dueAt, this.#steps?.nextAt() ?? Number.POSITIVE_INFINITY)
    for (const carried of this.#carried.values()) soonest = Math.min(soonest, carried.nextLookAt())
    return Math.max(soonest, now + timing.firstPoll)
  }

  /** Until nothing of it is under way any more. */
  async settle(): Promise<void> {
    await Promise.all([this.#lanes.settle(), this.#steps?.settle(), this.#notices?.settle()])
  }

  /** Its rows, and once they have ended its steps; people are told beside that. */
  async #goOn(run: RunRecord, haveRowsEnded: boolean): Promise<void> {
    const haveStepsEnded = this.#steps === null || this.#steps.isOver(run)
    if (run.notify !== undefined) this.#notices?.look(run, haveRowsEnded && haveStepsEnded, this.#signal)
    if (!haveRowsEnded) return this.#refresh(run)
    this.#carried.delete(run.run)
    this.#steps?.advance(run, this.#signal)
  }

  /** Of a run whose rows have ended: nothing is left to do after it, nor to tell. */
  #isOver(run: RunRecord): boolean {
    return (this.#steps?.isOver(run) ?? true) && (this.#notices?.isOver(run) ?? true)
  }

  async #refresh(run: RunRecord): Promise<void> {
    this.#left.delete(run.run)
    const carried =
      this.#carried.get(run.run) ??
      new CarriedRun(this.#ports, run, this.#me, (place) => this.#training.learned.freed(place))
    this.#carried.set(run.run, carried)
    await carried.refresh(run)
  }

  /** What became of training jobs, from whoever tells it. */
  async #listen(): Promise<void> {
    const oldest = new Map<string, Instant>()
    for (const carried of this.#carried.values()) carried.oldestClaims(oldest)
    if (oldest.size === 0) return
    await this.#events.take(this.#carried)
    const [only, ...others] = this.#carried.keys()
    const prefix = only !== undefined && others.length === 0 ? `${only}-r` : `${this.#options.prefix}-`
    const { clock } = this.#ports.world
    const until = clock.now() + this.#ports.timing.poll / 2
    const found = await this.#listing.look({ prefix, isTold: this.#events.isTold, oldest }, until, this.#signal)
    for (const { region, job } of found.listed) for (const carried of this.#carried.values()) carried.see(region, job)
    for (const { region, beganAt } of found.swept)
      for (const carried of this.#carried.values()) carried.missUnseen(region, beganAt)
  }

  /** Rows with news first, then as many launches as there is room for. */
  async #carry(): Promise<void> {
    const { clock } = this.#ports.world
    const isBlind = (region: string) => this.#listing.isBlind(region)
    const [due, waiting]: [DueRow[], WaitingRow[]] = [[], []]
    for (const carried of this.#carried.values()) {
      const found = await carried.due(isBlind)
      due.push(...found.due)
      waiting.push(...found.waiting)
    }
    const until = clock.now() + this.#ports.timing.poll
    await this.#lanes.run(
      due,
      ({ region }) => region,
      until,
      (each) => this.#turn(each.carried, each, null),
    )
    const perRegion = (region: string) =>
      this.#lanes.isAtWork(region) ? 0 : this.#training.paceOf(region).roomOfOnePoll() / 2
    const held = new Map<string, number>()
    for (const carried of this.#carried.values()) carried.heldInstances(held)
    const service = { perRegion, learned: this.#training.learned, held }
    const chosen = await chooseLaunches(this.#ports, waiting, service, clock.now())
    await this.#lanes.run(
      chosen,
      ({ candidate }) => candidate.held.place.region,
      clock.now() + this.#ports.timing.poll,
      (each) => this.#launch(each),
    )
  }

  /** What was chosen with it may have been refused meanwhile: then nobody else of this place asks in this tick. */
  async #launch({ run, row, tryPlace, candidate }: Launch): Promise<void> {
    const carried = this.#carried.get(run.run)
    const isClosed = this.#training.learned.rows(candidate.held.place, this.#ports.world.clock.now()) === 0
    if (carried !== undefined && !isClosed) await this.#turn(carried, { index: row.index }, tryPlace)
  }

  async #turn(carried: CarriedRun, { index }: Pick<DueRow, "index">, tryPlace: number | null): Promise<void> {
    if (this.#signal.aborted) return
    const { onRow } = this.#options
    const stance = { me: this.#me, holds: true, mayLaunch: true, stopAll: false, lease: this.#lease, listens: true }
    await carried.turn(index, { ...stance, ...(onRow && { onRow }) }, tryPlace, this.#signal)
  }

  /**
   * Another follower has the seat, and may have taken it while this one slept: rows that this one still owns would be
   * nobody's as long as it lives.
   */
  async #letGo(run: RunRecord): Promise<void> {
    const { clock } = this.#ports.world
    const emptySince = this.#left.get(run.run) ?? Number.POSITIVE_INFINITY
    // A list may be a moment behind what this process itself wrote last: only one made a lease later is the last.
    const isSure = (at: Instant) => at - emptySince > this.#ports.timing.lease
    if (emptySince < Number.POSITIVE_INFINITY && !isSure(clock.now())) return
    if (emptySince === Number.NEGATIVE_INFINITY) return
    await this.#lanes.settle()
    this.#carried.delete(run.run)
    const own: RowRecord[] = []
    for await (const row of this.#ports.table.unfinished(run.run, [this.#me])) if (row.owner === this.#me) own.push(row)
    await inLanes(own, regionOf, PER_REGION, async (row) => {
      await tick(this.#ports, run, row, this.#me, this.#signal)
    })
    if (own.length > 0) this.#left.delete(run.run)
    else this.#left.set(run.run, isSure(clock.now()) ? Number.NEGATIVE_INFINITY : clock.now())
  }

  /** Nothing live, and nothing that may still become so: no row that a search adds, and in a run that was stopped whole no child that could hold a claim. */
  async #hasEnded(run: RunRecord): Promise<boolean> {
    const { table, queue } = this.#ports
    if (this.#ended.get(run.run) === run.version) return true
    if (isSearching(run)) return false
    if (!isStoppedWhole(run))
      return recordedRows(await table.counts(run.run)).final >= (run.only?.length ?? runSize(run))
    const arrays = run.arrays.flatMap(({ id }) => (id === null ? [] : [id]))
    const children = arrays.length === 0 ? new Map() : await queue.counts(arrays)
    const areOver = [...children.values()].every(({ queued, running }) => queued + running === 0)
    const rows = recordedRows(await table.counts(run.run))
    return areOver && rows.final === rows.all
  }

  /** A search that goes on, without a row at work and without a driver who could add one. */
  async #isResting(run: RunRecord): Promise<boolean> {
    if (!isSearching(run)) return false
    const { final } = recordedRows(await this.#ports.table.counts(run.run))
    return final >= runSize(run) && !(await isDriven(this.#ports, run.run))
  }

  async #forget(id: RunId, run: RunRecord | string): Promise<void> {
    this.#carried.delete(id)
    this.#left.delete(id)
    if (typeof run === "string" || this.#ended.get(id) === run.version) return
    this.#ended.set(id, run.version)
    if ((run.after ?? []).length > 0 || run.notify !== undefined)
      await leaveFollowerSeat(this.#ports.table, id, this.#me)
  }

  /** The runs' records; the id alone where the table has none. */
  async #runs(named: readonly RunId[] | null): Promise<readonly (RunRecord | RunId)[]> {
    const runs: (RunRecord | RunId)[] = []
    if (named !== null) for (const id of named) runs.push((await this.#ports.table.readRun(id)) ?? id)
    else
      for await (const run of this.#ports.table.listRuns(`${this.#options.prefix}-`)) {
        // A kept rehearsal: nothing of it is to be carried.
        if (run.on === "simulated") continue
        // A list may be a moment behind; of a run that had ended nothing but a new version is news.
        const isOver = this.#ended.get(run.run) === run.version
        runs.push(isOver ? run : ((await this.#ports.table.readRun(run.run)) ?? run.run))
      }
    return runs
  }
}

function recordedRows(counts: Readonly<Record<RowStatus, number>>): { readonly all: number; readonly final: number } {
  const sum = (isMeant: (status: RowStatus) => boolean) =>
    ROW_STATUSES.reduce((total, status) => total + (isMeant(status) ? counts[status] : 0), 0)
  return { all: sum((status) => status !== "pending"), final: sum(isFinal) }
}

function regionOf(row: RowRecord): string {
  return liveAttempt(row.state)?.held.place.region ?? ""
}
