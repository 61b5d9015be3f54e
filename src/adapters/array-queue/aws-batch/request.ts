// What is asked of Batch, as plain values. Nothing is sent from here, and no secret stands in any of it: whoever may describe
// a job reads its environment. A PostgreSQL password comes by `secrets` of a job definition of one's own (batch.job_definition).
import type {
  ContainerOverrides,
  ListJobsRequest,
  RegisterJobDefinitionRequest,
  RetryStrategy,
  SubmitJobRequest,
} from "@aws-sdk/client-batch"
import type { BatchSettings } from "../../../core/config/batch-settings.ts"
import { RegattaError } from "../../../core/errors.ts"
import { CHILD_ATTEMPTS, WORKER_EXIT } from "../../../core/run/child-exit.ts"
import type { ArrayRecord, RunRecord } from "../../../core/run/run.ts"
import { type Environment, rowSource } from "../child-environment.ts"
import { fargateMemory } from "./fargate-sizes.ts"
import { LOG_GROUP } from "./job-states.ts"

/** What the queue's machines are. Batch lets no queue mix the two. */
export type Platform = "FARGATE" | "EC2"

/** Longest reason of TerminateJob. */
const REASON_LENGTH = 1024

/**
 * Batch tries again whatever no rule matches (no exit code, 75, 137, a lost host, an image that cannot be pulled), so only the
 * three codes that end a child are named. Patterns of exit codes are digits (SDK, `EvaluateOnExit`).
 */
export const RETRY_STRATEGY: RetryStrategy = {
  attempts: CHILD_ATTEMPTS,
  evaluateOnExit: [WORKER_EXIT.usage, WORKER_EXIT.badRow, WORKER_EXIT.failed].map((code) => ({
    onExitCode: String(code),
    action: "EXIT",
  })),
}

export type Definition = Omit<RegisterJobDefinitionRequest, "jobDefinitionName">

/** The worker's job definition but for its name. It has no time limit: a worker stays as long as its training job. Error `usage` names a missing key. */
export function definitionOf(settings: BatchSettings, platform: Platform): Definition {
  const { job_role: jobRoleArn, execution_role: executionRoleArn } = settings
  const isFargate = platform === "FARGATE"
  return {
    type: "container",
    platformCapabilities: [platform],
    propagateTags: true,
    retryStrategy: RETRY_STRATEGY,
    containerProperties: {
      image: required(settings, "image", "the image of the worker, or batch.job_definition"),
      command: ["worker"],
      resourceRequirements: resources(settings, platform),
      jobRoleArn: jobRoleArn ?? required(settings, "job_role", "the role of the worker"),
      ...(executionRoleArn !== undefined || isFargate
        ? { executionRoleArn: executionRoleArn ?? required(settings, "execution_role", "needed on Fargate") }
        : {}),
      logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": LOG_GROUP } },
      // In a public subnet nothing can be reached without an address; behind a NAT gateway it is not used.
      ...(isFargate ? { networkConfiguration: { assignPublicIp: "ENABLED" } } : {}),
    },
  }
}

function required(settings: BatchSettings, key: "image" | "job_role" | "execution_role", what: string): string {
  const value = settings[key]
  if (value !== undefined && value !== "") return value
  throw new RegattaError("usage", `batch.${key} is not set: ${what}`, {
    hint: "set it in regatta.yaml, or name a job definition of your own: batch.job_definition",
  })
}

function resources({ vcpu, memory_mib: memory }: BatchSettings, platform: Platform) {
  const [cpus, mib] =
    platform === "FARGATE" ? [vcpu ?? 0.25, fargateMemory(vcpu ?? 0.25, memory)] : [wholeCpus(vcpu ?? 1), memory ?? 512]
  return [
    { type: "VCPU" as const, value: String(cpus) },
    { type: "MEMORY" as const, value: String(mib) },
  ]
}

function wholeCpus(vcpu: number): number {
  if (Number.isInteger(vcpu)) return vcpu
  throw new RegattaError("usage", `batch.vcpu: on EC2 a job has whole vCPUs, got ${vcpu}`)
}

export interface SubmitTarget {
  readonly queue: string
  /** Name, name with revision, or ARN. */
  readonly definition: string
  readonly environment: Environment
}

/** An array, or a lone row as a plain job: arrays have 2 to 10,000 children. */
export function submitRequest(run: RunRecord, array: ArrayRecord, target: SubmitTarget): SubmitJobRequest {
  const environment = { ...target.environment, REGATTA_RUN: run.run, ...rowSource(array) }
  return {
    ...jobRequest(run, array.name, target, { environment: pairs(environment) }),
    ...(array.size === 1 ? {} : { arrayProperties: { size: array.size } }),
  }
}

/** A follower of one run: a plain job of the same image. */
export function followRequest(run: RunRecord, target: SubmitTarget): SubmitJobRequest {
  const overrides = { command: ["follow", run.run], environment: pairs(target.environment) }
  return jobRequest(run, followerName(run), target, overrides)
}

export function followerName({ run }: Pick<RunRecord, "run">): string {
  return `${run}-follow`
}

function jobRequest(
  { run, createdBy }: RunRecord,
  jobName: string,
  { queue, definition }: SubmitTarget,
  containerOverrides: ContainerOverrides,
): SubmitJobRequest {
  return {
    jobName,
    jobQueue: queue,
    jobDefinition: definition,
    containerOverrides,
    // A definition of the user's own may have other rules: these are what the worker's exit codes mean.
    retryStrategy: RETRY_STRATEGY,
    tags: { "regatta:run": run, "regatta:owner": tagValue(createdBy) },
    propagateTags: true,
  }
}

/** Batch allows 256 letters, digits, spaces and `+-=._:/@`. */
function tagValue(text: string): string {
  return text.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, 256)
}

function pairs(environment: Environment) {
  return Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
}

/** Jobs of a name, of every status: a filter makes Batch look at all, and the most a page may have is then 100. */
export function byNameRequest(queue: string, name: string, nextToken: string | undefined): ListJobsRequest {
  return {
    jobQueue: queue,
    filters: [{ name: "JOB_NAME", values: [name] }],
    maxResults: 100,
    ...(nextToken === undefined ? {} : { nextToken }),
  }
}

/** Children of one status: without a status Batch lists only those that run. */
export function childrenRequest(
  arrayJobId: string,
  jobStatus: NonNullable<ListJobsRequest["jobStatus"]>,
  nextToken: string | undefined,
): ListJobsRequest {
  return { arrayJobId, jobStatus, maxResults: 1000, ...(nextToken === undefined ? {} : { nextToken }) }
}

export function terminateRequest(jobId: string, reason: string) {
  return { jobId, reason: reason.slice(0, REASON_LENGTH) }
}
