import { seconds } from "../service-answers.ts"
import type { JobLog } from "./job-log.ts"
import type { ModelledJob } from "./modelled-job.ts"

/** Members of the request that Describe does not give back: tags are asked for apart. */
const NOT_GIVEN_BACK: ReadonlySet<string> = new Set(["Tags", "SessionChainingConfig"])

/** DescribeTrainingJob's output: the request as given, and what became of the job. */
export function describeJob(job: ModelledJob, log: JobLog): Readonly<Record<string, unknown>> {
  const asked = Object.entries(job.request).filter(([member]) => !NOT_GIVEN_BACK.has(member))
  const { history } = job
  const metrics = log.metrics()
  return {
    ...Object.fromEntries(asked),
    TrainingJobArn: job.arn,
    TrainingJobStatus: history.status,
    SecondaryStatus: history.secondary,
    CreationTime: seconds(job.createdAt),
    LastModifiedTime: seconds(history.modifiedAt),
    SecondaryStatusTransitions: history.transitions(),
    EnableNetworkIsolation: asked.some(([name, value]) => name === "EnableNetworkIsolation" && value === true),
    EnableInterContainerTrafficEncryption: asked.some(
      ([name, value]) => name === "EnableInterContainerTrafficEncryption" && value === true,
    ),
    EnableManagedSpotTraining: job.isSpot,
    ...(job.failureReason === null ? {} : { FailureReason: job.failureReason }),
    ...(job.artifact === null ? {} : { ModelArtifacts: { S3ModelArtifacts: job.artifact } }),
    ...(metrics.length === 0 ? {} : { FinalMetricDataList: metrics }),
    ...times(job),
  }
}

/** A job that never was on machines has none of these. */
function times({ history, course, isSpot }: ModelledJob): Readonly<Record<string, unknown>> {
  if (history.startedAt === null) return {}
  const started = { TrainingStartTime: seconds(history.startedAt) }
  if (history.endedAt === null) return started
  return {
    ...started,
    TrainingEndTime: seconds(history.endedAt),
    TrainingTimeInSeconds: history.ranSeconds,
    BillableTimeInSeconds: isSpot ? Math.round(history.ranSeconds * (1 - course.spotSaving)) : history.ranSeconds,
  }
}

/** One entry of ListTrainingJobs. */
export function summarizeJob({ name, arn, createdAt, history }: ModelledJob): Readonly<Record<string, unknown>> {
  return {
    TrainingJobName: name,
    TrainingJobArn: arn,
    CreationTime: seconds(createdAt),
    LastModifiedTime: seconds(history.modifiedAt),
    TrainingJobStatus: history.status,
    SecondaryStatus: history.secondary,
    ...(history.endedAt === null ? {} : { TrainingEndTime: seconds(history.endedAt) }),
  }
}
