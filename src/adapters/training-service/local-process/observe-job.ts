import type { Instant } from "../../../core/ids.ts"
import type { JobEnd, TrainingJob } from "../../../core/job/training-job.ts"
import { isAlive } from "../../process/identity.ts"
import {
  createOnce,
  type JobPaths,
  type JobState,
  readEnd,
  readState,
  readSupervisor,
  readText,
  type StoredEnd,
  stopAskedAt,
  writeEnd,
} from "../../process/job-folder.ts"
import { killFamily, signalProcess } from "../../process/processes.ts"
import { familyOf } from "./family.ts"
import type { JobDescription } from "./job-description.ts"

/** A supervisor that is still busy with an end this long after the grace hangs (in a regular expression, say). */
const HANG_PATIENCE_MS = 30_000

/** What an observer may do about a job that nobody supervises. */
export interface Starter {
  /** Identity of the observing process. */
  readonly process: string
  /** Starts a supervisor if it is time to; "hopeless": it was tried often enough. */
  start(paths: JobPaths, description: JobDescription, now: Instant): Promise<"waiting" | "hopeless">
}

/**
 * The truth about a job whose folder is there. A job without a supervisor gets one; what a dead supervisor left is ended
 * first, then the end is written, once for everybody.
 */
export async function observeJob(
  paths: JobPaths,
  description: JobDescription,
  starter: Starter,
  now: Instant,
): Promise<TrainingJob> {
  const ended = readEnd(paths)
  if (ended !== null) return endedJob(description, ended, now)
  const supervisor = readSupervisor(paths)
  if (supervisor === null) {
    if ((await starter.start(paths, description, now)) === "waiting") return liveJob(paths, description, now)
    return abandon(paths, description, starter, now)
  }
  if (isOverdue(paths, description, now)) signalProcess(supervisor, "SIGKILL")
  if (isAlive(supervisor) !== false) return liveJob(paths, description, now)
  // Between the two looks it may have written its end and gone.
  const last = readEnd(paths)
  if (last !== null) return endedJob(description, last, now)
  return afterDeath(paths, description, supervisor, now)
}

async function afterDeath(
  paths: JobPaths,
  description: JobDescription,
  supervisor: string,
  now: Instant,
): Promise<TrainingJob> {
  if (!(await killFamily(familyOf(paths, description.jobName)))) {
    return {
      ...liveJob(paths, description, now),
      phase: "stopping",
      raw: "its supervisor is dead, its processes resist",
    }
  }
  const lastWords = readText(paths.supervisorLog)?.trim().split("\n").at(-1) ?? ""
  const killed = `the supervisor of ${description.jobName} was killed (process ${supervisor})`
  return endedJob(description, keepEnd(paths, deadEnd(paths, `${killed}${lastWords && `: ${lastWords}`}`, now)), now)
}

/** Takes the supervisor's seat, so that none begins any more, and ends the job. */
async function abandon(
  paths: JobPaths,
  description: JobDescription,
  starter: Starter,
  now: Instant,
): Promise<TrainingJob> {
  if (!createOnce(paths.supervisor, JSON.stringify({ process: starter.process }))) {
    return liveJob(paths, description, now)
  }
  const words = readText(paths.supervisorLog)?.trim().split("\n").at(-1) ?? ""
  const reason = `the supervisor of ${description.jobName} could not be started${words && `: ${words}`}`
  return endedJob(description, keepEnd(paths, deadEnd(paths, reason, now)), now)
}

/** The end of a job that nobody supervises any more: what it cost is not known. */
function deadEnd(paths: JobPaths, reason: string, now: Instant): StoredEnd {
  const state = readState(paths)
  const isStopped = stopAskedAt(paths) !== null
  const end: JobEnd = {
    status: isStopped ? "stopped" : "failed",
    cause: isStopped ? "person" : "service",
    reason,
    billableSeconds: state?.startedAt == null ? 0 : null,
    startedAt: state?.startedAt ?? null,
    endedAt: now,
    artifact: null,
  }
  return { end, metrics: state?.metrics ?? {} }
}

/** On a full disk the end is true although it cannot be kept: the next observer finds the same. */
function keepEnd(paths: JobPaths, end: StoredEnd): StoredEnd {
  try {
    return writeEnd(paths, end)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    return end
  }
}

export function endedJob(description: JobDescription, { end, metrics }: StoredEnd, at: Instant): TrainingJob {
  const raw = end.status.charAt(0).toUpperCase() + end.status.slice(1)
  return {
    jobName: description.jobName,
    at,
    phase: "unknown",
    raw,
    startedAt: end.startedAt,
    metrics,
    end,
  }
}

export function liveJob(paths: JobPaths, description: JobDescription, at: Instant): TrainingJob {
  const state: JobState = readState(paths) ?? { phase: "starting", startedAt: null, metrics: {} }
  const phase = stopAskedAt(paths) !== null ? "stopping" : state.phase
  return {
    jobName: description.jobName,
    at,
    phase,
    raw: phase.charAt(0).toUpperCase() + phase.slice(1),
    startedAt: state.startedAt,
    metrics: state.metrics,
    end: null,
  }
}

/** The supervisor hangs: it neither obeyed a stop nor ended the job at its max_runtime. Uploading may take its time. */
function isOverdue(paths: JobPaths, description: JobDescription, now: Instant): boolean {
  const state = readState(paths)
  if (state?.phase === "uploading") return false
  const runUntil = (state?.startedAt ?? Number.POSITIVE_INFINITY) + description.spec.maxRuntimeSeconds * 1000
  const endsAt = Math.min(stopAskedAt(paths) ?? Number.POSITIVE_INFINITY, runUntil)
  return now >= endsAt + description.local.stopGraceSeconds * 1000 + HANG_PATIENCE_MS
}
