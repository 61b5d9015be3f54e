import type { JobName } from "../../../core/ids.ts"
import { type JobPaths, readLeaders } from "../../process/job-folder.ts"
import type { Family } from "../../process/processes.ts"

/** All processes of a training job: sessions of its trainers, and whatever carries the job's name in its environment. */
export function familyOf(paths: JobPaths, jobName: JobName): Family {
  return { leaders: readLeaders(paths), marker: `TRAINING_JOB_NAME=${jobName}` }
}
