import type { Change } from "../../../src/core/decision/action.ts"
import type { RowRecord, RowState } from "../../../src/core/decision/row.ts"
import { liveAttempt } from "../../../src/core/decision/row.ts"
import type { OwnerId } from "../../../src/core/ids.ts"
import type { Place } from "../../../src/core/job/place.ts"
import type { JobEnd } from "../../../src/core/job/training-job.ts"
import { jobName } from "../../../src/core/run/names.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aJobEnd, anAttempt, aPlace, aRun } from "../../builders.ts"

export const ADA = "command|here.1.1.1" as OwnerId
export const BOB = "command|here.1.2.2" as OwnerId

let made = 0

/** A change of the row with an id of its own, that takes and gives nothing. */
export function changeOf(row: RowRecord, state: RowState, difference: Partial<Change> = {}): Change {
  const next: RowRecord = { ...row, version: row.version + 1, state, updatedAt: row.updatedAt + 1 }
  return { id: `change-${++made}`, next, take: null, give: null, ended: null, ...difference }
}

/** The claim that begins the row's next attempt. */
export function claimOf(
  row: RowRecord,
  wish: {
    readonly place?: Partial<Place>
    readonly usd?: number | null
    readonly owner?: OwnerId
    readonly id?: string
  } = {},
): Change {
  const held = { place: aPlace(wish.place), usd: wish.usd ?? null }
  const owner = wish.owner ?? ADA
  const number = row.nextNumber
  const attempt = anAttempt({ number, jobName: jobName(row.run, row.index, number), held, claimedBy: owner })
  const change = changeOf(row, { status: "launching", attempt }, { take: held })
  return { ...change, id: wish.id ?? change.id, next: { ...change.next, owner, nextNumber: number + 1 } }
}

/** The write that ends the row's live attempt. */
export function endOf(row: RowRecord, difference: Partial<JobEnd> = {}): Change {
  const attempt = liveAttempt(row.state)
  if (attempt === null) throw new Error(`row ${row.index} has no live attempt to end: it is ${row.state.status}`)
  const end = aJobEnd(difference)
  const change = changeOf(row, { status: end.status, reason: end.reason })
  return {
    ...change,
    next: { ...change.next, owner: null },
    give: attempt.held,
    ended: { attempt, counted: true, end, metrics: { loss: 0.5 } },
  }
}

/** The write that lets the row's live attempt go without an end: nothing was launched. */
export function abandonOf(row: RowRecord): Change {
  const attempt = liveAttempt(row.state)
  if (attempt === null) throw new Error(`row ${row.index} has no live attempt to abandon: it is ${row.state.status}`)
  const change = changeOf(row, waiting())
  return { ...change, next: { ...change.next, owner: null }, give: attempt.held }
}

export function waiting(): RowState {
  return { status: "waiting", reason: "quota", detail: "", until: 1, since: 0 }
}

/** Reads the row of `aRun()`, builds a change of it and commits it; the row as it then stands. A refusal fails the test. */
export async function commitNext(
  table: RunTable,
  index: number,
  build: (row: RowRecord) => Change,
  run = aRun(),
): Promise<RowRecord> {
  const change = build(await table.readRow(run.run, index))
  const done = await table.commit(run, change)
  if (!done.ok) throw new Error(`commit was refused: ${done.code}: ${done.detail}`)
  return change.next
}

/** The same for each of many rows, twenty at once: what a test needs there before it begins. */
export async function inTwenties(count: number, write: (index: number) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < count; first += 20)
    await Promise.all(Array.from({ length: Math.min(20, count - first) }, (_, i) => write(first + i)))
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
