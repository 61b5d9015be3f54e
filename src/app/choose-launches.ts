import { admit, type Candidate } from "../core/admit.ts"
import type { RunId } from "../core/ids.ts"
import type { JobSpec } from "../core/job-spec.ts"
import { type Place, placeKey } from "../core/place.ts"
import { estimateUsd, limitOf } from "../core/policy.ts"
import type { RowRecord } from "../core/row.ts"
import type { RunRecord } from "../core/run.ts"
import type { LoopPorts } from "./loop-ports.ts"

export interface WaitingRow {
  readonly run: RunRecord
  readonly row: RowRecord
  readonly spec: JobSpec
}

export interface Launch extends WaitingRow {
  readonly candidate: Candidate
}

/** Creates sent to one region in one tick. */
const CREATES_PER_TICK = 50

/** Which of the waiting rows should try a claim now, in order: `admit`, with what table and limits say. */
export async function chooseLaunches(
  ports: Pick<LoopPorts, "table">,
  waiting: readonly WaitingRow[],
): Promise<readonly Launch[]> {
  if (waiting.length === 0) return []
  const launches = waiting.map((each) => ({ ...each, candidate: candidateOf(each) }))
  const byCandidate = new Map(launches.map((launch) => [launch.candidate, launch]))
  const room = await roomOf(ports, launches)
  const money = await moneyOf(ports, launches)
  const admitted = admit([...byCandidate.keys()], {
    room: (place) => room.get(placeKey(place)) ?? Number.POSITIVE_INFINITY,
    money: (run) => money.get(run) ?? null,
    perRegion: () => CREATES_PER_TICK,
  })
  return admitted.flatMap((candidate) => byCandidate.get(candidate) ?? [])
}

function candidateOf({ run, row, spec }: WaitingRow): Candidate {
  const place = spec.places[row.placeIndex] ?? spec.places[0]
  const since = row.state.status === "waiting" ? row.state.since : row.updatedAt
  const held = { place, usd: estimateUsd(run, spec, place) }
  return { run: run.run, index: row.index, held, priority: spec.priority, since }
}

/** Instances that may still start, by place key; a place without a known limit is missing. Runs that share a place share its count; the lowest of their limits holds for all. */
async function roomOf(
  ports: Pick<LoopPorts, "table">,
  launches: readonly Launch[],
): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, { readonly place: Place; readonly limit: number }>()
  for (const { run, candidate } of launches) {
    const { place } = candidate.held
    const limit = limitOf(run, place)
    if (limit === null) continue
    places.set(placeKey(place), { place, limit: Math.min(limit, places.get(placeKey(place))?.limit ?? limit) })
  }
  const room = new Map<string, number>()
  for (const [key, { place, limit }] of places) room.set(key, limit - (await ports.table.live(place)))
  return room
}

/** USD that each run may still reserve; null: no budget, or unknown prices may start and the claim will tell. */
async function moneyOf(
  ports: Pick<LoopPorts, "table">,
  launches: readonly Launch[],
): Promise<ReadonlyMap<RunId, number | null>> {
  const money = new Map<RunId, number | null>()
  for (const { run } of launches) {
    if (money.has(run.run)) continue
    const { reservedUsd, spentUsd } = await ports.table.money(run.run)
    const limited = run.budgetUsd !== null && !run.allowUnknownPrice
    money.set(run.run, limited ? (run.budgetUsd ?? 0) - reservedUsd - spentUsd : null)
  }
  return money
}
