// The benchmarks: ratios and counts of the promises in ARCHITECTURE.md, measured on this machine, never asserted as times.
// `npm run -s bench -- [name…] [-o json]`; the bundle must be built (`npm run build`).
import { existsSync } from "node:fs"
import { idleFollower } from "./idle-follower.ts"
import { placement } from "./placement.ts"
import { plan } from "./plan.ts"
import { requests } from "./requests.ts"
import type { Benchmark, Result } from "./result.ts"
import { rowPick } from "./row-pick.ts"
import { run1000 } from "./run-1000.ts"
import { search } from "./search.ts"
import { searchTraining } from "./search-training.ts"
import { BUNDLE } from "./timed-process.ts"
import { workerLaunch } from "./worker-launch.ts"
import { workerStart } from "./worker-start.ts"

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  "worker-start": workerStart,
  "worker-launch": workerLaunch,
  "row-pick": rowPick,
  plan,
  placement,
  "run-1000": run1000,
  requests,
  "idle-follower": idleFollower,
  search,
  "search-training": searchTraining,
}

process.exitCode = await main(process.argv.slice(2))

async function main(parameters: readonly string[]): Promise<number> {
  const format = parameters.includes("-o") ? parameters[parameters.indexOf("-o") + 1] : "table"
  const names = parameters.filter((each, at) => each !== "-o" && parameters[at - 1] !== "-o")
  const unknown = names.filter((name) => BENCHMARKS[name] === undefined)
  if (unknown.length > 0 || (format !== "json" && format !== "table")) {
    const wrong = unknown.length > 0 ? `no benchmark "${unknown[0]}"` : `no format "${format}"`
    console.error(`${wrong}; benchmarks: ${Object.keys(BENCHMARKS).join(", ")}; formats: table, json`)
    return 2
  }
  if (!existsSync(BUNDLE)) {
    console.error("the bundle is not built: npm run build")
    return 2
  }
  const results: Result[] = []
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue
    console.error(`measuring ${name} …`)
    results.push(...(await benchmark()))
  }
  console.log(format === "json" ? JSON.stringify({ version: 1, results }) : asTable(results))
  return 0
}

function asTable(results: readonly Result[]): string {
  const lines = results.map(({ name, unit, value, baseline, ratio }) => [
    name,
    String(value),
    baseline === null ? "" : String(baseline),
    ratio === null ? "" : String(ratio),
    unit,
  ])
  const all = [["name", "value", "baseline", "ratio", "unit"], ...lines]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}
