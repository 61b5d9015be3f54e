import type { TrainingJob } from "../job/training-job.ts"
import { attemptNumber } from "../run/names.ts"

/**
 * Whether a training job as somebody saw it replaces what is kept: a later attempt's always; of the same attempt an end
 * replaces anything live and never the reverse (an ended job does not come back, but clocks of two services differ);
 * else the newer moment.
 */
export function isNewer(job: TrainingJob, kept: TrainingJob | null): boolean {
  if (kept === null) return true
  const [mine, theirs] = [noteRank(job), noteRank(kept)]
  for (let i = 0; i < mine.length; i++) {
    const difference = (mine[i] ?? 0) - (theirs[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

/** Attempt number, ended or not, moment: compared in this order. */
export function noteRank(job: TrainingJob): readonly [attempt: number, ended: 0 | 1, at: number] {
  return [attemptNumber(job.jobName), job.end === null ? 0 : 1, job.at]
}
