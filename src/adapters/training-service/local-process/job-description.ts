import type { Attempt } from "../../../core/decision/row.ts"
import type { JobName, RunId } from "../../../core/ids.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { fillLate } from "../../../core/manifest/fill-late.ts"
import type { LocalSettings, RunRecord } from "../../../core/run/run.ts"

const DESCRIPTION_VERSION = 1

/** All that the supervisor of a training job needs: `job.json` of its folder. */
export interface JobDescription {
  readonly version: typeof DESCRIPTION_VERSION
  readonly jobName: JobName
  readonly run: RunId
  readonly index: number
  readonly attempt: number
  readonly place: Place
  /** `{run}` and `{attempt}` are replaced in it. */
  readonly spec: JobSpec
  readonly storageMap: Readonly<Record<string, string>>
  readonly local: Pick<LocalSettings, "install" | "algorithms" | "stopGraceSeconds">
  /** Absolute path of the folder of local state. */
  readonly stateFolder: string
  /** Whether `/opt/ml` may be bound in a mount namespace; false: values are rewritten. */
  readonly bindOptMl: boolean
  /** Process that created the job. */
  readonly createdBy: string
  readonly createdAt: number
}

/** Settings of a run that has none for `local`. */
const NO_SETTINGS: JobDescription["local"] = { install: false, algorithms: {}, stopGraceSeconds: 120 }

export function describeJob(
  run: RunRecord,
  spec: JobSpec,
  attempt: Attempt,
  here: Pick<JobDescription, "stateFolder" | "bindOptMl" | "createdBy" | "createdAt">,
): JobDescription {
  return {
    version: DESCRIPTION_VERSION,
    jobName: attempt.jobName,
    run: run.run,
    index: spec.index,
    attempt: attempt.number,
    place: attempt.held.place,
    spec: fillLate(spec, run.run, attempt.number),
    storageMap: run.storageMap,
    local: run.local ?? NO_SETTINGS,
    ...here,
  }
}

/** Reads `job.json`; null: it is not one that we can obey. */
export function parseDescription(value: unknown): JobDescription | null {
  const description = value as JobDescription | null
  return description?.version === DESCRIPTION_VERSION && typeof description.jobName === "string" ? description : null
}

/** Whether the job in the folder is the one that this attempt would create. */
export function isOurs(description: JobDescription, run: RunRecord, attempt: Attempt): boolean {
  return (
    description.run === run.run && description.jobName === attempt.jobName && description.attempt === attempt.number
  )
}
