import { type KnownRow, rankByLoss } from "./known-rows.ts"
import type { Resource } from "./search.ts"

/**
 * Rows that go on to the next rung, highest rung first, best first (ASHA: Li et al. 2020, "A System for Massively Parallel
 * Hyperparameter Tuning", algorithm 2): those among the best 1/eta of the values that their rung has so far. No rung waits for
 * others to finish, so an early row may go on that a later one would have kept back.
 */
export function promotions(
  known: readonly KnownRow[],
  eta: Resource["eta"],
  rungs: readonly number[],
): readonly KnownRow[] {
  const gone = promotedOf(known)
  return byRung(known, rungs).flatMap((ranked) =>
    ranked.slice(0, Math.floor(ranked.length / eta + 1e-9)).filter(({ index }) => !gone.has(index)),
  )
}

/**
 * Once nothing is unfinished and nothing can begin: the best row of the highest rung that has a value, where none of that rung
 * went on. Without it a search of fewer trials than eta^rungs would never train its best row in full.
 */
export function lastPromotion(known: readonly KnownRow[], rungs: readonly number[]): KnownRow | null {
  const top = rungs.length - 1
  const gone = promotedOf(known)
  const valued = known.filter(({ loss }) => loss !== null)
  const highest = valued.reduce((most, { row }) => Math.max(most, row.rung), -1)
  const ranked = rankByLoss(valued.filter(({ row }) => row.rung === highest))
  return highest >= top || ranked.some(({ index }) => gone.has(index)) ? null : (ranked[0] ?? null)
}

/** Values of each rung but the last, highest rung first, best first. */
function byRung(known: readonly KnownRow[], rungs: readonly number[]) {
  const below = rungs.slice(0, -1).map((_, rung) => rankByLoss(known.filter(({ row }) => row.rung === rung)))
  return below.toReversed()
}

function promotedOf(known: readonly KnownRow[]): ReadonlySet<number | null> {
  return new Set(known.map(({ row }) => row.parent))
}
