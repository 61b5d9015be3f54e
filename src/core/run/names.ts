import type { Instant, JobName, RunId } from "../ids.ts"

const RUN_ID_LENGTH = 40

/** Makes a run's id: `rg-20261120142233-imagenet-k3f9`. `random` is four characters of `[a-z0-9]`. */
export function runId(prefix: string, at: Instant, name: string, random: string): RunId {
  const stamp = new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)
  const room = RUN_ID_LENGTH - prefix.length - stamp.length - random.length - 3
  const label = slug(name).slice(0, room).replace(/-+$/, "")
  return `${prefix}-${stamp}-${label === "" ? "run" : label}-${random}` as RunId
}

const JOB_DIGITS = 25

/**
 * Id of the run of an array that was submitted without one: a pure function of the array's job id, so that every child finds
 * it. 25 digits of base 36 are 128 bits, as many as a job id has; it has no time, and does not sort by one.
 */
export function arrayFileRun(
  prefix: string,
  job: string,
  digest: { update(text: string): void; hex(): string },
): RunId {
  digest.update(job)
  const number = BigInt(`0x${digest.hex().slice(0, 32)}`)
  return `${prefix}-${number.toString(36).padStart(JOB_DIGITS, "0")}` as RunId
}

/** Name of the training job of an attempt: unique per account and region, at most 63 characters. */
export function jobName(run: RunId, index: number, attempt: number): JobName {
  return `${run}-r${index}-a${attempt}` as JobName
}

/** Number of the attempt that `jobName` made the name for; 0 for any other name. */
export function attemptNumber(name: JobName): number {
  return Number(/-a(\d+)$/.exec(name)?.[1] ?? 0)
}

/** The way back from `jobName`; null: it made no such name. */
export function parseJobName(
  name: JobName,
): { readonly run: RunId; readonly row: number; readonly attempt: number } | null {
  const [, run, row, attempt] = /^(.+)-r(\d+)-a(\d+)$/.exec(name) ?? []
  return run === undefined ? null : { run: run as RunId, row: Number(row), attempt: Number(attempt) }
}

/** Lower-case letters, digits and single hyphens, none at either end. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
}
