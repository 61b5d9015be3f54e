import { join } from "node:path"
import { type Benchmark, compared, median, type Result } from "./result.ts"
import { BUNDLE, type Timed, timedNode } from "./timed-process.ts"
import { inWorkspace, writeManifest } from "./workspace.ts"

const SIZES = [10_000, 100_000]
const ROUNDS = 3
const PARSE_ONLY = join(import.meta.dirname, "parse-only.mjs")

/** Planning a whole manifest, against csv-parse alone on the same file: both as whole processes. */
export const plan: Benchmark = async () => {
  const results: Result[] = []
  for (const size of SIZES) results.push(...(await planOf(size)))
  return results
}

async function planOf(size: number): Promise<readonly Result[]> {
  return inWorkspace(async (folder) => {
    const manifest = writeManifest(folder, size, 2)
    const ours: Timed[] = []
    const bare: Timed[] = []
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await timedNode([BUNDLE, "plan", manifest, "-o", "json"], { cwd: folder }))
      bare.push(await timedNode([PARSE_ONLY, manifest]))
    }
    const rate = (runs: readonly Timed[]) => size / median(runs.map(({ seconds }) => seconds))
    const peak = (runs: readonly Timed[]) => median(runs.map(({ peakMiB }) => peakMiB))
    return [
      compared(`plan/${size}/rows-per-second`, "rows/s, against csv-parse alone", rate(ours), rate(bare)),
      compared(`plan/${size}/peak-memory`, "MiB, against csv-parse alone", peak(ours), peak(bare)),
    ]
  })
}
