// `npm run soak`: simulated runs under seeded faults, as many and as large as asked; a seed is replayed by one line.
import { spawnSync } from "node:child_process"
import { createWriteStream } from "node:fs"
import { parseArgs } from "node:util"
import { type BatchResult, describeFound, simulateBatch } from "../test/simulation/batch.ts"
import {
  ENOUGH_ROWS,
  FAULTS,
  FAULTS_OF_STOP,
  TRANSITIONS,
  TRANSITIONS_OF_STOP,
  withZeros,
} from "../test/simulation/must-happen.ts"
import { MOST_REGIONS } from "../test/simulation/scenario.ts"

const USAGE = `usage: npm run -s soak -- [--rows N] [--seeds K] [--minutes M] [--seed S] [--regions R] [--follow attached|detached]
                          [--stop|--no-stop] [--events|--no-events] [--history FILE] [-o json]

  --rows N      rows of each run (default 100)
  --seeds K     number of seeds (default 500)
  --minutes M   no further seed is begun after M minutes (default: no limit)
  --seed S      the first seed (default 1)
  --regions R   regions of each run (default 4, at most ${MOST_REGIONS})
  --follow      attached or detached (default: by turns, and detached above 1,000 rows)
  --stop        every run is stopped at some moment; --no-stop: none is (default: by turns)
  --events      followers hear of changes by events; --no-events: they only list (default: by the seed)
  --calm        nothing goes wrong: for counts of requests
  --history F   what happened, line by line, into a file
  -o json       one JSON document on stdout

Exits with 1 when something that must hold did not, or when of ${ENOUGH_ROWS} rows or more a fault or a move never happened.
`

/** Above so many rows the records alone need more memory than package.json grants. */
const ROWS_OF_A_SMALL_HEAP = 20_000
const LARGE_HEAP = "--max-old-space-size=3072"

const values = readArguments()

if (values.help) process.stdout.write(USAGE)
else if (wholeNumber("rows") > ROWS_OF_A_SMALL_HEAP && !process.execArgv.includes(LARGE_HEAP)) soakWithMoreMemory()
else await soak()

function soakWithMoreMemory(): void {
  const arguments_ = [LARGE_HEAP, ...process.argv.slice(1)]
  process.exitCode = spawnSync(process.execPath, arguments_, { stdio: "inherit" }).status ?? 1
}

async function soak(): Promise<void> {
  const [rows, seeds, firstSeed] = [wholeNumber("rows"), wholeNumber("seeds"), wholeNumber("seed")]
  const { follow, stop, output } = values
  if (follow !== undefined && follow !== "attached" && follow !== "detached")
    refuse(`--follow: expected attached or detached, got "${follow}"`)
  if (output !== "text" && output !== "json") refuse(`-o: expected text or json, got "${output}"`)
  const regions = wholeNumber("regions")
  if (regions > MOST_REGIONS) refuse(`--regions: expected at most ${MOST_REGIONS}, got "${regions}"`)
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : wholeNumber("minutes")
  const startedAt = performance.now()
  const isLate = () => performance.now() - startedAt > minutes * 60_000
  const log = values.history === undefined ? null : createWriteStream(values.history)
  const by = follow ?? (rows > 1000 ? "detached" : null)
  const result = await simulateBatch({
    ...{ rows, seeds, firstSeed, regions, isLate, isCalm: values.calm, hasEvents: values.events ?? null },
    follow: by,
    stop: stop ?? null,
    ...(log === null ? {} : { onLine: (line: string) => void log.write(line) }),
  })
  const seconds = Math.round((performance.now() - startedAt) / 10) / 100
  const report = reportOf(result, rows, seconds, stop ?? result.seeds > 2)
  process.stdout.write(output === "json" ? `${JSON.stringify(report, null, 2)}\n` : summary(report))
  for (const found of result.found) process.stderr.write(`${describeFound(found)}\n`)
  const never = result.seeds * rows < ENOUGH_ROWS || result.seeds < 20 || values.calm ? [] : zeros(report)
  if (never.length > 0) process.stderr.write(`never happened: ${never.join(", ")}\n`)
  if (result.found.length > 0 || never.length > 0) process.exitCode = 1
}

function zeros({
  faults,
  transitions,
}: Pick<ReturnType<typeof reportOf>, "faults" | "transitions">): readonly string[] {
  return Object.entries({ ...faults, ...transitions }).flatMap(([name, count]) => (count === 0 ? [name] : []))
}

function reportOf({ found, tally, counts, seeds }: BatchResult, rows: number, seconds: number, isStopped: boolean) {
  const faults = [...FAULTS, ...(isStopped ? FAULTS_OF_STOP : [])]
  const transitions = [...TRANSITIONS, ...(isStopped ? TRANSITIONS_OF_STOP : [])]
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
    faults: sorted(withZeros(tally.faults, faults)),
    transitions: sorted(withZeros(tally.transitions, transitions)),
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
        regions: { type: "string", default: "4" },
        minutes: { type: "string" },
        history: { type: "string" },
        calm: { type: "boolean", default: false },
        follow: { type: "string" },
        stop: { type: "boolean" },
        events: { type: "boolean" },
        output: { type: "string", short: "o", default: "text" },
        help: { type: "boolean", short: "h", default: false },
      },
      allowNegative: true,
    }).values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

function wholeNumber(name: "rows" | "seeds" | "seed" | "regions" | "minutes"): number {
  const text = values[name] ?? ""
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) refuse(`--${name}: expected a whole number from 1, got "${text}"`)
  return Number(text)
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`)
  process.exit(2)
}
