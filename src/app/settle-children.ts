import { decide } from "../core/decision/decide.ts"
import { endingPolicy } from "../core/decision/policy.ts"
import { isFinal, liveAttempt, type RowRecord } from "../core/decision/row.ts"
import type { OwnerId } from "../core/ids.ts"
import type { ArrayRecord, RunRecord } from "../core/run/run.ts"
import { isStoppedWhole } from "../core/run/run-status.ts"
import type { Child } from "../ports/array-queue.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { commitId } from "./perform.ts"
import { isTakeable } from "./takeable.ts"

/** What one process remembers between its ticks, so that a child whose row is settled is read once. */
export interface ReconcileMemory {
  /** Job ids of children. */
  readonly settled: Set<string>
  /** How many children of an array had failed when all of them were settled, by its id: with as many there is nothing to list. */
  readonly quiet?: Map<string, number>
}

export function newReconcileMemory(): ReconcileMemory {
  return { settled: new Set(), quiet: new Map() }
}

/**
 * Rows whose child failed without a final record and which have no training job get the truth: failed with the queue's
 * reason, or stopped if a person ended the child. `isFollowed`: rows that wait are the follower's to launch.
 */
export async function settleChildren(
  ports: LoopPorts,
  run: RunRecord,
  me: OwnerId,
  isFollowed: boolean,
  memory: ReconcileMemory,
): Promise<readonly RowRecord[]> {
  const submitted = run.arrays.flatMap((array) => (array.id === null ? [] : [array.id]))
  if (submitted.length === 0) return []
  const counts = await ports.queue.counts(submitted)
  const isCarriedAfter = carriedAfter(ports, run.arrays)
  const changed: RowRecord[] = []
  for (const [at, array] of run.arrays.entries()) {
    const failed = array.id === null ? 0 : (counts.get(array.id)?.failed ?? 0)
    if (array.id === null || failed === (memory.quiet?.get(array.id) ?? 0)) continue
    let settled = 0
    for await (const child of ports.queue.children(array.id, "failed")) {
      if (memory.settled.has(child.job)) {
        settled += 1
        continue
      }
      const index = await ports.rowOf(array, child.index)
      const isPast = await isCarriedAfter(at, index)
      const row = isPast ? "settled" : await settleChild(ports, run, index, child, me, isFollowed)
      if (row === "settled") {
        memory.settled.add(child.job)
        settled += 1
      } else if (row !== "open") changed.push(row)
    }
    if (settled >= failed) memory.quiet?.set(array.id, failed)
  }
  return changed
}

/** The row that was ended; "settled": nothing will ever be to do for this child; "open": look again. */
async function settleChild(
  ports: LoopPorts,
  run: RunRecord,
  index: number,
  child: Child,
  me: OwnerId,
  isFollowed: boolean,
): Promise<RowRecord | "settled" | "open"> {
  const row = await ports.table.readRow(run.run, index)
  if (isFinal(row.state.status)) return "settled"
  if (liveAttempt(row.state) !== null || (isFollowed && row.state.status === "waiting")) return "open"
  // A stop of the whole run ends rows without a record by itself: writing 10,000 of them would say nothing new.
  if (row.version === 0 && isStoppedWhole(run)) return "open"
  return endRow(ports, run, row, child, me)
}

/**
 * Whether an array after the one at `at` carries the row: `retry` gives a row a new child, and what became of the old one says
 * nothing any more. Each row list is read once, however many children ended.
 */
function carriedAfter(
  ports: Pick<LoopPorts, "rowOf">,
  arrays: readonly ArrayRecord[],
): (at: number, index: number) => Promise<boolean> {
  const lists = new Map<string, ReadonlySet<number>>()
  async function listed(array: ArrayRecord): Promise<ReadonlySet<number>> {
    const known = lists.get(array.name)
    if (known !== undefined) return known
    const rows = new Set<number>()
    for (let child = 0; child < array.size; child++) rows.add(await ports.rowOf(array, child))
    lists.set(array.name, rows)
    return rows
  }
  return async (at, index) => {
    for (const array of arrays.slice(at + 1)) {
      const { first, size } = array
      const carries =
        typeof first === "number" ? first <= index && index < first + size : (await listed(array)).has(index)
      if (carries) return true
    }
    return false
  }
}

/** Ends a row that has no training job, without its pinned line; "open": it is another's, or was written meanwhile. */
export async function endRow(
  ports: LoopPorts,
  run: RunRecord,
  row: RowRecord,
  child: Pick<Child, "byPerson" | "reason">,
  me: OwnerId,
): Promise<RowRecord | "open"> {
  const { table, world, timing } = ports
  const takeable = row.owner !== null && (await isTakeable(ports, me, row.owner))
  const policy = endingPolicy(run, row.index, { me, mayTake: () => takeable, timing })
  const { byPerson, reason } = child
  const action = decide(row, { kind: "childEnded", byPerson, reason }, policy, world.clock.now())
  if (action.do !== "commit") return "open"
  const done = await table.commit(run, { ...action.change, id: commitId(world, action.change.next) })
  return done.ok ? action.change.next : "open"
}
