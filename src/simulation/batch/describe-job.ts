import type { Input } from "./input.ts"
import { hasEnded, type Job, logStreamOf, type Submission, submissionStatus } from "./job.ts"
import { maxVcpus } from "./queues.ts"

/** DescribeJobs' form of an array's parent, or of the plain job. */
export function describeSubmission(submission: Submission): Input {
  const [job] = submission.jobs
  if (submission.arraySize === null && job !== undefined) return describeJob(job)
  const { arn, id, stoppedAt, ending } = submission
  return {
    jobArn: arn,
    jobId: id,
    ...common(submission),
    status: submissionStatus(submission),
    ...parentReason(submission),
    attempts: [],
    container: containerOf(submission, {}),
    arrayProperties: arrayProperties(submission),
    ...(stoppedAt === null ? {} : { stoppedAt }),
    isCancelled: ending?.kind === "cancelled",
    isTerminated: ending?.kind === "terminated",
  }
}

export function describeJob(job: Job): Input {
  const { submission, id, index, status, attempts, startedAt, stoppedAt, ending, exitCode, reason, taskArn } = job
  return {
    jobArn: index === null ? submission.arn : `${submission.arn}:${index}`,
    jobId: id,
    ...common(submission),
    status,
    ...reasonOf(job),
    attempts: attempts.map((attempt) => ({
      container: {
        taskArn: attempt.taskArn,
        logStreamName: attempt.logStream,
        networkInterfaces: [],
        ...(attempt.exitCode === null ? {} : { exitCode: attempt.exitCode }),
        ...(attempt.reason === null ? {} : { reason: attempt.reason }),
      },
      statusReason: attempt.statusReason,
      ...(attempt.startedAt === null ? {} : { startedAt: attempt.startedAt }),
      stoppedAt: attempt.stoppedAt,
    })),
    container: containerOf(submission, {
      ...(exitCode === null ? {} : { exitCode }),
      ...(reason === null ? {} : { reason }),
      ...(taskArn === null ? {} : { taskArn, logStreamName: logStreamOf(job, taskArn) }),
    }),
    ...(index === null ? {} : { arrayProperties: { index, statusSummary: {} } }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(stoppedAt === null ? {} : { stoppedAt }),
    isCancelled: ending?.kind === "cancelled",
    isTerminated: ending?.kind === "terminated",
  }
}

/** A line of ListJobs. */
export function summarizeSubmission(submission: Submission): Input {
  const [job] = submission.jobs
  if (submission.arraySize === null && job !== undefined) return summarizeJob(job)
  const { arn, id, name, createdAt, definition, stoppedAt } = submission
  return {
    jobArn: arn,
    jobId: id,
    jobName: name,
    createdAt,
    status: submissionStatus(submission),
    ...parentReason(submission),
    ...(stoppedAt === null ? {} : { stoppedAt }),
    arrayProperties: { size: submission.arraySize },
    jobDefinition: definition.arn,
  }
}

export function summarizeJob(job: Job): Input {
  const { submission, id, index, status, startedAt, stoppedAt, exitCode, reason } = job
  return {
    jobArn: index === null ? submission.arn : `${submission.arn}:${index}`,
    jobId: id,
    jobName: submission.name,
    createdAt: submission.createdAt,
    status,
    ...reasonOf(job),
    ...(startedAt === null ? {} : { startedAt }),
    ...(stoppedAt === null ? {} : { stoppedAt }),
    container: { ...(exitCode === null ? {} : { exitCode }), ...(reason === null ? {} : { reason }) },
    ...(index === null ? {} : { arrayProperties: { index } }),
    jobDefinition: submission.definition.arn,
  }
}

function common(submission: Submission): Input {
  const { name, queue, definition, createdAt, retry, dependsOn, parameters, timeoutSeconds, tags, propagateTags } =
    submission
  return {
    jobName: name,
    jobQueue: queue.arn,
    jobDefinition: definition.arn,
    createdAt,
    retryStrategy: retry,
    dependsOn: dependsOn.map(({ jobId, type }) => ({
      ...(jobId === null ? {} : { jobId }),
      ...(type === null ? {} : { type }),
    })),
    parameters,
    ...(timeoutSeconds === undefined ? {} : { timeout: { attemptDurationSeconds: timeoutSeconds } }),
    tags,
    propagateTags,
    platformCapabilities: definition.platformCapabilities,
  }
}

function containerOf({ container }: Submission, now: Input): Input {
  return {
    mountPoints: [],
    volumes: [],
    ulimits: [],
    secrets: [],
    networkInterfaces: [],
    ...container.properties,
    command: container.command,
    environment: Object.entries(container.environment).map(([name, value]) => ({ name, value })),
    ...now,
  }
}

function arrayProperties(submission: Submission): Input {
  return {
    size: submission.arraySize,
    statusSummary: { ...submission.counts },
    statusSummaryLastUpdatedAt: submission.countedAt,
  }
}

function parentReason(submission: Submission): Input {
  if (submission.ending !== null && hasEnded(submissionStatus(submission)))
    return { statusReason: submission.ending.reason }
  return submissionStatus(submission) === "FAILED" ? { statusReason: "Array Child Job failed" } : {}
}

/** What waits in a full queue says why. */
function reasonOf(job: Job): Input {
  const { submission, status, statusReason } = job
  if (status === "RUNNABLE" && submission.queue.usedVcpus + submission.container.vcpus > maxVcpus(submission.queue)) {
    return {
      statusReason:
        submission.container.vcpus > maxVcpus(submission.queue)
          ? "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
          : "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    }
  }
  return statusReason === null ? {} : { statusReason }
}
