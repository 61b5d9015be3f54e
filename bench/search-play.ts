import { isSearchOver, nextRows } from "../src/core/search/next-rows.ts"
import type { Outcome, Search, TrialRow } from "../src/core/search/search.ts"
import type { SeededRandom } from "../src/core/sweep/seeded-random.ts"
import type { Space } from "../src/core/sweep/space.ts"

export interface Played {
  readonly rows: readonly TrialRow[]
  /** In the order in which the rows ended. */
  readonly outcomes: readonly Outcome[]
  /** Sum of what all rows used; a row that continues a checkpoint uses what it has more than the row before. */
  readonly cost: number
}

interface Running {
  readonly index: number
  readonly endsAt: number
}

/**
 * A whole search in virtual time: `parallel` rows at once, each as long as what it uses, times a factor from 0.5 to 1.5 by
 * chance, so that rows end in another order than they began. As in a run, rows begin in rounds of a quarter of `parallel`.
 */
export function playSearch(
  space: Space,
  search: Search,
  measure: (row: TrialRow) => number,
  random: SeededRandom,
): Played {
  const rows: TrialRow[] = []
  const outcomes: Outcome[] = []
  const running: Running[] = []
  const round = Math.ceil(search.parallel / 4)
  let now = 0
  let cost = 0
  for (;;) {
    const room = search.parallel - running.length
    const added = room >= round || running.length === 0 ? nextRows(space, search, rows, outcomes, room) : []
    for (const row of added) {
      const before = row.parent === null ? 0 : (rows[row.parent]?.resource ?? 0)
      const used = (row.resource ?? 1) - before
      cost += used
      running.push({ index: rows.push(row) - 1, endsAt: now + used * (0.5 + random.uniform()) })
    }
    const [first] = running.toSorted((one, other) => one.endsAt - other.endsAt)
    if (first === undefined) break
    running.splice(running.indexOf(first), 1)
    now = first.endsAt
    outcomes.push({ index: first.index, value: measure(rows[first.index] as TrialRow) })
  }
  if (!isSearchOver(space, search, rows, outcomes)) throw new Error("nothing runs, and the search is not over")
  return { rows, outcomes, cost }
}
