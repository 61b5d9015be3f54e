import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { killFamily, signalProcess } from "../../../src/adapters/process/processes.ts"
import { BUNDLE, type Ended, environment, ROOT } from "../regatta-process.ts"
import { type Kind, type OurProcess, ourProcesses } from "./our-processes.ts"

export const ROWS = 6
/** A process that should have been there, or have ended, by then fails the test. */
export const DEADLINE_MS = 90_000
const LOOK_MS = 5
/** A run without any process of ours for this long is over. */
const QUIET_MS = 500
const REGIONS = ["us-east-1", "eu-west-1", "eu-central-1"]
const TRAINER = "stamping-trainer.sh"

export interface Stamp {
  readonly what: "start" | "end" | "double"
  readonly row: number
  readonly at: number
}

export interface Call {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

export interface BenchOptions {
  /** The bundle's main file. */
  readonly entry: string
  /** Lines added to regatta.yaml. */
  readonly settings?: string
  readonly secondsToTrain?: number
  readonly rows?: number
  /** Workers at once, in all and in each region. */
  readonly parallel?: readonly [all: number, perRegion: number]
}

/** Our program as it is shipped: it starts in half the time, and there are hundreds of starts here. Built here where nobody did for all files. */
export function buildBundle(): { readonly entry: string; readonly remove: () => void } {
  if (BUNDLE !== null) return { entry: BUNDLE, remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), "regatta-bundle-"))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    execFileSync(process.execPath, [join(ROOT, "scripts", "build.mjs"), join(folder, "dist")], { cwd: ROOT })
  } catch (error) {
    remove()
    throw error
  }
  return { entry: join(folder, "dist", "main.js"), remove }
}

/** A folder with a manifest of six rows in three regions, and our own command line on it. Everything in it ends with `close`. */
export class KillBench {
  readonly folder = mkdtempSync(join(tmpdir(), "regatta-kills-"))
  readonly #entry: string
  readonly #stamps = join(this.folder, "stamps")
  readonly #env: Readonly<Record<string, string>>

  constructor({ entry, settings = "", secondsToTrain = 0.2, rows = ROWS, parallel = [2, 1] }: BenchOptions) {
    this.#entry = entry
    this.#env = { ...environment(), REGATTA_HOME: join(this.folder, "state"), NO_COLOR: "1" }
    mkdirSync(join(this.folder, "code"))
    copyFileSync(join(import.meta.dirname, TRAINER), join(this.folder, "code", TRAINER))
    const lines = Array.from({ length: rows }, (_, row) => `${REGIONS[row % REGIONS.length]},${row}`)
    writeFileSync(join(this.folder, "manifest.csv"), `region,env.ROW\n${lines.join("\n")}\n`)
    writeFileSync(
      join(this.folder, "regatta.yaml"),
      [
        `local: {parallel: ${parallel[0]}, parallel_per_region: ${parallel[1]}}`,
        `defaults:`,
        `  instance_type: ml.m5.large`,
        `  framework: pytorch:2.3`,
        `  entry_point: code/${TRAINER}`,
        `  env: {STAMPS: ${this.#stamps}, SECONDS_TO_TRAIN: "${secondsToTrain}"}`,
        settings,
      ].join("\n"),
    )
  }

  /** `regatta <parameters>`, in a session of its own as from a terminal. */
  start(...parameters: readonly string[]): Call {
    return this.#start(parameters, {})
  }

  /** A worker by hand, with this environment beside what every worker of the folder gets. */
  worker(env: Readonly<Record<string, string>>): Promise<Ended> {
    const table = `sqlite:${join(this.folder, "state", "table.sqlite")}`
    return this.#start(["worker"], { REGATTA_TABLE: table, REGATTA_ON: "local", ...env }).ended
  }

  #start(parameters: readonly string[], env: Readonly<Record<string, string>>): Call {
    const child = spawn(process.execPath, [this.#entry, ...parameters], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    })
    return { process: child, ended: outcomeOf(child, parameters) }
  }

  async call(...parameters: readonly string[]): Promise<Ended> {
    return this.start(...parameters).ended
  }

  /** The only run; null: there is none. */
  async run(): Promise<string | null> {
    const stdout = await this.succeed("list", "-o", "json")
    const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly id: string }[] }
    if (runs.length > 1) throw new Error(`${runs.length} runs instead of one:\n${stdout}`)
    return runs[0]?.id ?? null
  }

  /** What the command printed; it must exit 0. */
  async succeed(...parameters: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(...parameters)
    if (code === 0) return stdout
    throw new Error(`regatta ${parameters.join(" ")} exited with ${code}:\n${stderr}`)
  }

  stamps(): readonly Stamp[] {
    let text = ""
    try {
      text = readFileSync(this.#stamps, "utf8")
    } catch {
      // No training has begun.
    }
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [what, row, at] = line.split(" ")
        return { what: what as Stamp["what"], row: Number(row), at: Number(at) }
      })
  }

  /**
   * Kills the nth process of a kind that appears, so many milliseconds after it was seen; one that ended by then passes the
   * lot to the next. False: all had ended before.
   */
  async killNth(kind: Kind, nth: number, afterMs: number): Promise<boolean> {
    const seen = new Set<string>()
    let quietSince: number | null = null
    while (quietSince === null || Date.now() - quietSince < QUIET_MS) {
      for (const { identity } of this.#processes().filter((each) => each.kind === kind)) {
        if (seen.has(identity)) continue
        seen.add(identity)
        if (seen.size < nth) continue
        await delay(afterMs)
        const isStill = this.identities(kind).includes(identity)
        if (isStill && signalProcess(identity, "SIGKILL")) return true
      }
      quietSince = this.#processes().length > 0 ? null : (quietSince ?? Date.now())
      await delay(LOOK_MS)
    }
    return false
  }

  /** Live processes of a kind, in a fixed order. */
  identities(kind: Kind): readonly string[] {
    return this.#processes()
      .flatMap((each) => (each.kind === kind ? each.identity : []))
      .sort()
  }

  /** Until nothing of this folder runs any more. */
  async isQuiet(): Promise<boolean> {
    const deadline = Date.now() + DEADLINE_MS
    while (this.#processes().length > 0) {
      if (Date.now() > deadline) return false
      await delay(LOOK_MS)
    }
    return true
  }

  #processes(): readonly OurProcess[] {
    return ourProcesses().filter(({ folder }) => folder === this.folder)
  }

  async close(): Promise<void> {
    await killFamily({ leaders: [], marker: `REGATTA_HOME=${this.#env["REGATTA_HOME"]}` })
    await killFamily({ leaders: [], marker: `STAMPS=${this.#stamps}` })
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

async function outcomeOf(child: ChildProcess, parameters: readonly string[]): Promise<Ended> {
  const said = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text
    })
  }
  const late = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS)
  const code = await new Promise<number>((end) => child.once("close", (exit) => end(exit ?? -1)))
  clearTimeout(late)
  if (code === -1 && child.signalCode !== "SIGKILL")
    throw new Error(`regatta ${parameters.join(" ")}: ${child.signalCode}`)
  return { code, ...said }
}
