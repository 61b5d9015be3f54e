import type { Job } from "./job.ts"

/** What Batch asks of the outside. `job` and `attempt` name a running container; an end is reported by the same two. */
export type BatchEffect = StartEffect | EndEffect

export interface StartEffect {
  readonly kind: "start"
  readonly region: string
  readonly job: string
  /** From 1. */
  readonly attempt: number
  readonly image: string
  readonly command: readonly string[]
  /** The job's own and Batch's; nothing of the host's. */
  readonly environment: Readonly<Record<string, string>>
  /** In the group /aws/batch/job. */
  readonly logStream: string
}

/** `terminate` is SIGTERM, `kill` SIGKILL. Neither needs an answer: the end of the container is reported as ever. */
export interface EndEffect {
  readonly kind: "terminate" | "kill"
  readonly region: string
  readonly job: string
  readonly attempt: number
}

/** How the outside tells that a container is over. */
export interface ContainerEnd {
  readonly region: string
  readonly job: string
  readonly attempt: number
  /** null: there is none: the host is gone, or the container could not be started. */
  readonly exitCode: number | null
  /** Of the container, e.g. `CannotStartContainerError: …`; null: nothing to add. */
  readonly reason: string | null
}

/** What a container finds in its environment [Batch, "job environment variables"]: an index only where it is a child. */
export function containerEnvironment(job: Job): Readonly<Record<string, string>> {
  const { submission, index } = job
  const { queue, arraySize, container } = submission
  return {
    ...container.environment,
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JOB_ATTEMPT: String(job.attempt),
    AWS_BATCH_JQ_NAME: queue.name,
    AWS_BATCH_CE_NAME: queue.environments[0]?.name ?? "",
    ...(index === null
      ? {}
      : { AWS_BATCH_JOB_ARRAY_INDEX: String(index), AWS_BATCH_JOB_ARRAY_SIZE: String(arraySize) }),
  }
}
