// The follower: many rows in one process. Tick by tick it launches what waits and carries what nobody else carries.
// It decides about no row itself, takes none from a living owner, and starts none that its child has not met.

import { isFinal, liveAttempt, ROW_STATUSES, type RowRecord, type RowStatus } from "../core/decision/row.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { orderFor, type RunRecord } from "../core/run/run.ts"
import { isStoppedWhole } from "../core/run/run-status.ts"
import { chooseLaunches, type WaitingRow } from "./choose-launches.ts"
import { keepFollowerSeat } from "./follower-seat.ts"
import { inLanes } from "./in-lanes.ts"
import { LeaseKeeper } from "./lease-keeper.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { outwait, outwaitTable } from "./outwait-table.ts"
import { firstSight } from "./perform.ts"
import { readableSpec } from "./readable-spec.ts"
import { tick } from "./reconcile-run.ts"
import { rowIndexes } from "./select-rows.ts"
import { endRow, type ReconcileMemory, settleChildren } from "./settle-children.ts"
import { takeTurn } from "./take-turn.ts"
import { ownerBook } from "./takeable.ts"

export interface FollowOptions {
  /** Name prefix of the runs to follow when no run is named. */
  readonly prefix: string
  /** Return when every followed run has ended; false: go on until the signal fires. */
  readonly untilEnded: boolean
  readonly onRow?: (row: RowRecord) => void
}

export interface FollowReport {
  /** Runs with nothing left to do. */
  readonly ended: readonly RunId[]
  readonly active: readonly RunId[]
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
  const follower = new Follower({ ...ports, table, specOf }, me, options, signal)
  for (;;) {
    const report = await outwait(patience, () => follower.tick(runs))
    if (signal.aborted || (options.untilEnded && report.active.length === 0)) return report
    await world.clock.sleep(follower.nextTickAt(), signal)
  }
}

interface NextLook {
  readonly at: Instant
  /** The row's version when it was left in peace: as long as it is the same, nothing is unknown about it. */
  readonly version: number
  /** Whether a stop order covered it then. */
  readonly isStopped: boolean
}

/** What a follower remembers of a run between ticks. */
interface Followed {
  readonly memory: ReconcileMemory
  /** When a live row is to be looked at again, by index. */
  readonly nextLook: Map<number, NextLook>
}

class Follower {
  readonly #ports: LoopPorts
  readonly #me: OwnerId
  readonly #options: FollowOptions
  readonly #signal: AbortSignal
  readonly #lease: LeaseKeeper
  readonly #followed = new Map<RunId, Followed>()

  constructor(ports: LoopPorts, me: OwnerId, options: FollowOptions, signal: AbortSignal) {
    this.#ports = ports
    this.#me = me
    this.#options = options
    this.#signal = signal
    this.#lease = new LeaseKeeper(ports.table, ports.world.clock, ports.timing, me)
  }

