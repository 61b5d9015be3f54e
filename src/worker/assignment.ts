import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
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
  return {
    run: run as RunId,
    source: readSource(env),
    job: env["AWS_BATCH_JOB_ID"] ?? null,
    attempt: wholeNumber(env, "AWS_BATCH_JOB_ATTEMPT") ?? 1,
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
  if ((env["S3_ARRAY_FILE"] ?? "") !== "") {
    return new RegattaError(
      "usage",
      "S3_ARRAY_FILE without REGATTA_RUN comes with the aws platform, which is not built yet",
      {
        hint: "submit the file as a manifest: regatta submit MANIFEST",
      },
    )
  }
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
