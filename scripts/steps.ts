// Runs the steps of `npm run check` and `npm test` one after the other and counts their tests.
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"

const ROOT = resolve(import.meta.dirname, "..")
const BINARIES = join(ROOT, "node_modules", ".bin")
const RESULTS = join(ROOT, "node_modules", ".cache", "test-results")

export interface Step {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** Where vitest leaves its counts; null: not a step of tests. */
  readonly results: string | null
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A step that takes longer hangs: a test that never gives way is not ended by its own time limit. */
const LONGEST_SECONDS = 2700

export const NO_TESTS: Counts = { passed: 0, failed: 0, skipped: 0 }

/** A step that is a command of node_modules/.bin, or `node` itself. */
export function commandStep(name: string, ...command: readonly [string, ...string[]]): Step {
  return { name, command, results: null }
}

/** A step that runs the tests below these paths. */
export function testStep(name: string, project: string, ...paths: readonly string[]): Step {
  const results = join(RESULTS, `${name}.json`)
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`]
  return { name, command: ["vitest", "run", "--project", project, ...reporters, ...paths], results }
}

/** Runs the steps in order; prints each with its seconds, and the whole output of the first that fails, which is the last. */
export async function runSteps(
  steps: readonly Step[],
): Promise<{ readonly counts: Counts; readonly failed: string | null }> {
  mkdirSync(RESULTS, { recursive: true })
  let counts = NO_TESTS
  for (const step of steps) {
    const { code, output, seconds } = await run(step)
    const own = countsOf(step, code)
    counts = sum(counts, own)
    const tests = step.results === null ? "" : `  ${own.passed} tests`
    console.log(
      `${code === 0 ? "ok    " : "FAILED"} ${step.name.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s${tests}`,
    )
    if (code === 0) continue
    console.log(`\n${output.trimEnd()}\n\n${step.name} failed: ${step.command.join(" ")}`)
    return { counts, failed: step.name }
  }
  return { counts, failed: null }
}

/** The line that tells a reader, and a program, how many tests there were. */
export function countsLine({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`
}

async function run(step: Step): Promise<{ code: number; output: string; seconds: number }> {
  const startedAt = performance.now()
  if (step.results !== null) rmSync(step.results, { force: true })
  const [command, ...parameters] = step.command
  const isNode = command === "node"
  const child = spawn(isNode ? process.execPath : join(BINARIES, command), parameters, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(),
    // A group of its own, so that a step that hangs is ended with all that it started.
    detached: true,
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8")
    stream.on("data", (text: string) => {
      output += text
    })
  }
  const end = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL")
  const limit = setTimeout(() => {
    output += `\nended: it took longer than ${LONGEST_SECONDS} s\n`
    end()
  }, LONGEST_SECONDS * 1000)
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt)
  function interrupt(signal: NodeJS.Signals) {
    end()
    process.exit(signal === "SIGINT" ? 130 : 143)
  }
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      output += `${error.message}\n`
      resolve(1)
    })
    child.once("close", (exit) => resolve(exit ?? 1))
  })
  clearTimeout(limit)
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt)
  return { code, output, seconds: (performance.now() - startedAt) / 1000 }
}

/** Ours, with the launchers' `node` being the one that runs us, and no colours in a pipe. */
function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env, PATH: `${BINARIES}:${process.env["PATH"] ?? ""}` }
  return process.stdout.isTTY ? { ...env, FORCE_COLOR: "1" } : { ...env, NO_COLOR: "1" }
}

/** A step that failed without a failed test (a type error, a file of tests that does not load) is one failure. */
function countsOf(step: Step, code: number): Counts {
  const reported = step.results === null || !existsSync(step.results) ? NO_TESTS : reportedIn(step.results)
  return { ...reported, failed: code === 0 ? reported.failed : Math.max(reported.failed, 1) }
}

function reportedIn(file: string): Counts {
  const report = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, number>>
  return {
    passed: report["numPassedTests"] ?? 0,
    failed: report["numFailedTests"] ?? 0,
    skipped: (report["numPendingTests"] ?? 0) + (report["numTodoTests"] ?? 0),
  }
}

function sum(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}
