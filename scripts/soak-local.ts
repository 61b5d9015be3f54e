// `npm run soak:local`: runs of real processes on this machine, of which workers, trainers and the follower are killed at
// random; every row must complete, and none may train twice at once.
import { parseArgs } from "node:util"
import { buildBundle } from "../test/e2e/kills/kill-bench.ts"
import { soakLocally } from "../test/e2e/kills/soak-local.ts"

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    rows: { type: "string", default: "300" },
    output: { type: "string", short: "o", default: "text" },
  },
})

const [first, count, rows] = [values.seed, values.seeds, values.rows].map(Number) as [number, number, number]
const totals = { violations: 0, doubled: 0, lost: 0, killed: { worker: 0, trainer: 0, follower: 0 } }
const startedAt = performance.now()
const bundle = buildBundle()
try {
  for (let seed = first; seed < first + count; seed++) {
    const { broken, doubled, lost, killed, counts, seconds } = await soakLocally(bundle.entry, seed, rows)
    process.stderr.write(
      `seed ${seed}: ${counts["completed"]} of ${rows} completed, killed ${JSON.stringify(killed)}, ${seconds.toFixed(0)} s\n`,
    )
    for (const each of broken) process.stderr.write(`  BROKEN ${each}\n`)
    if (broken.length > 0)
      process.stderr.write(`  again: npm run -s soak:local -- --seeds 1 --seed ${seed} --rows ${rows}\n`)
    totals.violations += broken.length
    totals.doubled += doubled
    totals.lost += lost
    for (const kind of ["worker", "trainer", "follower"] as const) totals.killed[kind] += killed[kind]
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const report = { version: 1, seeds: count, rows, ...totals, seconds }
  process.stdout.write(`${JSON.stringify(report, null, values.output === "json" ? 2 : 0)}\n`)
  // A kind that was never killed was never survived.
  if (totals.violations > 0 || Object.values(totals.killed).includes(0)) process.exitCode = 1
} finally {
  bundle.remove()
}
