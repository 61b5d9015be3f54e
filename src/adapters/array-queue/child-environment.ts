// What a child of an array job is told, and how its job is named: the same for every queue of ours that plays Batch.
// It starts nothing.
import { RegattaError } from "../../core/errors.ts"
import type { ArrayRecord, RunRecord } from "../../core/run/run.ts"

export type Environment = Readonly<Record<string, string | undefined>>

type Shape = Pick<ArrayRecord, "name" | "size" | "first">

/** Job id of a child, as Batch writes it; a plain job has the array's own. */
export function jobOf(array: Pick<ArrayRecord, "name" | "size">, child: number): string {
  return array.size === 1 ? array.name : `${array.name}:${child}`
}

/** Reads an id that `jobOf` made; null: no such id. The child of a plain job is 0. */
export function parseJob(
  job: string,
): { readonly array: string; readonly child: number; readonly isPlain: boolean } | null {
  const [array = "", child, ...rest] = job.split(":")
  if (array === "" || rest.length > 0) return null
  if (child === undefined) return { array, child: 0, isPlain: true }
  return /^(0|[1-9]\d{0,4})$/.test(child) ? { array, child: Number(child), isPlain: false } : null
}

/** What Batch would put into the container's environment, over `base`. */
export function childEnvironment(
  base: Environment,
  run: Pick<RunRecord, "run">,
  array: Shape,
  child: number,
  attempt: number,
): Environment {
  return { ...cleared(base), REGATTA_RUN: run.run, ...rowSource(array), ...batchEnvironment(array, child, attempt) }
}

function batchEnvironment(array: Shape, child: number, attempt: number): Environment {
  const job = { AWS_BATCH_JOB_ID: jobOf(array, child), AWS_BATCH_JOB_ATTEMPT: String(attempt) }
  if (array.size === 1) return job
  return { ...job, AWS_BATCH_JOB_ARRAY_INDEX: String(child), AWS_BATCH_JOB_ARRAY_SIZE: String(array.size) }
}

/** Which row, or rows, as the worker reads it. */
export function rowSource({ name, size, first }: Shape): Environment {
  if (size === 1) {
    if (typeof first === "number") return { REGATTA_ROW_INDEX: String(first) }
    throw new RegattaError("fault", `array ${name}: a plain job has no array index, so it cannot have a row list`)
  }
  return typeof first === "number" ? { REGATTA_ROW_OFFSET: String(first) } : { REGATTA_ROW_LIST: JSON.stringify(first) }
}

/** Without what another job may have left: a worker that starts a run must not hand its own index on. */
function cleared(base: Environment): Environment {
  const isOfAJob = /^(AWS_BATCH_|REGATTA_ROW_|REGATTA_RUN$|S3_ARRAY_FILE$)/
  return Object.fromEntries(Object.entries(base).filter(([name]) => !isOfAJob.test(name)))
}
