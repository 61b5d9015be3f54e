// Training jobs as processes of this machine: one folder each, one supervisor each, SageMaker's own container contract.
// Never trains in its own process, never keeps anything of a job in memory that the folder does not have.
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Observation } from "../../../core/decision/action.ts"
import type { Attempt } from "../../../core/decision/row.ts"
import { fileUri } from "../../../core/file-uri.ts"
import type { Instant, Uri } from "../../../core/ids.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import { localRefusals } from "../../../core/manifest/local-refusals.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { PreparedRequest, RequestPreview, RowRefusal } from "../../../ports/request-preview.ts"
import type { TrainingService } from "../../../ports/training-service.ts"
import type { Clock } from "../../../ports/world.ts"
import { errorName, fileError } from "../../disk/file-error.ts"
import { askForStop, type JobPaths, jobPaths, jobsFolder, readJson, readSupervisor } from "../../process/job-folder.ts"
import { signalProcess } from "../../process/processes.ts"
import { describeJob, isOurs, type JobDescription, parseDescription } from "./job-description.ts"
import { locate } from "./locate.ts"
import { liveJob, observeJob } from "./observe-job.ts"
import { fenceName, publishJob } from "./publish-job.ts"
import { missingInputs } from "./stage/channel-objects.ts"
import { type SupervisorStart, SupervisorStarter } from "./start-supervisor.ts"

const PAGE = 100
/** Errors of a machine that has too little of something just now. */
const PASSING: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "EBUSY", "EINTR"])

export interface LocalProcessOptions extends SupervisorStart {
  /** Folder of local state, absolute; jobs lie in `jobs/` below it. */
  readonly stateFolder: string
  readonly clock: Clock
  /** Whether `/opt/ml` may be bound where the machine allows it. Default true. */
  readonly bindOptMl?: boolean
}

export class LocalProcessTraining implements TrainingService, RequestPreview {
  readonly #options: LocalProcessOptions
  readonly #starter: SupervisorStarter

  constructor(options: LocalProcessOptions) {
    this.#options = options
    this.#starter = new SupervisorStarter(options)
  }

