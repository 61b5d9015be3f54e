// One tick over a run, for whoever looks at it: what ended unseen is written down.
// It launches nothing and holds nothing: a live row is let go for the next worker, follower or tick.

import { type Attempt, liveAttempt, type RowRecord } from "../core/decision/row.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { orderFor, type RunRecord } from "../core/run/run.ts"
import { isFollowed, isFollowerAlive } from "./follower-seat.ts"
import { inLanes } from "./in-lanes.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { firstSight } from "./perform.ts"
import { readableSpec } from "./readable-spec.ts"
import { type ReconcileMemory, settleChildren } from "./settle-children.ts"
import { takeTurn } from "./take-turn.ts"
import { ownerBook } from "./takeable.ts"

export type { ReconcileMemory } from "./settle-children.ts"

export interface ReconcileReport {
  /** Rows whose record this tick changed, as they are now. */
  readonly changed: readonly RowRecord[]
  /** When the services were asked. */
  readonly observedAt: number
}

/** Questions to one region at once. */
const PER_REGION = 4

/** Children that ended without a final record get the truth, and live rows without a living owner are looked at. */
export async function reconcileRun(
  ports: LoopPorts,
  id: RunId,
  me: OwnerId,
  memory: ReconcileMemory,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const { table, world, timing } = ports
  const observedAt = world.clock.now()
  const run = await table.readRun(id)
  if (run === null) throw new RegattaError("notFound", `there is no run ${id} in this table`, { fields: { run: id } })
  const followed = await isFollowed(table, world.clock, timing, id)
  // What a living follower has is not asked for once more by everybody who looks on.
  const live = followed && (await isFollowerAlive(ports, id)) ? [] : await lookAtLive(ports, run, me, signal)
  const settled = await settleChildren(ports, run, me, followed, memory)
  return { changed: [...live, ...settled], observedAt }
}

/** Rows that nobody living carries: each is brought as far as it goes without launching. */
export async function lookAtLive(
  ports: LoopPorts,
  run: RunRecord,
  me: OwnerId,
  signal: AbortSignal,
): Promise<readonly RowRecord[]> {
  const live: RowRecord[] = []
  for await (const row of ports.table.unfinished(run.run, "all")) if (hasWork(run, row)) live.push(row)
  const owners = await ownerBook(ports, me, live)
  // Asked all at once: a queue answers many such questions in one request.
  const takeable = await Promise.all(live.map(({ owner }) => owner === null || owners.isTakeable(owner)))
  const rows = live.filter((_, at) => takeable[at])
  const others = lookAtLaunching(
    ports,
    run,
    live.filter((_, at) => !takeable[at]),
  )
  const changed: RowRecord[] = []
  const regionOf = (row: RowRecord) => liveAttempt(row.state)?.held.place.region ?? ""
  await inLanes(rows, regionOf, PER_REGION, async (row) => {
    const [carried] = await tick(ports, run, row, me, signal)
    if (carried.row.version !== row.version) changed.push(carried.row)
  })
  await others
  return changed
}

/**
 * Of rows that a living worker has been launching for longer than a poll, one per region is asked for: that tells whoever
 * looks whether the region answers. What it says is left to the worker.
 */
async function lookAtLaunching(ports: LoopPorts, run: RunRecord, rows: readonly RowRecord[]): Promise<void> {
  const { training, world, timing } = ports
  const since = world.clock.now() - timing.poll
  const first = new Map<string, Attempt>()
  for (const { state, updatedAt } of rows) {
    if (state.status === "launching" && updatedAt < since && !first.has(state.attempt.held.place.region))
      first.set(state.attempt.held.place.region, state.attempt)
  }
  const asked = [...first.values()].map(async (attempt) => {
    try {
      await training.describe(run, attempt)
    } catch (error) {
      if (!isRegattaError(error)) throw error
    }
  })
  await Promise.all(asked)
}

/** One row's part of a tick. */
export async function tick(ports: LoopPorts, run: RunRecord, row: RowRecord, me: OwnerId, signal: AbortSignal) {
  const { spec } = await readableSpec(ports, run, row.index)
  const stance = { me, holds: false, mayLaunch: false, stopAll: false, lease: null }
  return takeTurn(ports, { run, spec, row, seen: firstSight(row, me) }, stance, signal)
}

/** A row that waits has nothing that could end unseen; its dead owner is let go, and a stop ends it. */
function hasWork(run: RunRecord, row: RowRecord): boolean {
  if (row.state.status !== "waiting" || row.owner !== null) return true
  return orderFor(run, row.index)?.kind === "stop"
}
