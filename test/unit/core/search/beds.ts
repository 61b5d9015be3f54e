import { parseYaml } from "../../../../src/app/yaml-node.ts"
import { formatProblem } from "../../../../src/core/problem.ts"
import type { Outcome, Search, TrialRow } from "../../../../src/core/search/search.ts"
import { NO_OVERRIDES, readSpace } from "../../../../src/core/sweep/read-space.ts"
import type { Space } from "../../../../src/core/sweep/space.ts"

/** A space and its search, as the file says them. */
export function aSearch(text: string): { readonly space: Space; readonly search: Search } {
  const parsed = parseYaml(text)
  if (!parsed.ok) throw new Error(parsed.wrong[0]?.message)
  const read = readSpace("space.yaml", parsed.root, NO_OVERRIDES)
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join("\n"))
  if (read.space.search === null) throw new Error("this space has no search")
  return { space: read.space, search: read.space.search }
}

/** Rows of rung 0, one trial each, and no more about them. */
export function trials(count: number): readonly TrialRow[] {
  return Array.from({ length: count }, (_, trial) => ({
    trial,
    rung: 0,
    resource: 1,
    point: [["a", (trial + 1) / 1000]] as const,
    parent: null,
  }))
}

/** Outcomes of the rows 0, 1, 2, … */
export function ended(...values: readonly (number | null)[]): readonly Outcome[] {
  return values.map((value, index) => ({ index, value }))
}
