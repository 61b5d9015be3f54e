// What a run keeps of its copies from region to region, in the tasks of the central table.
// It moves nothing and asks nobody: the objects themselves say what is there.
import type { Instant, Uri } from "../ids.ts"
import type { RunTask } from "../run/run-task.ts"
import type { PlannedCopy } from "./planned-copy.ts"

/**
 * planned -> copying -> done -> removed, and copying -> failed; a failed, removed or done one is copying again when its run is
 * submitted again and something is missing.
 */
export type CopyStatus = "planned" | "copying" | "done" | "failed" | "removed"

/** A checksum of the whole object that both stores keep; an etag that is made of the bytes; nothing but the size. */
export type CopyEvidence = "checksum" | "etag" | "size"

/** What the table holds of a copy: the state of a RunTask whose key is `copyKey`. */
export interface CopyRecord {
  readonly copy: PlannedCopy
  readonly status: CopyStatus
  /** Objects that are there and verified, and their bytes; those of `copy` once it is done. */
  readonly objects: number
  readonly bytes: number
  /** Of `objects`, those that were there before and were not copied again. */
  readonly reused: number
  /** How many objects are known in which way to be the source's, their sizes aside; `size`: by nothing else. */
  readonly verified: Readonly<Record<CopyEvidence, number>>
  /** Why it failed; empty otherwise. */
  readonly reason: string
  /** When copying began, and when this was written. */
  readonly since: Instant
  readonly at: Instant
}

export type CopyTask = RunTask & { readonly state: CopyRecord }

const KIND = "copy-"

/** Key of a copy's task in its run. */
export function copyKey({ to, listing }: Pick<PlannedCopy, "to" | "listing">): string {
  return `${KIND}${to}-${listing}`
}

export function isCopyTask(task: RunTask): task is CopyTask {
  return task.key.startsWith(KIND)
}

/** The folder of a copy: every object below it is one of the copy, and nothing else of ours lies there. Ends in a slash. */
export function copyFolder({ store, listing }: Pick<PlannedCopy, "store" | "listing">): Uri {
  return `${store}${listing}/` as Uri
}

export function plannedRecord(copy: PlannedCopy, at: Instant): CopyRecord {
  const verified = { checksum: 0, etag: 0, size: 0 }
  return { copy, status: "planned", objects: 0, bytes: 0, reused: 0, verified, reason: "", since: at, at }
}
