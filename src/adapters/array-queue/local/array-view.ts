import { CHILD_ATTEMPTS } from "../../../core/run/child-exit.ts"
import type { Child, ChildState } from "../../../ports/array-queue.ts"
import { jobOf } from "../child-environment.ts"
import type { ArrayEnd, LocalArray } from "./array-folder.ts"
import { isWorking, type JournalReader, type Progress } from "./journal.ts"

/** An array as its folder tells it. */
export interface ArrayView {
  readonly array: LocalArray
  readonly end: ArrayEnd | null
  readonly journal: JournalReader
}

export function childOf(view: ArrayView, index: number): Child {
  const progress = view.journal.of(index)
  return { job: jobOf(view.array, index), index, ...standing(view, progress) }
}

export function countChildren(view: ArrayView): Readonly<Record<ChildState, number>> {
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0 }
  for (let child = 0; child < view.array.size; child += 1) counts[standing(view, view.journal.of(child)).state] += 1
  return counts
}

/** Whether nothing of the array will run any more. */
export function isOver(view: ArrayView): boolean {
  const { queued, running } = countChildren(view)
  return queued + running === 0
}

function standing({ end }: ArrayView, progress: Progress): Pick<Child, "state" | "byPerson" | "reason"> {
  switch (progress.state) {
    case "succeeded":
      return { state: "succeeded", byPerson: false, reason: "" }
    case "failed":
      return {
        state: "failed",
        byPerson: progress.byPerson,
        reason: progress.byPerson ? (end?.reason ?? "") : failure(progress.attempt, progress.exit),
      }
    case "running":
      if (isWorking(progress.process)) return unfinished("running", end)
      return end === null && progress.attempt < CHILD_ATTEMPTS
        ? unfinished("queued", null)
        : lost(progress.attempt, end)
    case "queued":
      return end === null ? unfinished("queued", null) : lost(progress.attempt, end)
  }
}

/** A person who ended the array ended also what has not stopped yet. */
function unfinished(state: "queued" | "running", end: ArrayEnd | null) {
  return { state, byPerson: end !== null, reason: end?.reason ?? "" }
}

function lost(attempt: number, end: ArrayEnd | null) {
  return { state: "failed" as const, byPerson: end !== null, reason: end?.reason ?? failure(attempt, null) }
}

function failure(attempts: number, exit: number | null): string {
  const how = exit === null ? "ended without an exit code" : `exited with ${exit}`
  return `the worker ${how}${attempts > 1 ? ` (attempt ${attempts})` : ""}`
}
