import { RegattaError } from "../core/errors.ts"
import type { RunId, Uri } from "../core/ids.ts"
import type { ObjectRef } from "../core/run/run.ts"
import type { Shell } from "../ports/world.ts"

/** Which row this process carries: named, by its place in one contiguous array, or by an entry of a row list. */
export type RowSource =
  | { readonly kind: "row"; readonly index: number }
  | { readonly kind: "offset"; readonly offset: number; readonly child: number }
  | { readonly kind: "list"; readonly list: ObjectRef; readonly child: number }

export interface Assignment {
  readonly run: RunId
  readonly source: RowSource
  /** Children of the array; 1: a plain job, or not told. */
  readonly size: number
  /** The queue's job id; null: nobody's child (started by hand). */
  readonly job: string | null
  /** From 1. */
  readonly attempt: number
}

type Env = Shell["env"]

const SOURCES = ["REGATTA_ROW_INDEX", "REGATTA_ROW_OFFSET", "REGATTA_ROW_LIST"] as const
const ARRAY_INDEX = "AWS_BATCH_JOB_ARRAY_INDEX"

/** Reads the environment that the queue made (product.md, "From child to row"). Anything wrong with it is `usage`. */
export function readAssignment(env: Env): Assignment {
  const run = env["REGATTA_RUN"] ?? ""
  if (run === "") throw notOfARun(env)
  return { run: run as RunId, source: readSource(env), ...readJob(env) }
}

/** A child, or a plain job, of an array that was submitted by hand: `S3_ARRAY_FILE` and no run (product.md, "Without submit"). */
export interface ArrayFileAssignment extends Omit<Assignment, "run"> {
  readonly uri: Uri
  /** null: the file's header, else region and s3_location. */
  readonly columns: readonly string[] | null
  readonly job: string
}

export function isArrayFile(env: Env): boolean {
  return (env["REGATTA_RUN"] ?? "") === "" && (env["S3_ARRAY_FILE"] ?? "") !== ""
}

/** Errors: `usage`. */
export function readArrayFile(env: Env): ArrayFileAssignment {
  const uri = env["S3_ARRAY_FILE"] ?? ""
  if (!/^s3:\/\/[^/]+\/.*[^/]$/.test(uri)) throw usage(`S3_ARRAY_FILE: expected s3://bucket/key, got "${uri}"`)
  const { job, ...rest } = readJob(env)
  const source = readSource(wholeNumber(env, ARRAY_INDEX) === null ? env : { REGATTA_ROW_OFFSET: "0", ...env })
  if (job === null) throw usage("AWS_BATCH_JOB_ID is not set: the run of S3_ARRAY_FILE is the Batch job")
  if (source.kind === "list") throw usage("REGATTA_ROW_LIST names rows of a run, and REGATTA_RUN is not set")
  return { uri: uri as Uri, columns: readColumns(env["REGATTA_COLUMNS"] ?? ""), source, job, ...rest }
}

function readColumns(text: string): readonly string[] | null {
  if (text === "") return null
  const columns = text.split(",").map((name) => name.trim())
  if (columns.every((name) => name !== "")) return columns
  throw usage(`REGATTA_COLUMNS: expected names of columns separated by commas, got "${text}"`)
}

/** The job as the run's record writes it: behind the region of its queue where that is not the home region. */
function readJob(env: Env): Pick<Assignment, "job" | "attempt" | "size"> {
  const id = env["AWS_BATCH_JOB_ID"] ?? ""
  const region = env["REGATTA_QUEUE_REGION"] ?? ""
  return {
    job: id === "" ? null : region === "" ? id : `${region}/${id}`,
    attempt: wholeNumber(env, "AWS_BATCH_JOB_ATTEMPT") ?? 1,
    size: wholeNumber(env, "AWS_BATCH_JOB_ARRAY_SIZE") ?? 1,
  }
}

/** A setting that the worker cannot do without. */
export function required(env: Env, name: string): string {
  const value = env[name] ?? ""
  if (value !== "") return value
  throw new RegattaError("usage", `${name} is not set: a worker gets its settings from the array that starts it`)
}

function readSource(env: Env): RowSource {
  const given = SOURCES.filter((name) => (env[name] ?? "") !== "")
  const child = wholeNumber(env, ARRAY_INDEX)
  const [source] = given
  if (given.length > 1) throw usage(`${given.join(" and ")} are both set; which row is meant is not certain`)
  if (source === "REGATTA_ROW_INDEX" && child !== null) {
    throw usage(`REGATTA_ROW_INDEX is set in an array job, so every child would take row ${env[source]}`)
  }
  if (source === "REGATTA_ROW_INDEX") return { kind: "row", index: wholeNumber(env, source) ?? 0 }
  if (child === null) throw usage(`not an array job: neither ${ARRAY_INDEX} nor REGATTA_ROW_INDEX is set`)
  if (source === "REGATTA_ROW_OFFSET") return { kind: "offset", offset: wholeNumber(env, source) ?? 0, child }
  if (source === "REGATTA_ROW_LIST") return { kind: "list", list: readList(env[source] ?? ""), child }
  throw usage(`${ARRAY_INDEX} is set, but neither REGATTA_ROW_OFFSET nor REGATTA_ROW_LIST says which row that is`)
}

function notOfARun(env: Env): RegattaError {
  if (isArrayFile(env))
    return usage("S3_ARRAY_FILE without REGATTA_RUN is for the platform aws, and REGATTA_ON is local")
  return usage("not an array job: REGATTA_RUN is not set")
}

function usage(message: string): RegattaError {
  return new RegattaError("usage", message, {
    hint: "the worker is started by the array job that `regatta submit` makes; to carry one row by hand: regatta run-row MANIFEST INDEX",
  })
}

function wholeNumber(env: Env, name: string): number | null {
  const text = env[name] ?? ""
  if (text === "") return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw usage(`${name}: expected a whole number from 0, got "${text}"`)
}

function readList(text: string): ObjectRef {
  const expected = `REGATTA_ROW_LIST: expected {"uri", "region", "etag", "bytes"} as JSON, got "${text.slice(0, 80)}"`
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw usage(expected)
  }
  if (!isObjectRef(list)) throw usage(expected)
  return list
}

function isObjectRef(value: unknown): value is ObjectRef {
  if (typeof value !== "object" || value === null) return false
  const { uri, region, etag, bytes } = value as Partial<Record<keyof ObjectRef, unknown>>
  return [uri, region, etag].every((each) => typeof each === "string") && Number.isSafeInteger(bytes)
}
