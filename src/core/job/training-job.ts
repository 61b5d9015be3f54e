import type { Instant, JobName, Uri } from "../ids.ts"

/** What a running training job is doing, in the words of the product; `unknown` keeps the service's own word in `raw`. */
export type Phase = "starting" | "downloading" | "training" | "uploading"
export type Final = "completed" | "failed" | "stopped"

/** Why an attempt ended; `decide` uses it to tell whether the attempt counts and whether another may follow. */
export type Cause =
  | "done"
  | "algorithm"
  | "client"
  | "capacity"
  | "service"
  | "maxRuntime"
  | "maxWait"
  | "person"
  | "unknown"

/** The end of a training job as its service tells it. */
export interface JobEnd {
  readonly status: Final
  readonly cause: Cause
  /** For people: the service's failure reason, or how it was stopped. Empty for a completed job. */
  readonly reason: string
  /** Instance-seconds: billed seconds x instances, over all instance groups; null where the service does not say. */
  readonly billableSeconds: number | null
  /** Instance-seconds on machines, billed or not: under Spot fewer are billed. Missing: the service does not say. */
  readonly trainingSeconds?: number
  /** When the service took the job, by its own clock. Missing: it does not say. */
  readonly createdAt?: Instant
  readonly startedAt: Instant | null
  readonly endedAt: Instant
  readonly artifact: Uri | null
}

/** A training job as any source tells it: describe, list, event, or the answer to create. */
export interface TrainingJob {
  readonly jobName: JobName
  /** The moment at which this was true, by the service's own clock where it gives one. */
  readonly at: Instant
  readonly phase: Phase | "stopping" | "unknown"
  /** The service's own words, shown where we have none. */
  readonly raw: string
  /** When training began (the first phase after the machines were there); null before, or where unknown. */
  readonly startedAt: Instant | null
  /** Last value of each metric by name. */
  readonly metrics: Readonly<Record<string, number>>
  readonly end: JobEnd | null
}