  async create(run: RunRecord, spec: JobSpec, attempt: Attempt, signal: AbortSignal): Promise<Observation> {
    const paths = this.#paths(attempt.jobName)
    if (readJson(paths.description) !== null) return this.describe(run, attempt)
    const now = this.#options.clock.now()
    const mayStill = () => !signal.aborted && this.#options.clock.now() <= attempt.sendBy
    if (!mayStill()) return this.describe(run, attempt)
    const description = this.#describe(run, spec, attempt, now)
    const reasons = refusalsOf(description)
    if (reasons.length > 0) return refused("invalid", reasons.join("; "), now)
    try {
      if (publishJob(paths, description, attempt.sendBy, mayStill) !== "made") return await this.describe(run, attempt)
    } catch (error) {
      return notMade(error, paths, now)
    }
    await this.#starter.startNow(paths, description, now)
    return { kind: "job", job: liveJob(paths, description, this.#options.clock.now()) }
  }

  /** What local refuses is told by the rules of core. */
  refusals(): readonly RowRefusal[] {
    return []
  }

  /** As of the object store of local. */
  home(): Uri {
    return `${fileUri(this.#options.stateFolder).replace(/\/+$/, "")}/store/` as Uri
  }

  /** Nothing of a registry runs here. */
  image(): null {
    return null
  }

  /** The `job.json` that `create` would write. */
  prepare(run: RunRecord, spec: JobSpec, attempt: Attempt): PreparedRequest {
    const request = this.#describe(run, spec, attempt, this.#options.clock.now())
    return { service: "local-process", operation: "StartTrainingJob", request }
  }

  async describe(run: RunRecord, attempt: Attempt): Promise<Observation> {
    const paths = this.#paths(attempt.jobName)
    const at = this.#options.clock.now()
    try {
      const text = readJson(paths.description)
      if (text === null && (at <= attempt.sendBy || fenceName(paths, attempt.sendBy))) return { kind: "absent", at }
      const description = parseDescription(text ?? readJson(paths.description))
      if (description === null) return { kind: "foreign", detail: `${paths.description} is not a training job of ours` }
      if (!isOurs(description, run, attempt)) {
        return { kind: "foreign", detail: `${paths.folder} belongs to row ${description.index} of ${description.run}` }
      }
      return { kind: "job", job: await this.#observe(paths, description, at) }
    } catch (error) {
      if (errorName(error) === null) throw error
      this.#options.log.event("warn", "training.describe", { jobName: attempt.jobName, error: String(error) })
      return { kind: "nothing" }
    }
  }

  async stop(run: RunRecord, attempt: Attempt): Promise<"stopping" | "ended" | "absent" | "unknown"> {
    const paths = this.#paths(attempt.jobName)
    try {
      const description = parseDescription(readJson(paths.description))
      if (description === null || !isOurs(description, run, attempt)) return "absent"
      const job = await this.#observe(paths, description, this.#options.clock.now())
      if (job.end !== null) return "ended"
      askForStop(paths)
      const supervisor = readSupervisor(paths)
      // Whoever takes the seat reads the request next.
      if (supervisor === null) await this.#starter.hurry(paths, description, this.#options.clock.now())
      else signalProcess(supervisor, "SIGTERM")
      return "stopping"
    } catch (error) {
      if (errorName(error) === null) throw error
      this.#options.log.event("warn", "training.stop", { jobName: attempt.jobName, error: String(error) })
      return "unknown"
    }
  }

  async changedSince(
    region: string,
    prefix: string,
    since: Instant,
    page: string | null,
  ): Promise<{ readonly jobs: readonly TrainingJob[]; readonly next: string | null }> {
    const changed = changedFolders(jobsFolder(this.#options.stateFolder), prefix, since)
    const from = page === null ? 0 : changed.findIndex((folder) => isAfter(folder, page))
    const some = from < 0 ? [] : changed.slice(from, from + PAGE)
    const jobs: TrainingJob[] = []
    for (const { name } of some) {
      const paths = this.#paths(name)
      const description = parseDescription(readJson(paths.description))
      if (description?.place.region !== region) continue
      jobs.push(await this.#observe(paths, description, this.#options.clock.now()))
    }
    const last = some.at(-1)
    const isLast = last === undefined || from + PAGE >= changed.length
    return { jobs, next: isLast ? null : `${last.changedAt}/${last.name}` }
  }

  async #observe(paths: JobPaths, description: JobDescription, now: Instant): Promise<TrainingJob> {
    const job = await observeJob(paths, description, this.#starter, now)
    if (job.end !== null) this.#starter.forget(description.jobName)
    return job
  }

  #describe(run: RunRecord, spec: JobSpec, attempt: Attempt, createdAt: Instant): JobDescription {
    const { stateFolder, bindOptMl = true, process } = this.#options
    return describeJob(run, spec, attempt, { stateFolder, bindOptMl, createdBy: process, createdAt })
  }

  #paths(jobName: string): JobPaths {
    return jobPaths(join(jobsFolder(this.#options.stateFolder), jobName))
  }
}

/** What SageMaker's own validation would say, and what this machine has no place or program for. */
function refusalsOf(description: JobDescription): readonly string[] {
  const { spec, local } = description
  const refusals = localRefusals(spec, local).map(({ column, message }) => `${column}: ${message}`)
  if (refusals.length > 0) return refusals
  const places = [["output", spec.output] as const, ["checkpoint", spec.checkpoint?.uri ?? null] as const]
  return [
    ...places
      .filter(([, uri]) => uri !== null && locate(uri, description) === null)
      .map(([column, uri]) => `${column}: ${uri} has no place on this machine: expected s3:// or file://`),
    ...(spec.program !== null && spec.program.archive === null ? ["entry_point: the code is not packed"] : []),
    ...missingInputs(spec.channels, description),
  ]
}

/** Nothing was made: the system's error says whether waiting can mend it. */
function notMade(error: unknown, paths: JobPaths, at: Instant): Observation {
  const name = errorName(error)
  if (name === null) throw error
  const told = fileError("create", paths.folder, error)
  const reason = told instanceof Error ? told.message : String(told)
  if (PASSING.has(name)) return { kind: "refused", at, code: "capacity", hopeless: false, reason }
  return refused(name === "EACCES" || name === "EPERM" || name === "EROFS" ? "denied" : "capacity", reason, at)
}

function refused(code: "invalid" | "denied" | "capacity", reason: string, at: Instant): Observation {
  return { kind: "refused", at, code, hopeless: true, reason }
}

interface ChangedFolder {
  readonly name: string
  readonly changedAt: Instant
}

/** Every file of a job is replaced by a rename, which changes its folder's time: nothing inside needs to be read. */
function changedFolders(jobs: string, prefix: string, since: Instant): readonly ChangedFolder[] {
  return readNames(jobs)
    .filter((name) => name.startsWith(prefix) && !name.startsWith("."))
    .flatMap((name) => {
      const changedAt = statSync(join(jobs, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
      return changedAt >= since ? [{ name, changedAt }] : []
    })
    .sort((left, right) => right.changedAt - left.changedAt || (left.name < right.name ? -1 : 1))
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errorName(error) === "ENOENT") return []
    throw error
  }
}

/** Whether a folder comes after the last of a page: by then others may have changed and moved to the front. */
function isAfter(folder: ChangedFolder, page: string): boolean {
  const slash = page.indexOf("/")
  const changedAt = Number(page.slice(0, slash))
  return folder.changedAt < changedAt || (folder.changedAt === changedAt && folder.name > page.slice(slash + 1))
}
