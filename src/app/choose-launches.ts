import { admit, type Candidate } from "../core/decision/admit.ts"
import { isUnaffordable, toMicroUsd, toUsd } from "../core/decision/claim.ts"
import { estimateUsd, limitOf } from "../core/decision/policy.ts"
import type { RowRecord } from "../core/decision/row.ts"
import type { RunId } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunMoney } from "../ports/run-table.ts"
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
  const taken = await takenOf(ports, waiting)
  const launches = waiting.map((each) => ({ ...each, candidate: candidateOf(each, taken.get(each.run.run)) }))
  const byCandidate = new Map(launches.map((launch) => [launch.candidate, launch]))
  const room = await roomOf(ports, launches)
  const money = new Map(launches.map(({ run }) => [run.run, moneyOf(run, taken.get(run.run))]))
  const admitted = admit([...byCandidate.keys()], {
    room: (place) => room.get(placeKey(place)) ?? Number.POSITIVE_INFINITY,
    money: (run) => money.get(run) ?? null,
    perRegion: () => CREATES_PER_TICK,
  })
  return admitted.flatMap((candidate) => byCandidate.get(candidate) ?? [])
}

/** The estimate is rounded as the claim rounds it: a row that just fits would be withheld for ever. */
function candidateOf({ run, row, spec }: WaitingRow, taken: RunMoney | undefined): Candidate {
  const place = spec.places[row.placeIndex] ?? spec.places[0]
  const since = row.state.status === "waiting" ? row.state.since : row.updatedAt
  const estimate = estimateUsd(run, spec, place)
  const held = { place, usd: estimate === null ? null : toUsd(toMicroUsd(estimate)) }
  const hopeless = isUnaffordable(run, held.usd, toMicroUsd(taken?.spentUsd ?? 0))
  return { run: run.run, index: row.index, held, isUnaffordable: hopeless, priority: spec.priority, since }
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
