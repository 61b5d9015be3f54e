// `npm run soak:wire`: real workers against the emulator over wires that lose, delay, cut, throttle and fail; a seed is
// replayed by one line.
import { parseArgs } from "node:util"
import { buildBundle } from "../test/e2e/kills/kill-bench.ts"
import { carryOutSeeds } from "../test/e2e/wire/wire-batch.ts"

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "3" },
    output: { type: "string", short: "o", default: "text" },
  },
})

const seeds = Array.from({ length: Number(values.seeds) }, (_, at) => Number(values.seed) + at)
const startedAt = performance.now()
const bundle = buildBundle()
try {
  const { outcomes, fates, killed } = await carryOutSeeds(bundle.entry, seeds, Number(values.lanes), (outcome) => {
    const { seed, broken, counts, seconds } = outcome
    process.stderr.write(`seed ${seed}: ${JSON.stringify(counts)} in ${seconds.toFixed(1)} s\n`)
    for (const each of broken)
      process.stderr.write(`  BROKEN ${each}\n  replay: npm run -s soak:wire -- --seeds 1 --seed ${seed}\n`)
  })
  const counts = { completed: 0, failed: 0, stopped: 0 }
  for (const outcome of outcomes)
    for (const status of ["completed", "failed", "stopped"] as const) counts[status] += outcome.counts[status] ?? 0
  const violations = outcomes.reduce((sum, { broken }) => sum + broken.length, 0)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const report = { version: 1, seeds: outcomes.length, rows: 4, violations, ...counts, killed, faults: fates, seconds }
  process.stdout.write(`${JSON.stringify(report, null, values.output === "json" ? 2 : 0)}\n`)
  if (violations > 0 || Object.values(fates).includes(0)) process.exitCode = 1
} finally {
  bundle.remove()
}
