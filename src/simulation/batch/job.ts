import type { Instant } from "../../core/ids.ts"
import type { Input } from "./input.ts"
import type { JobDefinition } from "./job-definitions.ts"
import type { JobQueue } from "./queues.ts"
import type { RetryStrategy } from "./retry-strategy.ts"

export const JOB_STATUSES = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

/** One SubmitJob, with what definition and overrides come to. */
export interface Submission {
  readonly id: string
  readonly arn: string
  readonly name: string
  readonly region: string
  /** Order of submission in the region. */
  readonly sequence: number
  readonly queue: JobQueue
  readonly definition: JobDefinition
  readonly createdAt: Instant
  readonly parameters: Readonly<Record<string, string>>
  readonly container: Container
  readonly retry: RetryStrategy
  readonly timeoutSeconds: number | undefined
  readonly dependsOn: readonly Dependency[]
  readonly tags: Readonly<Record<string, string>>
  readonly propagateTags: boolean
  /** null: a plain job. */
  readonly arraySize: number | null
  /** The plain job itself, or the children by their index. */
  readonly jobs: readonly Job[]
  /** How many jobs are in each status. */
  readonly counts: Record<JobStatus, number>
  countedAt: Instant
  /** When the array was ended by a person, and why. */
  ending: Ending | null
  stoppedAt: Instant | null
}

export interface Container {
  readonly image: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly vcpus: number
  /** As DescribeJobs shows it. */
  readonly properties: Input
}

export interface Dependency {
  readonly jobId: string | null
  readonly type: "SEQUENTIAL" | "N_TO_N" | null
}

export interface Ending {
  readonly kind: "terminated" | "cancelled"
  readonly reason: string
}

/** One thing that runs: a plain job or a child of an array. */
export interface Job {
  readonly submission: Submission
  /** null: a plain job. */
  readonly index: number | null
  readonly id: string
  status: JobStatus
  statusReason: string | null
  /** Attempts begun; 0 before the first. */
  attempt: number
  readonly attempts: Attempt[]
  startedAt: Instant | null
  stoppedAt: Instant | null
  taskArn: string | null
  exitCode: number | null
  reason: string | null
  /** A person, or the time limit, ends it: it is not tried again. */
  ending: Ending | null
  isTimedOut: boolean
}

/** An attempt that has ended. */
export interface Attempt {
  readonly taskArn: string
  readonly logStream: string
  readonly exitCode: number | null
  readonly reason: string | null
  readonly statusReason: string
  readonly startedAt: Instant | null
  readonly stoppedAt: Instant
}

export function hasEnded(status: JobStatus): boolean {
  return status === "SUCCEEDED" || status === "FAILED"
}

/** The parent of an array: PENDING as soon as a child is RUNNABLE, and until every child has ended. */
export function submissionStatus({ arraySize, jobs, counts }: Submission): JobStatus {
  const [job] = jobs
  if (arraySize === null && job !== undefined) return job.status
  if (counts.SUCCEEDED + counts.FAILED === jobs.length) return counts.FAILED > 0 ? "FAILED" : "SUCCEEDED"
  return counts.SUBMITTED + counts.PENDING === jobs.length ? "SUBMITTED" : "PENDING"
}

/** `<first 200 of the definition's name>/default/<task id>`, in the group /aws/batch/job. */
export function logStreamOf({ submission }: Job, taskArn: string): string {
  return `${submission.definition.name.slice(0, 200)}/default/${taskArn.slice(taskArn.lastIndexOf("/") + 1)}`
}
