import type {
  DescribeTrainingJobCommandOutput,
  MetricData,
  ResourceConfig,
  TrainingJobSummary,
} from "@aws-sdk/client-sagemaker"
import type { Instant, JobName, Uri } from "../../../core/ids.ts"
import type { Cause, Final, JobEnd, TrainingJob } from "../../../core/job/training-job.ts"
import { isEnd, phaseOf } from "../../aws/sagemaker-phases.ts"

/** What Describe answers, without the envelope. */
export type Described = Partial<Omit<DescribeTrainingJobCommandOutput, "$metadata">>

const LONGEST_RAW = 200

/** A training job as Describe tells it. `askedAt` dates it where the service gives no time of its own. */
export function describedJob(job: Described, askedAt: Instant): TrainingJob {
  const { TrainingJobStatus: status, SecondaryStatus: secondary } = job
  // A job that is being deleted has ended, and its second status still says how.
  const ended = isEnd(status) ? status : status === "Deleting" && isEnd(secondary) ? secondary : undefined
  return {
    jobName: (job.TrainingJobName ?? "") as JobName,
    at: job.LastModifiedTime?.getTime() ?? askedAt,
    phase: ended === undefined ? phaseOf(status, secondary) : "unknown",
    raw: rawOf(job),
    startedAt: job.TrainingStartTime?.getTime() ?? null,
    metrics: lastValues(job.FinalMetricDataList ?? []),
    end: ended === undefined ? null : endOf(job, ended.toLowerCase() as Final, askedAt),
  }
}

/**
 * A training job as List tells it. Of an end it says only that there is one, not why, what it cost or where the artifact
 * lies: so it gives none, and Describe is asked.
 */
export function listedJob(job: Partial<TrainingJobSummary>, askedAt: Instant): TrainingJob {
  const { TrainingJobStatus: status, SecondaryStatus: secondary } = job
  return {
    jobName: (job.TrainingJobName ?? "") as JobName,
    at: job.LastModifiedTime?.getTime() ?? askedAt,
    phase: isEnd(status) ? "unknown" : phaseOf(status, secondary),
    raw: secondary ?? status ?? "",
    startedAt: null,
    metrics: {},
    end: null,
  }
}

/** The service's words; the message is for people only and changes without notice. */
function rawOf({
  TrainingJobStatus: status,
  SecondaryStatus: secondary,
  SecondaryStatusTransitions,
}: Described): string {
  const word = secondary ?? status ?? "unknown"
  const message = SecondaryStatusTransitions?.at(-1)?.StatusMessage ?? ""
  return (message === "" || isEnd(status) ? word : `${word}: ${message}`).slice(0, LONGEST_RAW)
}

function lastValues(metrics: readonly MetricData[]): Readonly<Record<string, number>> {
  const inOrder = [...metrics].sort((one, other) => timeOf(one) - timeOf(other))
  return Object.fromEntries(
    inOrder.flatMap(({ MetricName, Value }) =>
      MetricName === undefined || Value === undefined ? [] : [[MetricName, Value]],
    ),
  )
}

function timeOf({ Timestamp }: MetricData): number {
  return Timestamp?.getTime() ?? 0
}

function endOf(job: Described, status: Final, askedAt: Instant): JobEnd {
  const cause = causeOf(job, status)
  const trained = instanceSeconds(job, job.TrainingTimeInSeconds)
  const artifact = job.ModelArtifacts?.S3ModelArtifacts ?? ""
  return {
    status,
    cause,
    reason: reasonOf(job, status, cause),
    billableSeconds: instanceSeconds(job, job.BillableTimeInSeconds),
    ...(trained === null ? {} : { trainingSeconds: trained }),
    ...(job.CreationTime === undefined ? {} : { createdAt: job.CreationTime.getTime() }),
    startedAt: job.TrainingStartTime?.getTime() ?? null,
    endedAt: (job.TrainingEndTime ?? job.LastModifiedTime)?.getTime() ?? askedAt,
    // Of a failed job the service may name a place where nothing was written.
    artifact: status === "failed" || artifact === "" ? null : (artifact as Uri),
  }
}

/** By the prefix of the failure reason (aws.md 4.8, 7.3), and by the secondary status of a limit. */
const FAILURES: readonly (readonly [RegExp, Cause])[] = [
  [/^\s*CapacityError\b/, "capacity"],
  [/^\s*InternalServerError\b/, "service"],
  [/^\s*AlgorithmError\b/, "algorithm"],
  [/^\s*ClientError\b/, "client"],
  [/sts:AssumeRole|unable to assume the role/i, "client"],
]

function causeOf(job: Described, status: Final): Cause {
  const { SecondaryStatus: secondary, FailureReason: reason = "" } = job
  if (secondary === "MaxRuntimeExceeded") return "maxRuntime"
  if (secondary === "MaxWaitTimeExceeded") return "maxWait"
  if (status === "completed") return "done"
  const failure = FAILURES.find(([pattern]) => pattern.test(reason))?.[1]
  // A job that was given up while it waited for machines ends as stopped, and the reason says so.
  if (status === "stopped") return failure === "capacity" || hasWaitedTooLong(job) ? "capacity" : "person"
  return failure ?? "unknown"
}

/** It never had machines, and ended when its longest time of waiting for them was over: that limit has no status of its own. */
function hasWaitedTooLong({
  StoppingCondition,
  CreationTime,
  TrainingStartTime,
  LastModifiedTime,
}: Described): boolean {
  const seconds = StoppingCondition?.MaxPendingTimeInSeconds
  if (seconds === undefined || TrainingStartTime !== undefined) return false
  if (CreationTime === undefined || LastModifiedTime === undefined) return false
  return LastModifiedTime.getTime() - CreationTime.getTime() >= seconds * 1000
}

function reasonOf({ FailureReason, StoppingCondition }: Described, status: Final, cause: Cause): string {
  const said = FailureReason ?? ""
  if (said !== "" || status === "completed") return said
  if (cause === "maxRuntime") {
    return `MaxRuntimeExceeded: stopped at max_runtime, ${StoppingCondition?.MaxRuntimeInSeconds ?? "?"} s`
  }
  if (cause === "maxWait") {
    return `MaxWaitTimeExceeded: no Spot capacity within max_wait, ${StoppingCondition?.MaxWaitTimeInSeconds ?? "?"} s`
  }
  if (cause === "capacity") return `no capacity within max_pending, ${StoppingCondition?.MaxPendingTimeInSeconds} s`
  return status === "stopped" ? "stopped by a person" : "the service gives no reason"
}

/** The service tells seconds of wall clock, and bills them for each instance (aws.md 4.7). */
function instanceSeconds({ ResourceConfig }: Described, seconds: number | undefined): number | null {
  const instances = ResourceConfig === undefined ? null : instancesOf(ResourceConfig)
  return seconds === undefined || instances === null ? null : seconds * instances
}

function instancesOf({ InstanceCount, InstanceGroups }: Partial<ResourceConfig>): number | null {
  if (InstanceGroups === undefined || InstanceGroups.length === 0) return InstanceCount ?? null
  let sum = 0
  for (const group of InstanceGroups) {
    if (group.InstanceCount === undefined) return null
    sum += group.InstanceCount
  }
  return sum
}
