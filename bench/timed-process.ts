import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const ROOT = resolve(import.meta.dirname, "..")
const REPORT_PEAK = join(import.meta.dirname, "report-peak.mjs")

/** The two ways in: the sources with their types stripped, and the bundle. */
export const SOURCE = join(ROOT, "src", "cli", "main.ts")
export const BUNDLE = join(ROOT, "dist", "main.js")

export interface Timed {
  readonly seconds: number
  /** Peak of resident memory of this process alone, not of those it started. */
  readonly peakMiB: number
  readonly stdout: string
}

export interface Start {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Exit codes that are right; else the benchmark ends with what the process said. */
  readonly allowed?: readonly number[]
}

/** Runs Node with these arguments to its end. */
export async function timedNode(parameters: readonly string[], start: Start = {}): Promise<Timed> {
  const peakFile = join(tmpdir(), `regatta-peak-${process.pid}-${Math.random().toString(36).slice(2)}`)
  const began = performance.now()
  const child = spawn(process.execPath, ["--import", REPORT_PEAK, ...parameters], {
    cwd: start.cwd ?? ROOT,
    env: { ...process.env, ...start.env, BENCH_PEAK_FILE: peakFile },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const said = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text
    })
  }
  const code = await new Promise<number>((end, fail) => {
    child.once("error", fail)
    child.once("close", (exit) => end(exit ?? 1))
  })
  const seconds = (performance.now() - began) / 1000
  if (!(start.allowed ?? [0]).includes(code)) {
    throw new Error(`node ${parameters.join(" ")} exited ${code}:\n${said.stderr}${said.stdout}`)
  }
  const peakKiB = existsSync(peakFile) ? Number(readFileSync(peakFile, "utf8")) : Number.NaN
  rmSync(peakFile, { force: true })
  return { seconds, peakMiB: peakKiB / 1024, stdout: said.stdout }
}

/** Milliseconds from the start of Node until its stderr holds this text; the process is left to end by itself. */
export async function millisecondsUntil(
  text: string,
  parameters: readonly string[],
  start: Start = {},
): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, parameters, {
    cwd: start.cwd ?? ROOT,
    env: { ...process.env, ...start.env },
    stdio: ["ignore", "ignore", "pipe"],
  })
  let said = ""
  let at = Number.NaN
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    said += piece
    if (Number.isNaN(at) && said.includes(text)) at = performance.now() - began
  })
  await new Promise<void>((end, fail) => {
    child.once("error", fail)
    child.once("close", () => end())
  })
  if (Number.isNaN(at)) throw new Error(`node ${parameters.join(" ")} never said "${text}":\n${said}`)
  return at
}
