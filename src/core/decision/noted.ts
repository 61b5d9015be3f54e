import type { TrainingJob } from "../job/training-job.ts"
import { attemptNumber } from "../run/names.ts"
import { isSame } from "../same.ts"
import type { Timing } from "./policy.ts"

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

/** A note's moment may lag so many polls behind what was last seen: on aws 5 minutes. */
const STALE_POLLS = 10

/**
 * Whether what was seen is worth a write over what the table is known to hold (null: nothing): it replaces that, and tells a
 * reader something else or is much younger. A worker looks every 30 s at a job that trains for days: noted each time, its
 * row would cost thousands of writes that say nothing, and each would be read again by everybody who watches.
 */
export function isWorthNoting(job: TrainingJob, kept: TrainingJob | null, { poll }: Pick<Timing, "poll">): boolean {
  if (!isNewer(job, kept)) return false
  return kept === null || !readsAs(job, kept) || job.at - kept.at >= STALE_POLLS * poll
}

/** Whether a reader sees the same in both. The service's words change with every look (counters, times); they are shown only where its phase is not one of ours. */
function readsAs(one: TrainingJob, other: TrainingJob): boolean {
  const isWordShown = one.phase === "unknown" || one.phase === "stopping"
  return (
    one.jobName === other.jobName &&
    one.phase === other.phase &&
    (!isWordShown || one.raw === other.raw) &&
    one.startedAt === other.startedAt &&
    isSame(one.metrics, other.metrics) &&
    isSame(one.end, other.end)
  )
}

/** Attempt number, ended or not, moment: compared in this order. */
export function noteRank(job: TrainingJob): readonly [attempt: number, ended: 0 | 1, at: number] {
  return [attemptNumber(job.jobName), job.end === null ? 0 : 1, job.at]
}
