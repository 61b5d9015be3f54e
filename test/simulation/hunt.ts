// Simulates seed after seed until something that must hold does not; prints what was found as one line of JSON.
// Arguments: first seed, number of seeds, rows.
import { simulate } from "./simulate.ts"

const [first = 1, seeds = 1, rows = 100] = process.argv.slice(2).map(Number)

for (let seed = first; seed < first + seeds; seed++) {
  for (const follow of ["attached", "detached"] as const) {
    const { violations } = await simulate({ seed, rows, follow, stop: seed % 2 === 0 })
    const [violation] = violations
    if (violation === undefined) continue
    report({ caught: true, seed, follow, violation })
    process.exit(0)
  }
}
report({ caught: false, seed: null })

function report(found: object): void {
  process.stdout.write(`${JSON.stringify(found)}\n`)
}