  /** One look at every run; a run whose seat another follower holds is left to that one. */
  async tick(named: readonly RunId[] | null): Promise<FollowReport> {
    const [ended, active]: [RunId[], RunId[]] = [[], []]
    const waiting: WaitingRow[] = []
    for (const id of named ?? (await this.#allRuns())) {
      await this.#lease.keep()
      const run = await this.#ports.table.readRun(id)
      const isOver = run === null || (await this.#hasEnded(run))
      ;(isOver ? ended : active).push(id)
      if (isOver) this.#followed.delete(id)
      else if (await keepFollowerSeat(this.#ports, id, this.#me)) waiting.push(...(await this.#carry(run)))
      else await this.#letGo(run)
    }
    const chosen = await chooseLaunches(this.#ports, waiting)
    await inLanes(
      chosen,
      ({ candidate }) => candidate.held.place.region,
      PER_REGION,
      (each) => this.#turn(each.run, each.row, each.spec),
    )
    return { ended, active }
  }

  nextTickAt(): Instant {
    const { world, timing } = this.#ports
    const now = world.clock.now()
    let soonest = Math.min(now + timing.poll, this.#lease.dueAt)
    for (const { nextLook } of this.#followed.values())
      for (const { at } of nextLook.values()) soonest = Math.min(soonest, at)
    return Math.max(soonest, now + timing.firstPoll)
  }

  /** Looks at what is due of one run; returns its rows that wait for a launch. */
  async #carry(run: RunRecord): Promise<readonly WaitingRow[]> {
    const followed = this.#remember(run.run)
    await this.#settle(run, followed)
    const unfinished: RowRecord[] = []
    for await (const row of this.#ports.table.unfinished(run.run, "all")) unfinished.push(row)
    const owners = await ownerBook(this.#ports, this.#me, unfinished)
    const now = this.#ports.world.clock.now()
    const [due, waiting]: [RowRecord[], WaitingRow[]] = [[], []]
    const alive = new Set<number>()
    for (const row of unfinished) {
      if (row.owner !== null && !(await owners.isTakeable(row.owner))) continue
      const attempt = liveAttempt(row.state)
      if (attempt !== null) alive.add(row.index)
      if (row.state.status === "waiting" && !isUnderStop(run, row.index)) {
        if (row.state.until > now) continue
        const spec = await this.#readOrEnd(run, row)
        if (spec !== null) waiting.push({ run, row, spec })
      } else if (isDue(followed.nextLook.get(row.index), run, row, now)) due.push(row)
    }
    for (const index of followed.nextLook.keys()) if (!alive.has(index)) followed.nextLook.delete(index)
    await inLanes(due, regionOf, PER_REGION, async (row) => {
      const { spec } = await readableSpec(this.#ports, run, row.index)
      await this.#turn(run, row, spec)
    })
    return waiting
  }

  /** A queue that does not answer keeps nobody's training job from being followed. */
  async #settle(run: RunRecord, { memory }: Followed): Promise<void> {
    try {
      await settleChildren(this.#ports, run, this.#me, true, memory)
    } catch (error) {
      if (!isRegattaError(error, "unavailable")) throw error
      this.#ports.world.log.event("warn", "queue.unavailable", { run: run.run, error: error.message })
    }
  }

  /** A row that waits and whose pinned line cannot be read will never be launched: it fails with the reason. */
  async #readOrEnd(run: RunRecord, row: RowRecord): Promise<JobSpec | null> {
    const readable = await readableSpec(this.#ports, run, row.index)
    if (readable.spec === null)
      await endRow(this.#ports, run, row, { byPerson: false, reason: readable.reason }, this.#me)
    return readable.spec
  }

  /**
   * Another follower has the seat, and may have taken it while this one slept: rows that this one still owns would be
   * nobody's as long as it lives.
   */
  async #letGo(run: RunRecord): Promise<void> {
    this.#followed.delete(run.run)
    const own: RowRecord[] = []
    for await (const row of this.#ports.table.unfinished(run.run, [this.#me])) if (row.owner === this.#me) own.push(row)
    await inLanes(own, regionOf, PER_REGION, async (row) => {
      await tick(this.#ports, run, row, this.#me, this.#signal)
    })
  }

  async #turn(run: RunRecord, row: RowRecord, spec: JobSpec | null): Promise<void> {
    if (this.#signal.aborted) return
    const me = this.#me
    const { onRow } = this.#options
    const stance = { me, holds: true, mayLaunch: true, stopAll: false, lease: this.#lease, ...(onRow && { onRow }) }
    const { nextLook } = this.#remember(run.run)
    const isKnown = nextLook.get(row.index)?.version === row.version
    const seen = isKnown ? ({ kind: "nothing" } as const) : firstSight(row, me)
    nextLook.delete(row.index)
    const [left, end] = await takeTurn(this.#ports, { run, spec, row, seen }, stance, this.#signal)
    const isStopped = isUnderStop(left.run, row.index)
    if (end.kind === "pause") nextLook.set(row.index, { at: end.until, version: left.row.version, isStopped })
  }

  /** Nothing live, and nothing that may still become so: in a run that was stopped whole, no child that could hold a claim. */
  async #hasEnded(run: RunRecord): Promise<boolean> {
    const { table, queue } = this.#ports
    if (!isStoppedWhole(run)) return recordedRows(await table.counts(run.run)).final >= rowIndexes(run).length
    const arrays = run.arrays.flatMap(({ id }) => (id === null ? [] : [id]))
    const children = arrays.length === 0 ? new Map() : await queue.counts(arrays)
    const areOver = [...children.values()].every(({ queued, running }) => queued + running === 0)
    const rows = recordedRows(await table.counts(run.run))
    return areOver && rows.final === rows.all
  }

  async #allRuns(): Promise<readonly RunId[]> {
    const runs: RunId[] = []
    for await (const run of this.#ports.table.listRuns(`${this.#options.prefix}-`)) runs.push(run.run)
    return runs
  }

  #remember(run: RunId): Followed {
    const known = this.#followed.get(run) ?? { memory: { settled: new Set() }, nextLook: new Map() }
    this.#followed.set(run, known)
    return known
  }
}

/** Earlier than planned when somebody else wrote the row, or an order came. */
function isDue(look: NextLook | undefined, run: RunRecord, row: RowRecord, now: Instant): boolean {
  if (look === undefined || look.at <= now) return true
  return look.version !== row.version || look.isStopped !== isUnderStop(run, row.index)
}

function isUnderStop(run: RunRecord, index: number): boolean {
  return orderFor(run, index)?.kind === "stop"
}

function recordedRows(counts: Readonly<Record<RowStatus, number>>): { readonly all: number; readonly final: number } {
  const sum = (isMeant: (status: RowStatus) => boolean) =>
    ROW_STATUSES.reduce((total, status) => total + (isMeant(status) ? counts[status] : 0), 0)
  return { all: sum((status) => status !== "pending"), final: sum(isFinal) }
}

function regionOf(row: RowRecord): string {
  return liveAttempt(row.state)?.held.place.region ?? ""
}
