import { lossOf } from "./known-rows.ts"
import { rungsOf } from "./rungs.ts"
import type { Live, Outcome, Search, StopOrder, TrialRow } from "./search.ts"

/**
 * `halving: stop`: every row that is to be stopped and has not ended, in the order in which it was decided. When a row first
 * reaches a rung it goes on if it is among the best 1/eta (at least one) of all that were seen there until then, itself
 * included, as in Ray Tune's ASHA. More readings never take back what was decided by those before.
 * @param seen every reading so far, in the order in which they were learned
 */
export function rowsToStop(
  search: Search,
  rows: readonly TrialRow[],
  outcomes: readonly Outcome[],
  seen: readonly Live[],
): readonly StopOrder[] {
  const { resource, halving, direction, metric } = search
  if (resource === null || halving !== "stop") return []
  const levels = rungsOf(resource).slice(0, -1)
  const shown: readonly number[][] = levels.map(() => [])
  const reached = new Map<number, number>()
  const orders = new Map<number, StopOrder>()
  for (const { index, resource: used, value } of seen) {
    const loss = lossOf(value, direction)
    // A reading that passes several rungs counts at the last: at the others the row would be held against younger ones.
    const rung = levels.findLastIndex((level) => used >= level)
    // What has used all of it is at its end.
    if (used >= resource.max || index >= rows.length) continue
    if (loss === null || rung <= (reached.get(index) ?? -1) || orders.has(index)) continue
    reached.set(index, rung)
    const others = shown[rung] ?? []
    const rank = others.filter((other) => other < loss).length
    others.push(loss)
    const most = Math.max(1, Math.floor(others.length / resource.eta + 1e-9))
    if (rank < most) continue
    const reason = `${metric} ${value} at ${resource.metric ?? resource.column} ${used}: number ${rank + 1} of ${others.length} so far, and ${most} ${most === 1 ? "goes" : "go"} on`
    orders.set(index, { index, rung, reason })
  }
  const ended = new Set(outcomes.map(({ index }) => index))
  return [...orders.values()].filter(({ index }) => !ended.has(index))
}
