import { RegattaError } from "../core/errors.ts"
import { type FoldedRows, foldRows } from "../core/run/fold-rows.ts"
import { rankBy } from "../core/run/leaderboard.ts"
import type { Results } from "./read-results.ts"

/** Which settings tell groups apart: those that are named, or all that differ but these. */
export type Grouping = { readonly by: readonly string[] } | { readonly but: readonly string[] }

export interface FoldedResults {
  /** Settings that tell the groups apart. */
  readonly names: readonly string[]
  /** Best first by the means. */
  readonly groups: readonly RankedGroup[]
}

export interface RankedGroup extends FoldedRows {
  /** From 1; null: no row of it has the metric. */
  readonly rank: number | null
}

/** Rows alike in some settings as one group each. Error `notFound`: a setting is named in which no rows differ. */
export function foldResults(run: string, results: Results, grouping: Grouping): FoldedResults {
  const names = "by" in grouping ? grouping.by : results.differing.filter((name) => !grouping.but.includes(name))
  const unknown = names.find((name) => !results.differing.includes(name))
  if (unknown !== undefined) {
    const known = results.differing.length === 0 ? "in nothing" : `in ${results.differing.join(", ")}`
    throw new RegattaError("notFound", `the rows of ${run} do not differ in "${unknown}": they differ ${known}`, {
      fields: { run },
    })
  }
  const folded = foldRows(
    results.rows.map(({ row, settings, wallSeconds }) => ({ ...row, settings, wallSeconds })),
    names,
  )
  const [first] = results.rankings
  const ranked = rankBy(folded, results.rankings, (group, metric) => group.metrics[metric]?.mean)
  const groups = ranked.map((group, at) => ({
    ...group,
    rows: group.rows.toSorted((one, other) => one - other),
    rank: first !== undefined && first.metric in group.metrics ? at + 1 : null,
  }))
  return { names, groups }
}
