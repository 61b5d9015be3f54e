// `npm run mutants`: puts each of a list of mistakes into the real source, one process each, and shows that the simulation notices.
import { parseArgs } from "node:util"
import { huntMutant } from "../test/simulation/hunt-mutant.ts"
import { MUTANTS } from "../test/simulation/mutants.ts"

const SEEDS = 500
const { values } = parseArgs({ options: { output: { type: "string", short: "o", default: "text" } } })
if (values.output !== "text" && values.output !== "json") {
  process.stderr.write(`-o: expected text or json, got "${values.output}"\n`)
  process.exit(2)
}

const mutants = []
for (const mutant of MUTANTS) {
  const { caught, seed, detail } = await huntMutant(mutant, { firstSeed: 1, seeds: SEEDS, rows: 100 })
  mutants.push({ name: mutant.name, caught, seed })
  process.stderr.write(
    `${mutant.name}: ${caught ? `caught by seed ${seed} (${detail})` : `not caught by ${SEEDS} seeds`}\n`,
  )
}
if (values.output === "json") process.stdout.write(`${JSON.stringify({ version: 1, mutants }, null, 2)}\n`)
if (mutants.some(({ caught }) => !caught)) process.exitCode = 1
