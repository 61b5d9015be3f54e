import { startSoak } from "../test/simulation/start-soak.ts"
import { type Benchmark, counted, type Result } from "./result.ts"

/** With the regions that each has. */
const RUNS = [
  { rows: 100, regions: 4 },
  { rows: 1_000, regions: 4 },
  { rows: 10_000, regions: 4 },
  { rows: 100_000, regions: 4 },
] as const

/** Requests per row of a simulated run in which nothing goes wrong, by service and operation, attached and detached. */
export const requests: Benchmark = async () => {
  const results: Result[] = []
  for (const { rows, regions } of RUNS) {
    for (const follow of ["attached", "detached"]) {
      const size = ["--rows", `${rows}`, "--regions", `${regions}`, "--seeds", "1"]
      const { report, stderr } = await startSoak([...size, "--follow", follow, "--no-stop", "--calm"])
      if (report === null || report.violations > 0) throw new Error(`the simulated run failed: ${stderr}`)
      for (const [operation, count] of Object.entries(report.requests))
        results.push(counted(`requests/${rows}/${follow}/${operation}`, "requests per row", count / rows))
    }
  }
  return results
}
