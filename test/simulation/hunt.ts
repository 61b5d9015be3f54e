// Simulates seed after seed until something that must hold does not; prints what was found as one line of JSON.
// Arguments: first seed, number of seeds, rows. The mutant of the process says which scenario shows its mistake.
import type { Violation } from "../../src/simulation/invariants.ts"
import { simulateBesideDark } from "./beside-dark.ts"
import { MUTANTS } from "./mutants.ts"
import type { ScenarioOptions } from "./scenario.ts"
import { simulate } from "./simulate.ts"

const [first = 1, seeds = 1, rows = 100] = process.argv.slice(2).map(Number)
const shownBy = MUTANTS.find(({ name }) => name === process.env["REGATTA_MUTANT"])?.shownBy

for (let seed = first; seed < first + seeds; seed++) {
  for (const follow of ["attached", "detached"] as const) {
    const [violation] = await violationsOf({ seed, rows, follow })
    if (violation === undefined) continue
    report({ caught: true, seed, follow, violation })
    process.exit(0)
  }
}
report({ caught: false, seed: null })

async function violationsOf(options: Pick<ScenarioOptions, "seed" | "rows" | "follow">): Promise<readonly Violation[]> {
  if (shownBy === "beside-dark") return (await simulateBesideDark(options)).violations
  if (shownBy !== undefined) return (await simulate({ ...options, stop: true, directed: shownBy })).violations
  return (await simulate({ ...options, stop: options.seed % 2 === 0 })).violations
}

function report(found: object): void {
  process.stdout.write(`${JSON.stringify(found)}\n`)
}
