import { admit, type Candidate } from "../core/decision/admit.ts"
import { isUnaffordable, toMicroUsd, toUsd } from "../core/decision/claim.ts"
import type { LearnedRoom } from "../core/decision/learned-room.ts"
import { estimateUsd, limitOf } from "../core/decision/policy.ts"
import type { Held, RowRecord } from "../core/decision/row.ts"
import type { Instant, RunId } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunMoney } from "../ports/run-table.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** What is kept of a pinned row while it waits: ten thousand of them may wait for days. */
export interface WaitingFacts {
  /** What a claim would take, by place; the estimate is rounded as the claim rounds it, or a row that just fits would be withheld for ever. */
  readonly held: readonly [Held, ...Held[]]
  readonly priority: number
  readonly maxWaiting: number
}

export interface WaitingRow {
  readonly run: RunRecord
  readonly row: RowRecord
  readonly facts: WaitingFacts
}

export interface Launch extends WaitingRow {
  readonly candidate: Candidate
  /** Index of the place that was chosen. */
  readonly tryPlace: number
}

/** What the follower knows of services: how fast they answer, and where they have refused. */
export interface ServiceRoom {
  /** Creates that may be sent to the region in this tick. */
  readonly perRegion: (region: string) => number
  readonly learned: Pick<LearnedRoom, "rows">
  /** Instances that live rows hold, by place key: more than the table counts where some began before there was a limit. */
  readonly held: ReadonlyMap<string, number>
}

export function waitingFacts(run: RunRecord, spec: JobSpec): WaitingFacts {
  const heldAt = (place: Place): Held => {
    const estimate = estimateUsd(run, spec, place)
    return { place, usd: estimate === null ? null : toUsd(toMicroUsd(estimate)) }
  }
  const [first, ...others] = spec.places
  return {
    held: [heldAt(first), ...others.map(heldAt)],
    priority: spec.priority,
    maxWaiting: spec.maxWaitingSeconds * 1000,
  }
}

/** Which of the waiting rows should try a claim now, in order, and where: `admit`, with what table, limits and services say. */
export async function chooseLaunches(
  ports: Pick<LoopPorts, "table">,
  waiting: readonly WaitingRow[],
  service: ServiceRoom,
  now: Instant,
): Promise<readonly Launch[]> {
  if (waiting.length === 0) return []
  const taken = await takenOf(ports, waiting)
  const byRow = new Map(waiting.map((each) => [keyOf(each.row), each]))
  const candidates = waiting.map((each) => candidateOf(each, taken.get(each.run.run)))
  const room = await roomOf(ports, waiting, candidates, service, now)
  const money = new Map(waiting.map(({ run }) => [run.run, moneyOf(run, taken.get(run.run))]))
  const admitted = admit(candidates, {
    room: (place) => room.get(placeKey(place)) ?? Number.POSITIVE_INFINITY,
    money: (run) => money.get(run) ?? null,
    perRegion: service.perRegion,
  })
  return admitted.flatMap((candidate) => {
    const each = byRow.get(keyOf(candidate))
    if (each === undefined) return []
    const tryPlace = each.facts.held.findIndex(({ place }) => place === candidate.held.place)
    return [{ ...each, candidate, tryPlace }]
  })
}

function keyOf({ run, index }: Pick<RowRecord, "run" | "index">): string {
  return `${run} ${index}`
}

/** Open places in the order of the manifest: where there is room again in an earlier one, it is taken first. */
function candidateOf({ run, row, facts }: WaitingRow, taken: RunMoney | undefined): Candidate {
  const open = facts.held.filter((_, index) => !row.closedPlaces.includes(index))
  const [held = facts.held[0], ...elsewhere] = open
  const since = row.state.status === "waiting" ? row.state.since : row.updatedAt
  const spent = toMicroUsd(taken?.spentUsd ?? 0)
  // One place that the run can pay is reason to wait for it.
  const hopeless = [held, ...elsewhere].every(({ usd }) => isUnaffordable(run, usd, spent))
  const { priority } = facts
  return { run: run.run, index: row.index, held, elsewhere, isUnaffordable: hopeless, priority, since }
}

/**
 * Instances that may still start, by place key; a place without a known limit and without a refusal is missing. Runs that
 * share a place share its count; the lowest of their limits holds for all.
 */
async function roomOf(
  { table }: Pick<LoopPorts, "table">,
  waiting: readonly WaitingRow[],
  candidates: readonly Candidate[],
  { learned, held: holding }: ServiceRoom,
  now: Instant,
): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, { readonly place: Place; readonly limit: number; readonly most: number }>()
  for (const [at, { held, elsewhere = [] }] of candidates.entries()) {
    const run = waiting[at]?.run
    for (const { place } of [held, ...elsewhere]) {
      const key = placeKey(place)
      const known = places.get(key)
      const limit = (run === undefined ? null : limitOf(run, place)) ?? Number.POSITIVE_INFINITY
      places.set(key, {
        place,
        limit: Math.min(limit, known?.limit ?? limit),
        most: Math.max(place.instances, known?.most ?? 0),
      })
    }
  }
  const room = new Map<string, number>()
  for (const [key, { place, limit, most }] of places) {
    const rows = learned.rows(place, now)
    const left = Number.isFinite(limit)
      ? limit - Math.max(await table.live(place), holding.get(key) ?? 0)
      : Number.POSITIVE_INFINITY
    if (Number.isFinite(rows) || Number.isFinite(left)) room.set(key, Math.min(left, rows * most))
  }
  return room
}

async function takenOf(
  ports: Pick<LoopPorts, "table">,
  waiting: readonly WaitingRow[],
): Promise<ReadonlyMap<RunId, RunMoney>> {
  const taken = new Map<RunId, RunMoney>()
  for (const { run } of waiting) {
    if (run.budgetUsd !== null && !taken.has(run.run)) taken.set(run.run, await ports.table.money(run.run))
  }
  return taken
}

/** USD that the run may still reserve; null: no budget, or unknown prices may start and the claim will tell. */
function moneyOf(run: RunRecord, taken: RunMoney | undefined): number | null {
  if (run.budgetUsd === null || run.allowUnknownPrice || taken === undefined) return null
  return toUsd(toMicroUsd(run.budgetUsd) - toMicroUsd(taken.reservedUsd) - toMicroUsd(taken.spentUsd))
}
