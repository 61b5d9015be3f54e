import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { RegattaError } from "../../../core/errors.ts"
import type { RunId } from "../../../core/ids.ts"
import type { ArrayRecord, ObjectRef, RunRecord } from "../../../core/run/run.ts"
import { fileError, isMissing } from "../../disk/file-error.ts"
import { nameNew, writeBeside } from "../../disk/write-whole.ts"

const ARRAY_FILE_VERSION = 1

/** What the carrier of an array must know; written once, when the array is submitted. */
export interface LocalArray {
  readonly version: typeof ARRAY_FILE_VERSION
  readonly run: RunId
  readonly name: string
  readonly size: number
  readonly first: number | ObjectRef
  /** Workers of the run at once, in all and in each region. */
  readonly parallel: number
  readonly parallelPerRegion: number
}

/** A person's end of the array; written before any worker is told. */
export interface ArrayEnd {
  readonly reason: string
}

export function arraysFolder(stateFolder: string): string {
  return join(stateFolder, "arrays")
}

/** Refuses a name that would leave the folder of all arrays. */
export function arrayFolder(stateFolder: string, name: string): string {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) throw new RegattaError("fault", `not a name of an array: ${name}`)
  return join(arraysFolder(stateFolder), name)
}

export function journalFile(folder: string): string {
  return join(folder, "children.jsonl")
}

export function workerLog(folder: string, child: number, attempt: number): string {
  return join(folder, `worker-${child}-${attempt}.log`)
}

export function describeArray(run: RunRecord, array: ArrayRecord): LocalArray {
  if (run.local === null) throw new RegattaError("fault", `run ${run.run} has no settings for local`)
  const { parallel, parallelPerRegion } = run.local
  const { name, size, first } = array
  return { version: ARRAY_FILE_VERSION, run: run.run, name, size, first, parallel, parallelPerRegion }
}

/** Makes the array's folder; an array of this name that is there already stays as it is. */
export async function createArray(folder: string, array: LocalArray): Promise<void> {
  await writeOnce(join(folder, "array.json"), folder, array)
}

/** null: no array was submitted here. */
export async function readArray(folder: string): Promise<LocalArray | null> {
  const array = (await readJson(join(folder, "array.json"))) as LocalArray | null
  if (array !== null && array.version !== ARRAY_FILE_VERSION) {
    throw new RegattaError("unsupported", `${folder}/array.json was written by another version of regatta`)
  }
  return array
}

/** Keeps the first reason. */
export async function recordArrayEnd(folder: string, end: ArrayEnd): Promise<void> {
  await writeOnce(endFile(folder), folder, end)
}

export async function readArrayEnd(folder: string): Promise<ArrayEnd | null> {
  return existsSync(endFile(folder)) ? ((await readJson(endFile(folder))) as ArrayEnd | null) : null
}

function endFile(folder: string): string {
  return join(folder, "end.json")
}

/** A reader sees all of it or nothing. */
async function writeOnce(file: string, folder: string, content: unknown): Promise<void> {
  if (existsSync(file)) return
  const body = async function* () {
    yield new TextEncoder().encode(`${JSON.stringify(content)}\n`)
  }
  await writeBeside(folder, file, body(), async (written) => void (await nameNew(written, file)))
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"))
  } catch (error) {
    if (isMissing(error)) return null
    throw fileError("read", file, error)
  }
}
