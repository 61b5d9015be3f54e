import { solvePlacement } from "../src/app/solve-placement.ts"
import { highsOptimizer } from "../src/compose/optimizer.ts"
import { placementCases } from "./placement-cases.ts"
import { type Benchmark, compared, counted, type Result } from "./result.ts"

/** Placing 10,000 rows over 20 regions, against rows that all stay where their data lies: money, hours, and what it takes to find out. */
export const placement: Benchmark = async () => {
  const results: Result[] = []
  const optimizer = await highsOptimizer()
  for (const { name, problem } of placementCases()) {
    const before = process.cpuUsage()
    const started = performance.now()
    const found = await solvePlacement({ optimizer }, problem)
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(before)
    results.push(
      compared(`placement/${name}/usd`, "USD, against every row at its data", found.usd, found.baselineUsd),
      compared(
        `placement/${name}/hours`,
        "h until the last row is done, against the same",
        found.hours,
        found.baselineHours,
      ),
      counted(`placement/${name}/gap`, "of the best plan at most, proven", found.gap),
      counted(`placement/${name}/copies`, "copies", found.copies.length),
      counted(`placement/${name}/seconds`, "s", seconds),
      counted(`placement/${name}/cpu`, "s of the processor", (user + system) / 1e6),
    )
  }
  return results
}
