import type { SearchSummary } from "../../core/run/search-summary.ts"
import { formatNumber } from "../output/format.ts"

/** `asha: 40 of 100 trials, 13 + 4 further up, 9 stopped early; best accuracy 0.93 (row 12, trial 3)`. */
export function searchLine(search: SearchSummary): string {
  const { method, metric, trials, trialsInAll, rungs, stoppedEarly, best, isOver } = search
  const further = rungs.filter(({ rung }) => rung > 0).map(({ rows }) => String(rows))
  const parts = [
    `${method}: ${trials} of ${trialsInAll} trials`,
    ...(further.length === 0 ? [] : [`${further.join(" + ")} further up`]),
    ...(stoppedEarly === 0 ? [] : [`${stoppedEarly} stopped early`]),
  ]
  const where = best === null ? "" : ` (row ${best.index}, trial ${best.trial}${rungText(best.rung)})`
  const none = isOver ? `no row showed ${metric}` : `no ${metric} yet`
  const found = best === null ? none : `best ${metric} ${formatNumber(best.value)}${where}`
  return `${parts.join(", ")}; ${found}${endText(search)}`
}

function rungText(rung: number): string {
  return rung === 0 ? "" : `, rung ${rung}`
}

function endText({ isOver, end, trials, trialsInAll }: SearchSummary): string {
  if (!isOver) return ""
  if (end === "budget") return "; it ended because the budget pays no further row"
  if (end === "stopped") return "; it was stopped"
  return trials < trialsInAll ? "; the space has no further points" : ""
}
