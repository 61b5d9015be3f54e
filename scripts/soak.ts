// `npm run soak`: simulated runs under seeded faults, as many and as large as asked; a seed is replayed by one line.
import { parseArgs } from "node:util"
import { type BatchResult, describeFound, simulateBatch } from "../test/simulation/batch.ts"

const USAGE = `usage: npm run -s soak -- [--rows N] [--seeds K] [--seed S] [--follow attached|detached] [--stop|--no-stop] [-o json]

  --rows N      rows of each run (default 100)
  --seeds K     number of seeds (default 500)
  --seed S      the first seed (default 1)
  --follow      attached or detached (default: by turns)
  --stop        every run is stopped at some moment; --no-stop: none is (default: by turns)
  -o json       one JSON document on stdout
`

const values = readArguments()

if (values.help) process.stdout.write(USAGE)
else await soak()

async function soak(): Promise<void> {
  const [rows, seeds, firstSeed] = [wholeNumber("rows"), wholeNumber("seeds"), wholeNumber("seed")]
  const { follow, stop, output } = values
  if (follow !== undefined && follow !== "attached" && follow !== "detached")
    refuse(`--follow: expected attached or detached, got "${follow}"`)
  if (output !== "text" && output !== "json") refuse(`-o: expected text or json, got "${output}"`)
  const startedAt = performance.now()
  const result = await simulateBatch({ rows, seeds, firstSeed, follow: follow ?? null, stop: stop ?? null })
  const seconds = Math.round((performance.now() - startedAt) / 10) / 100
  const report = reportOf(result, rows, seeds, seconds)
  process.stdout.write(output === "json" ? `${JSON.stringify(report, null, 2)}\n` : summary(report))
  for (const found of result.found) process.stderr.write(`${describeFound(found)}\n`)
  if (result.found.length > 0) process.exitCode = 1
}

function reportOf({ found, tally, counts }: BatchResult, rows: number, seeds: number, seconds: number) {
  const broken = (...names: readonly string[]) =>
    found.filter(({ violation }) => names.includes(violation.invariant)).length
  return {
    version: 1,
    rows,
    seeds,
    doubled: broken("one-live-job"),
    orphaned: broken("no-orphans"),
    lost: broken("it-ends", "final-is-final"),
    violations: found.length,
    completed: counts.completed,
    failed: counts.failed,
    stopped: counts.stopped,
    faults: sorted(tally.faults),
    transitions: sorted(tally.transitions),
    seconds,
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    requests: sorted(tally.requests),
  }
}

function summary(report: ReturnType<typeof reportOf>): string {
  const { seeds, rows, violations, doubled, orphaned, lost, completed, failed, stopped, seconds, peakRssMiB } = report
  const lines = [
    `${seeds} seeds x ${rows} rows in ${seconds} s, ${peakRssMiB} MiB at most`,
    `${violations} violations (${doubled} doubled, ${orphaned} orphaned, ${lost} lost)`,
    `rows: ${completed} completed, ${failed} failed, ${stopped} stopped`,
    ...table("faults", report.faults),
    ...table("transitions", report.transitions),
    ...table("requests", report.requests),
  ]
  return `${lines.join("\n")}\n`
}

function table(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  return ["", `${title}:`, ...Object.entries(counts).map(([name, count]) => `${String(count).padStart(10)}  ${name}`)]
}

function sorted(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        rows: { type: "string", default: "100" },
        seeds: { type: "string", default: "500" },
        seed: { type: "string", default: "1" },
        follow: { type: "string" },
        stop: { type: "boolean" },
        output: { type: "string", short: "o", default: "text" },
        help: { type: "boolean", short: "h", default: false },
      },
      allowNegative: true,
    }).values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

function wholeNumber(name: "rows" | "seeds" | "seed"): number {
  const text = values[name]
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) refuse(`--${name}: expected a whole number from 1, got "${text}"`)
  return Number(text)
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`)
  process.exit(2)
}
