import { decide } from "../core/decide.ts"
import type { OwnerId } from "../core/ids.ts"
import { endingPolicy } from "../core/policy.ts"
import { isFinal, liveAttempt, type RowRecord } from "../core/row.ts"
import type { ArrayRecord, RunRecord } from "../core/run.ts"
import { isStoppedWhole } from "../core/run-status.ts"
import type { Child } from "../ports/array-queue.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { commitId } from "./perform.ts"
import { isTakeable } from "./takeable.ts"

/** What one process remembers between its ticks, so that a child whose row is settled is read once. */
export interface ReconcileMemory {
  /** Job ids of children. */
  readonly settled: Set<string>
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
  const changed: RowRecord[] = []
  for (const [at, array] of run.arrays.entries()) {
    if (array.id === null || (counts.get(array.id)?.failed ?? 0) === 0) continue
    for await (const child of ports.queue.children(array.id, "failed")) {
      if (memory.settled.has(child.job)) continue
      const row = await settleChild(ports, run, at, child, me, isFollowed)
      if (row === "settled") memory.settled.add(child.job)
      else if (row !== "open") changed.push(row)
    }
  }
  return changed
}

/** The row that was ended; "settled": nothing will ever be to do for this child; "open": look again. */
async function settleChild(
  ports: LoopPorts,
  run: RunRecord,
  arrayAt: number,
  child: Child,
  me: OwnerId,
  isFollowed: boolean,
): Promise<RowRecord | "settled" | "open"> {
  const array = run.arrays[arrayAt]
  if (array === undefined) return "settled"
  const index = await ports.rowOf(array, child.index)
  if (await isCarriedLater(ports, run.arrays.slice(arrayAt + 1), index)) return "settled"
  const row = await ports.table.readRow(run.run, index)
  if (isFinal(row.state.status)) return "settled"
  if (liveAttempt(row.state) !== null || (isFollowed && row.state.status === "waiting")) return "open"
  // A stop of the whole run ends rows without a record by itself: writing 10,000 of them would say nothing new.
  if (row.version === 0 && isStoppedWhole(run)) return "open"
  return endRow(ports, run, row, child, me)
}

/** `retry` gives a row a new child: what became of the old one says nothing any more. */
async function isCarriedLater(
  ports: Pick<LoopPorts, "rowOf">,
  later: readonly ArrayRecord[],
  index: number,
): Promise<boolean> {
  for (const array of later) {
    if (typeof array.first === "number") {
      if (array.first <= index && index < array.first + array.size) return true
      continue
    }
    for (let child = 0; child < array.size; child++) if ((await ports.rowOf(array, child)) === index) return true
  }
  return false
}

async function endRow(
  ports: LoopPorts,
  run: RunRecord,
  row: RowRecord,
  child: Child,
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
