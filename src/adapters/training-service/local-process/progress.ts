import type { Instant } from "../../../core/ids.ts"
import type { Phase } from "../../../core/job/training-job.ts"
import { errorName } from "../../disk/file-error.ts"
import { type JobPaths, replaceFile } from "../../process/job-folder.ts"
import { MetricScan } from "./run/metric-scan.ts"

/** Metrics that come faster are written together. */
const BETWEEN_WRITES_MS = 250

/** Where a training job is, for those who look into its folder: phase, start and metrics. */
export class JobProgress {
  readonly scan: MetricScan
  readonly #paths: JobPaths
  #phase: Phase = "starting"
  #startedAt: Instant | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(paths: JobPaths, patterns: Readonly<Record<string, string>>) {
    this.#paths = paths
    this.scan = new MetricScan(patterns)
  }

  get startedAt(): Instant | null {
    return this.#startedAt
  }

  enter(phase: Phase, at: Instant): void {
    this.#phase = phase
    if (phase !== "starting") this.#startedAt ??= at
    this.#write()
  }

  metricsChanged(): void {
    this.#timer ??= setTimeout(() => this.#write(), BETWEEN_WRITES_MS).unref()
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #write(): void {
    this.close()
    const state = { phase: this.#phase, startedAt: this.#startedAt, metrics: this.scan.values() }
    try {
      replaceFile(this.#paths.state, JSON.stringify(state))
    } catch (error) {
      // A full disk hides progress; the end has its place reserved.
      if (errorName(error) === null) throw error
    }
  }
}
