import type { Instant } from "../../core/ids.ts"
import { seconds } from "../service-answers.ts"
import type { ModelledLogs } from "../service-model.ts"
import type { ModelledJob } from "./modelled-job.ts"
import { hostCount } from "./training-request.ts"

export const LOG_GROUP = "/aws/sagemaker/TrainingJobs"

/** A longer line is searched only so far, so that an expression that backtracks cannot hold everything up. */
const MOST_SEARCHED = 4096

interface Found {
  readonly value: number
  readonly at: Instant
}

/** The log of one job, one stream per host and pass, and the metrics that its request finds in it. */
export class JobLog {
  readonly #job: ModelledJob
  readonly #logs: ModelledLogs
  readonly #patterns: readonly (readonly [name: string, pattern: RegExp])[]
  readonly #last = new Map<string, Found>()
  #epoch = 0
  #pass = 0
  #written = 0

  constructor(job: ModelledJob, logs: ModelledLogs) {
    this.#job = job
    this.#logs = logs
    this.#patterns = (job.request.AlgorithmSpecification.MetricDefinitions ?? []).flatMap(({ Name, Regex }) => {
      const pattern = patternOf(Regex)
      return pattern === null ? [] : [[Name, pattern] as const]
    })
  }

  /** Writes what the course's training has said by `now`; to be called before the job moves on from its training. */
  writeOwn(now: Instant): void {
    const { trainingSince, course, pass } = this.#job
    if (trainingSince === null) return
    if (pass !== this.#pass) this.#openPass(trainingSince)
    const lines = course.logLines
    const total = Math.floor(this.#job.progress(now) * lines.length)
    const span = course.trainingSeconds ?? 0
    for (; this.#written < total; this.#written += 1) {
      const at = trainingSince + Math.round(((this.#written + 1) / lines.length) * span * 1000)
      this.write(1, [{ at: Math.min(at, now), message: lines[this.#written] ?? "" }])
    }
  }

  /** `host` from 1. */
  write(host: number, lines: readonly { readonly at: Instant; readonly message: string }[]): void {
    const { region, name, trainingSince, pass } = this.#job
    if (pass !== this.#pass) this.#openPass(trainingSince ?? lines[0]?.at ?? 0)
    this.#logs.append(region, LOG_GROUP, this.#stream(name, host), lines)
    for (const { at, message } of lines) this.#search(message.slice(0, MOST_SEARCHED), at)
  }

  /** As FinalMetricDataList. */
  metrics(): readonly Readonly<Record<string, unknown>>[] {
    return [...this.#last].map(([MetricName, { value, at }]) => ({ MetricName, Value: value, Timestamp: seconds(at) }))
  }

  #openPass(at: Instant): void {
    this.#pass = this.#job.pass
    this.#epoch = Math.floor(at / 1000)
    this.#written = 0
    // Every host has its stream, whether or not its program says anything.
    const { region, name, request } = this.#job
    for (let host = 1; host <= hostCount(request); host++) {
      const message = `algo-${host}: training starts`
      this.#logs.append(region, LOG_GROUP, this.#stream(name, host), [{ at, message }])
    }
  }

  #stream(job: string, host: number): string {
    return `${job}/algo-${host}-${this.#epoch}`
  }

  #search(text: string, at: Instant): void {
    for (const [name, pattern] of this.#patterns) {
      const found = pattern.exec(text)?.[1]?.trim() ?? ""
      if (found !== "" && Number.isFinite(Number(found))) this.#last.set(name, { value: Number(found), at })
    }
  }
}

/** null: no expression that JavaScript reads; the service, too, then finds nothing. */
function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text)
  } catch {
    return null
  }
}
