// The process behind one training job: takes the job's seat, carries the job out and writes its end.
// Refuses to be the second; talks to nobody but the job's folder.
import { RegattaError } from "../../../core/errors.ts"
import {
  createOnce,
  isUnseated,
  type JobPaths,
  jobPaths,
  readJson,
  writeEndFromReserve,
} from "../../process/job-folder.ts"
import { carryOutJob, type JobOutcome, type SupervisorHost } from "./carry-out-job.ts"
import { type JobDescription, parseDescription } from "./job-description.ts"
import { JobProgress } from "./progress.ts"

export type { SupervisorHost } from "./carry-out-job.ts"

/** How soon it is seen that the job's folder was removed. */
const SEAT_LOOK_MS = 1_000

/**
 * Supervises the training job in this folder until its end is written. Returns the process's exit code: 0, also when another
 * supervisor has the job already; 1 after a fault of ours, which the end then tells, and when somebody removed the folder:
 * then the trainers are ended, and there is nowhere to write an end.
 */
export async function superviseJob(folder: string, host: SupervisorHost): Promise<number> {
  const paths = jobPaths(folder)
  const description = parseDescription(readJson(paths.description))
  if (description === null) throw new RegattaError("notFound", `there is no training job in ${folder}`)
  if (!createOnce(paths.supervisor, JSON.stringify({ process: host.process }))) return 0
  const progress = new JobProgress(paths, description.spec.metrics)
  let isFault = false
  const seat = watchSeat(paths, host)
  const terminated = AbortSignal.any([host.terminated, seat.lost])
  const run = { paths, description, host: { ...host, terminated }, progress }
  const outcome = await carryOutJob(run).catch((error: unknown): JobOutcome => {
    isFault = true
    host.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    const reason = `the supervisor of ${description.jobName} broke: ${String(error)}`
    return { status: "failed", cause: "service", reason, artifact: null }
  })
  seat.close()
  progress.close()
  if (isUnseated(paths, host.process)) {
    host.err(`${folder} was removed: its training job was ended\n`)
    return 1
  }
  writeOutcome(paths, description, host, progress, outcome)
  return isFault ? 1 : 0
}

function watchSeat(paths: JobPaths, host: SupervisorHost): { readonly lost: AbortSignal; close(): void } {
  const lost = new AbortController()
  const timer = setInterval(() => {
    if (isUnseated(paths, host.process)) lost.abort("its folder was removed")
  }, SEAT_LOOK_MS)
  return { lost: lost.signal, close: () => clearInterval(timer) }
}

/** As SageMaker bills: from the first download to the end of the upload, of every host. */
function writeOutcome(
  paths: JobPaths,
  description: JobDescription,
  host: SupervisorHost,
  progress: JobProgress,
  outcome: JobOutcome,
): void {
  const endedAt = host.clock.now()
  const { startedAt } = progress
  const seconds = startedAt === null ? 0 : Math.ceil((endedAt - startedAt) / 1000)
  const end = { ...outcome, startedAt, endedAt, billableSeconds: seconds * description.place.instances }
  writeEndFromReserve(paths, { end, metrics: progress.scan.values() })
}
