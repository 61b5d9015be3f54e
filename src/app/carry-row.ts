import { parseOwner } from "../core/decision/owner.ts"
import { liveAttempt, type RowRecord } from "../core/decision/row.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { Final } from "../core/job/training-job.ts"
import { type FollowMode, orderFor, type RunRecord, retriesFor } from "../core/run/run.ts"
import { isFollowed } from "./follower-seat.ts"
import { LeaseKeeper } from "./lease-keeper.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { outwaitTable } from "./outwait-table.ts"
import { type Carried, firstSight, stopLiveJob } from "./perform.ts"
import { type TurnEnd, type TurnPorts, type TurnStance, takeTurn } from "./take-turn.ts"

export interface CarryOptions {
  readonly follow: FollowMode
  /** Asked once when the signal fires: whether a person ended this process. In every doubt false: the training job is left running. */
  readonly endedByPerson: () => Promise<boolean>
  /** After each change of the row that this process wrote or saw. */
  readonly onRow?: (row: RowRecord) => void
}

export type CarryOutcome =
  | { readonly kind: Final; readonly row: RowRecord }
  /** Launched or waiting, and left to the follower (`to`: the follower that has it; null: none yet). */
  | { readonly kind: "handedOver"; readonly row: RowRecord; readonly to: OwnerId | null }
  /** Another process carries the row. */
  | { readonly kind: "elsewhere"; readonly row: RowRecord; readonly owner: OwnerId }
  /** The row was ours and was taken by another; nothing more was done. */
  | { readonly kind: "lostLease"; readonly row: RowRecord; readonly owner: OwnerId }
  /** The signal fired and the stop of the row is asked for and recorded; its end is left to others (`Timing.stopWithin`). */
  | { readonly kind: "stopping"; readonly row: RowRecord }
  /** The signal fired and no person is known to have ended us; the training job goes on. */
  | { readonly kind: "interrupted"; readonly row: RowRecord }

/** Between two tries of a stop that has to be quick, as a share of `Timing.stopWithin`. */
const STOP_TRIES = 20

/** Carries one row of a run until it is final or another has it. Throws what the table throws after `Timing.outwait`. */
export async function carryRow(
  ports: TurnPorts & Pick<LoopPorts, "specOf">,
  run: RunId,
  index: number,
  me: OwnerId,
  options: CarryOptions,
  signal: AbortSignal,
): Promise<CarryOutcome> {
  const table = outwaitTable(ports.table, { world: ports.world, timing: ports.timing, signal })
  const carrier = new RowCarrier({ ...ports, table }, me, options, signal)
  const record = await table.readRun(run)
  if (record === null) throw new RegattaError("notFound", `no run ${run} in the central table`, { fields: { run } })
  const spec = await ports.specOf(record, index)
  const row = await table.readRow(run, index)
  return carrier.carry({ run: record, spec, row, seen: firstSight(row, me) })
}

/** One worker's way with its one row. */
class RowCarrier {
  readonly #ports: TurnPorts
  readonly #options: CarryOptions
  readonly #lease: LeaseKeeper
  #signal: AbortSignal
  #stance: TurnStance
  #hasOwned = false
  #hasWaitedElsewhere = false
  /** Service time of the newest look at the training job, so that a note of our own is never taken for another's. */
  #lookedAt: Instant = 0

  constructor(ports: TurnPorts, me: OwnerId, options: CarryOptions, signal: AbortSignal) {
    const { world, timing, table } = ports
    this.#ports = ports
    this.#options = options
    this.#signal = signal
    this.#lease = new LeaseKeeper(table, world.clock, timing, me)
    const holds = options.follow === "attached"
    const onRow = (row: RowRecord) => this.#changed(row)
    this.#stance = { me, holds, mayLaunch: true, stopAll: false, lease: this.#lease, onRow }
  }

  async carry(from: Carried): Promise<CarryOutcome> {
    let carried = from
    for (;;) {
      const next = await this.#step(carried)
      if ("kind" in next) return next
      carried = next
    }
  }

