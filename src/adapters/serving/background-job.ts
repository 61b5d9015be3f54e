// A process of ours that outlives its creator and serves: a folder that says what it is for, who carries it and how it ended.
// Starts no second carrier of a folder, and believes no carrier alive that is not proven to be.
import { closeSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Instant } from "../../core/ids.ts"
import type { Log } from "../../ports/world.ts"
import { errorName } from "../disk/file-error.ts"
import { isAlive } from "../process/identity.ts"
import {
  createOnce,
  type JobPaths,
  jobPaths,
  readJson,
  readLeaders,
  readSupervisor,
  readText,
} from "../process/job-folder.ts"
import { killFamily, startDetached } from "../process/processes.ts"
import { SERVER_MARKER } from "./server-command.ts"

/** How processes of ours are started, and who starts them. */
export interface JobStart {
  readonly self: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Identity of this process. */
  readonly process: string
  readonly log: Log
}

/** A carrier that was started takes its seat well within this, on a busy machine too. */
const BETWEEN_STARTS_MS = 10_000
const MOST_STARTS = 5

/** What is said of a job whose folder is there. "dead": its carrier is gone without a word, and so are its processes now. */
export type Seen =
  | { readonly kind: "ended"; readonly end: unknown }
  | { readonly kind: "live" }
  | { readonly kind: "dead"; readonly words: string }

export class BackgroundJobs {
  readonly #how: JobStart
  /** Name under which a process of ours carries such a job. */
  readonly #role: string
  readonly #started = new Map<string, { readonly at: Instant; readonly times: number }>()

  constructor(role: string, how: JobStart) {
    this.#role = role
    this.#how = how
  }

  /** Makes the folder, whole, and starts its carrier. False: the name is taken, nothing was made. */
  async begin(paths: JobPaths, description: object, now: Instant): Promise<boolean> {
    mkdirSync(dirname(paths.folder), { recursive: true })
    // Names have no dot: what a killed process leaves is told from them.
    const unnamed = mkdtempSync(join(dirname(paths.folder), `.new-${basename(paths.folder)}-`))
    try {
      const text = JSON.stringify({ ...description, createdAt: now, createdBy: this.#how.process })
      writeFileSync(jobPaths(unnamed).description, text)
      if (!nameFolder(unnamed, paths.folder)) return false
    } finally {
      rmSync(unnamed, { recursive: true, force: true })
    }
    await this.#start(paths, now)
    return true
  }

  /** Looks, and mends what can be: a job without a carrier gets one, what a dead carrier left is ended. */
  async see(paths: JobPaths, now: Instant): Promise<Seen> {
    const ended = readJson(paths.end)
    if (ended !== null) return { kind: "ended", end: ended }
    const carrier = readSupervisor(paths)
    if (carrier === null) return this.#seeUnseated(paths, now)
    if (isAlive(carrier) !== false) return { kind: "live" }
    // Between the two looks it may have written its end and gone.
    const last = readJson(paths.end)
    if (last !== null) return { kind: "ended", end: last }
    await killServers(paths)
    return { kind: "dead", words: lastWords(paths) }
  }

  async #seeUnseated(paths: JobPaths, now: Instant): Promise<Seen> {
    const { createdAt = now, createdBy = "" } = readJson(paths.description) as {
      createdAt?: number
      createdBy?: string
    }
    const last = this.#started.get(paths.folder)
    const first = isAlive(createdBy) === false ? createdAt : createdAt + BETWEEN_STARTS_MS
    if (now < (last === undefined ? first : last.at + BETWEEN_STARTS_MS)) return { kind: "live" }
    if (last !== undefined && last.times >= MOST_STARTS) {
      // The seat is taken, so that none begins any more.
      createOnce(paths.supervisor, JSON.stringify({ process: this.#how.process }))
      return { kind: "dead", words: `its process could not be started. ${lastWords(paths)}` }
    }
    await this.#start(paths, now)
    return { kind: "live" }
  }

  async #start(paths: JobPaths, now: Instant): Promise<void> {
    this.#started.set(paths.folder, { at: now, times: (this.#started.get(paths.folder)?.times ?? 0) + 1 })
    try {
      const words = openSync(paths.supervisorLog, "a")
      try {
        await startDetached({
          command: [...this.#how.self, this.#role, paths.folder],
          env: this.#how.env,
          cwd: paths.folder,
          stdio: ["ignore", words, words],
        })
      } finally {
        closeSync(words)
      }
    } catch (error) {
      if (errorName(error) === null) throw error
      this.#how.log.event("warn", `${this.#role}.notStarted`, { folder: paths.folder, error: String(error) })
    }
  }
}

/** Ends whatever serves for this folder; false: a process is not to be killed. */
export function killServers(paths: JobPaths): Promise<boolean> {
  return killFamily({ leaders: readLeaders(paths), marker: `${SERVER_MARKER}=${paths.folder}` })
}

function lastWords(paths: JobPaths): string {
  return readText(paths.supervisorLog)?.trim().split("\n").at(-1) ?? ""
}

function nameFolder(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    const name = errorName(error)
    if (name === "ENOTEMPTY" || name === "EEXIST") return false
    throw error
  }
}
