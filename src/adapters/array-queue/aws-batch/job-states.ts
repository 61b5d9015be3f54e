import type { JobDetail, JobStatus, JobSummary } from "@aws-sdk/client-batch"
import { exitMeaning } from "../../../core/run/child-exit.ts"
import type { Child, ChildState } from "../../../ports/array-queue.ts"

/** Group of containers' logs that Batch makes itself; others would have to exist. */
export const LOG_GROUP = "/aws/batch/job"

/** Every status of Batch. A child that is starting may act at any moment, so it counts as running. */
export const CHILD_STATES: Readonly<Record<JobStatus, ChildState>> = {
  SUBMITTED: "queued",
  PENDING: "queued",
  RUNNABLE: "queued",
  STARTING: "running",
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
}

/** A status that this version does not know may still be at work. */
export function childState(status: string | undefined): ChildState {
  return CHILD_STATES[status as JobStatus] ?? "running"
}

/** Batch's statuses of a state, those first that say most of why. */
export function statusesOf(state: ChildState): readonly JobStatus[] {
  const statuses = Object.keys(CHILD_STATES) as JobStatus[]
  return statuses.filter((status) => CHILD_STATES[status] === state).reverse()
}

export function hasEnded(status: string | undefined): boolean {
  const state = childState(status)
  return state === "succeeded" || state === "failed"
}

/** A child, or a plain job, as Batch lists or describes it. `job`: its id as we write it. */
export function childOf(job: string, seen: JobDetail | JobSummary): Child {
  const byPerson = seen.isTerminated === true || seen.isCancelled === true
  return {
    job,
    index: seen.arrayProperties?.index ?? 0,
    state: childState(seen.status),
    byPerson,
    reason: byPerson ? (seen.statusReason ?? "") : reasonOf(seen),
  }
}

/** Batch's own words: of the job, of its container, and the exit code with what it means; then where its log is. */
function reasonOf({ status, statusReason, container }: JobDetail | JobSummary): string {
  if (childState(status) === "succeeded") return ""
  const { reason, exitCode } = container ?? {}
  const exit = exitCode === undefined ? undefined : exitText(exitCode)
  const log = container === undefined || childState(status) !== "failed" ? undefined : logText(container)
  const words = [statusReason, reason, exit, log].filter((each) => each !== undefined && each !== "")
  return words.join("; ")
}

function exitText(exit: number): string {
  const meaning = exitMeaning(exit)
  return meaning === null ? `exit code ${exit}` : `exit code ${exit} (${meaning})`
}

/** Only a description of the job has its stream; a job definition of the user's own may name another group. */
function logText(container: NonNullable<JobDetail["container"]> | NonNullable<JobSummary["container"]>) {
  if (!("logStreamName" in container) || container.logStreamName === undefined) return undefined
  const { logDriver = "awslogs", options } = container.logConfiguration ?? {}
  if (logDriver !== "awslogs") return undefined
  return `its log: ${options?.["awslogs-group"] ?? LOG_GROUP}, stream ${container.logStreamName}`
}

/** Children by state of an array's parent, or of a plain job. They add up to the size. */
export function countsOf(job: JobDetail): Readonly<Record<ChildState, number>> {
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0 }
  const size = job.arrayProperties?.size
  if (size === undefined) return { ...counts, [childState(job.status)]: 1 }
  for (const [status, count] of Object.entries(job.arrayProperties?.statusSummary ?? {}))
    counts[childState(status)] += count
  if (hasEnded(job.status)) return endedCounts(counts, size, childState(job.status))
  // The summary lags: a child that it does not have yet has not begun.
  counts.queued += Math.max(0, size - counts.queued - counts.running - counts.succeeded - counts.failed)
  return counts
}

/** A parent ends after all its children: what the summary still has as unfinished is only late. */
function endedCounts(
  { succeeded, failed }: Readonly<Record<ChildState, number>>,
  size: number,
  end: ChildState,
): Readonly<Record<ChildState, number>> {
  const late = Math.max(0, size - succeeded - failed)
  if (end === "succeeded") return { queued: 0, running: 0, succeeded: size - failed, failed }
  return { queued: 0, running: 0, succeeded, failed: failed + late }
}
