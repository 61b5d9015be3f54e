import { closeSync, openSync, writeSync } from "node:fs"
import { open } from "node:fs/promises"
import { afterExit } from "../../../core/run/child-exit.ts"
import { errorName, fileError, isMissing } from "../../disk/file-error.ts"
import { isAlive } from "../../process/identity.ts"
import { journalFile } from "./array-folder.ts"

/** One line: a worker was started (`process` null: it had ended before it could be identified), or one ended (`exit` null: without a code). */
export type JournalEntry =
  | { readonly child: number; readonly attempt: number; readonly process: string | null }
  | { readonly child: number; readonly attempt: number; readonly exit: number | null; readonly byPerson: boolean }

/** Where a child stands after its lines; a child without lines is queued with attempt 0. */
export type Progress =
  | { readonly state: "queued"; readonly attempt: number }
  | { readonly state: "running"; readonly attempt: number; readonly process: string | null }
  | { readonly state: "succeeded"; readonly attempt: number }
  | {
      readonly state: "failed"
      readonly attempt: number
      readonly exit: number | null
      readonly byPerson: boolean
    }

const UNSTARTED: Progress = { state: "queued", attempt: 0 }

/** A child's progress after one more entry. */
export function progressAfter(entry: JournalEntry): Progress {
  const { attempt } = entry
  if ("process" in entry) return { state: "running", attempt, process: entry.process }
  const next = entry.byPerson && entry.exit !== 0 ? "failed" : afterExit(attempt, entry.exit)
  if (next === "retry") return { state: "queued", attempt }
  if (next === "succeeded") return { state: "succeeded", attempt }
  return { state: "failed", attempt, exit: entry.exit, byPerson: entry.byPerson }
}

/** Whether the worker of a child that is journalled as running may be alive; on another host nobody can tell. */
export function isWorking(process: string | null): boolean {
  return process !== null && isAlive(process) !== false
}

/** The children of one array as its journal tells them; `refresh` reads only what was appended since. */
export class JournalReader {
  readonly #file: string
  readonly #progress = new Map<number, Progress>()
  #offset = 0

  constructor(folder: string) {
    this.#file = journalFile(folder)
  }

  of(child: number): Progress {
    return this.#progress.get(child) ?? UNSTARTED
  }

  apply(entry: JournalEntry): void {
    this.#progress.set(entry.child, progressAfter(entry))
  }

  /** Reads on to the last whole line; a torn last line is left for later, a broken one is nothing. */
  async refresh(): Promise<void> {
    const text = await readFrom(this.#file, this.#offset)
    const whole = text.subarray(0, text.lastIndexOf(0x0a) + 1)
    this.#offset += whole.length
    for (const line of whole.toString("utf8").split("\n")) {
      const entry = parseEntry(line)
      if (entry !== null) this.apply(entry)
    }
  }
}

/**
 * Appends entries; each is in the file when `append` returns, though not yet proof against a loss of power. What a full disk
 * refuses is kept and written, in order, once there is room: whoever reads meanwhile finds the process itself gone or there.
 */
export class JournalWriter {
  readonly #descriptor: number
  #unwritten: Buffer = Buffer.alloc(0)

  constructor(folder: string) {
    const file = journalFile(folder)
    try {
      this.#descriptor = openSync(file, "a")
    } catch (error) {
      throw fileError("write", file, error)
    }
    // Ends the line that a killed writer may have left torn, so that it spoils no entry of ours.
    this.#write("\n")
  }

  append(entry: JournalEntry): void {
    this.#write(`${JSON.stringify(entry)}\n`)
  }

  /** Tries again to write what is kept; true: nothing is left. */
  flush(): boolean {
    try {
      // A disk that fills up takes a part of a line: the rest of it follows where it was cut.
      while (this.#unwritten.length > 0) {
        this.#unwritten = this.#unwritten.subarray(writeSync(this.#descriptor, this.#unwritten))
      }
    } catch (error) {
      if (errorName(error) === null) throw error
    }
    return this.#unwritten.length === 0
  }

  #write(line: string): void {
    this.#unwritten = Buffer.concat([this.#unwritten, Buffer.from(line)])
    this.flush()
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

function parseEntry(line: string): JournalEntry | null {
  if (line === "") return null
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    // Torn by the death of its writer: what it would have said is found again by looking at the process.
    return null
  }
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  try {
    await using handle = await open(file, "r")
    const { size } = await handle.stat()
    const buffer = Buffer.alloc(Math.max(0, size - offset))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0)
    throw fileError("read", file, error)
  }
}