  /** While the table is away an interruption is not outwaited: in doubt the training job is left running. */
  async #step(carried: Carried): Promise<Carried | CarryOutcome> {
    try {
      const [left, end] = await takeTurn(this.#ports, carried, this.#stance, this.#signal)
      return await this.#afterTurn(left, end)
    } catch (error) {
      if (!isRegattaError(error, "unavailable")) throw error
      if (this.#signal.aborted) return this.#interrupted(carried)
      if (!this.#stance.stopAll) throw error
      return this.#stopUnrecorded(carried)
    }
  }

  /** The table is away, and the stop is meant: the training job need not wait for the record. */
  async #stopUnrecorded(carried: Carried): Promise<CarryOutcome> {
    const attempt = liveAttempt(carried.row.state)
    if (attempt !== null) await stopLiveJob(this.#ports, carried, attempt, this.#stance.me, this.#signal)
    return { kind: "interrupted", row: carried.row }
  }

  async #afterTurn(carried: Carried, end: TurnEnd): Promise<Carried | CarryOutcome> {
    const { row } = carried
    switch (end.kind) {
      case "finish":
        return { kind: end.status, row }
      case "released":
        return { kind: "handedOver", row, to: null }
      case "leave":
        return this.#leave(carried, end.to)
      case "interrupted":
        return this.#interrupted(carried)
      case "pause":
        return this.#pause(carried, end.until)
      default:
        return end satisfies never
    }
  }

  async #leave(carried: Carried, to: OwnerId): Promise<Carried | CarryOutcome> {
    const { row } = carried
    if (parseOwner(to)?.kind === "follower") return { kind: "handedOver", row, to }
    if (this.#hasOwned) return { kind: "lostLease", row, owner: to }
    if (this.#hasWaitedElsewhere) return { kind: "elsewhere", row, owner: to }
    this.#hasWaitedElsewhere = true
    const { world, timing } = this.#ports
    // Batch starts a failed child again at once and has ten attempts: without a wait they would be gone in seconds.
    await this.#sleep(world.clock.now() + timing.elsewhere * (1 + 2 * world.random()))
    return this.#reload(carried)
  }

  async #interrupted(carried: Carried): Promise<Carried | CarryOutcome> {
    const { row } = carried
    if (this.#stance.stopAll) return { kind: row.state.status === "stopping" ? "stopping" : "interrupted", row }
    const deadline = this.#deadline()
    if (!(await this.#isStopMeant(carried, deadline))) return { kind: "interrupted", row }
    this.#signal = deadline
    this.#stance = { ...this.#stance, stopAll: true }
    return { ...carried, seen: firstSight(carried.row, this.#stance.me) }
  }

  /** Fires when whoever ended us will not wait any longer. */
  #deadline(): AbortSignal {
    const { timing, world } = this.#ports
    const controller = new AbortController()
    if (Number.isFinite(timing.stopWithin))
      void world.clock.sleep(world.clock.now() + timing.stopWithin).then(() => controller.abort())
    return controller.signal
  }

  /** Both are asked at once, and neither is waited for longer than the stop may take; what does not answer says no. */
  async #isStopMeant(carried: Carried, deadline: AbortSignal): Promise<boolean> {
    const tooLate = new Promise<boolean>((resolve) => {
      deadline.addEventListener("abort", () => resolve(false), { once: true })
    })
    const asked = [this.#options.endedByPerson(), this.#isStopOrdered(carried)]
    const either = new Promise<boolean>((resolve, reject) => {
      for (const answer of asked) answer.then((yes) => yes && resolve(true), reject)
      void Promise.all(asked).then((answers) => resolve(answers.includes(true)), reject)
    })
    return Promise.race([either, tooLate])
  }

  async #isStopOrdered({ run, row }: Carried): Promise<boolean> {
    try {
      const latest = await this.#ports.table.readRun(run.run)
      return latest !== null && orderFor(latest, row.index)?.kind === "stop"
    } catch (error) {
      if (!isRegattaError(error, "unavailable")) throw error
      return false
    }
  }

  async #pause(carried: Carried, until: Instant): Promise<Carried | CarryOutcome> {
    if (this.#stance.stopAll && Number.isFinite(this.#ports.timing.stopWithin)) return this.#leaveStopping(carried)
    if (!this.#stance.holds) return { kind: "handedOver", row: carried.row, to: null }
    this.#looked(carried)
    if (await this.#shouldHandOver(carried, until)) {
      this.#stance = { ...this.#stance, holds: false }
      return carried
    }
    return this.#sleepWatching(carried, until)
  }

  /** Leaves once the stop is asked for; a job that may yet appear, or a service that was silent, is asked again while there is time. */
  async #leaveStopping(carried: Carried): Promise<Carried | CarryOutcome> {
    const { row, seen } = carried
    const { timing, world } = this.#ports
    const isAsked = row.state.status === "stopping" && (seen.kind === "asked" || seen.kind === "job")
    if (isAsked) return { kind: "stopping", row }
    if (liveAttempt(row.state) === null) return { kind: "interrupted", row }
    await this.#sleep(world.clock.now() + timing.stopWithin / STOP_TRIES)
    return { ...carried, seen: firstSight(row, this.#stance.me) }
  }

  /** A row that waits long would keep the place of one that could train; the follower has room for any number. */
  async #shouldHandOver({ run, row }: Carried, until: Instant): Promise<boolean> {
    if (row.state.status !== "waiting" || this.#stance.stopAll) return false
    const { world, timing, table } = this.#ports
    const longest = Math.max(until, world.clock.now()) - row.state.since
    return longest > timing.lease && isFollowed(table, world.clock, timing, run.run)
  }

  /** Sleeps, looking at each poll whether the row or the orders changed. */
  async #sleepWatching(carried: Carried, until: Instant): Promise<Carried> {
    const { world, timing } = this.#ports
    for (;;) {
      await this.#sleepHolding(Math.min(until, world.clock.now() + timing.poll))
      if (this.#signal.aborted) return carried
      const isDue = world.clock.now() >= until
      const next = await this.#reload(carried)
      if (isDue || next.row.version !== carried.row.version || !sameWill(carried.run, next.run, carried.row.index))
        return isDue ? this.#withNote(next) : next
    }
  }

  /** A lease that ran out meanwhile matters only if another took the row, and that shows when it is read again. */
  async #sleepHolding(until: Instant): Promise<void> {
    const { world } = this.#ports
    while (!this.#signal.aborted) {
      await this.#sleep(Math.min(until, Math.max(this.#lease.dueAt, world.clock.now() + 1)))
      if (this.#signal.aborted) return
      await this.#lease.keep()
      if (world.clock.now() >= until) return
    }
  }

  async #reload(carried: Carried): Promise<Carried> {
    const { table } = this.#ports
    const { run, index } = carried.row
    const record = (await table.readRun(run)) ?? carried.run
    const row = await table.readRow(run, index)
    const isSame = row.version === carried.row.version
    return { ...carried, run: record, row, seen: isSame ? { kind: "nothing" } : firstSight(row, this.#stance.me) }
  }

  /** What somebody else noted of the training job since our last look saves a question to the service; the end of a stop is asked for. */
  async #withNote(carried: Carried): Promise<Carried> {
    const attempt = liveAttempt(carried.row.state)
    if (attempt === null || carried.row.state.status === "stopping" || carried.seen.kind !== "nothing") return carried
    const job = await this.#ports.table.noted(carried.row.run, carried.row.index)
    const known = { ...carried, noted: job }
    if (job === null || job.jobName !== attempt.jobName || job.at <= this.#lookedAt) return known
    // Somebody heard that it may have ended, and knows no more.
    if (job.end === null && job.phase === "unknown") return known
    return { ...known, seen: { kind: "job", job } }
  }

  #looked({ seen }: Carried): void {
    if (seen.kind === "job") this.#lookedAt = Math.max(this.#lookedAt, seen.job.at)
  }

  #changed(row: RowRecord): void {
    if (row.owner === this.#stance.me) this.#hasOwned = true
    this.#options.onRow?.(row)
  }

  async #sleep(until: Instant): Promise<void> {
    await this.#ports.world.clock.sleep(until, this.#signal)
  }
}

/** Nothing that people changed of the run concerns the row. */
function sameWill(before: RunRecord, after: RunRecord, index: number): boolean {
  return (
    before.budgetRaisedAt === after.budgetRaisedAt &&
    orderFor(before, index)?.kind === orderFor(after, index)?.kind &&
    retriesFor(before, index) === retriesFor(after, index)
  )
}
