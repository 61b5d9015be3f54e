// A model's answer as the SDK hands it to its callers: times as Dates, bodies as streams, refusals as errors.
// Nothing is marshalled on the way, so a value that no wire could carry goes unnoticed here: the emulator's tests see to that.
import type { ServiceFault } from "./service-model.ts"

type Output = Readonly<Record<string, unknown>>

/** Members that the SDK gives as Dates and a model as seconds; services that are not named give their times as numbers. */
const TIMES: Readonly<Record<string, ReadonlySet<string>>> = {
  sagemaker: new Set([
    "CreationTime",
    "LastModifiedTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "StartTime",
    "EndTime",
    "Timestamp",
  ]),
  s3: new Set(["LastModified", "CreationDate", "Initiated"]),
  pricing: new Set(),
}
/** Lists of structures that have such members. */
const LISTS = [
  "TrainingJobSummaries",
  "SecondaryStatusTransitions",
  "FinalMetricDataList",
  "Contents",
  "Buckets",
  "Uploads",
  "Parts",
]

export function sdkOutput(service: string, output: Output): Output {
  const times = TIMES[service]
  if (times === undefined) return output
  const told = dated(output, times)
  for (const name of LISTS) {
    const list = told[name]
    if (Array.isArray(list)) told[name] = list.map((item) => dated(item as Output, times))
  }
  if (told["Body"] instanceof Uint8Array) told["Body"] = new ModelledBody(told["Body"])
  return told
}

function dated(output: Output, times: ReadonlySet<string>): Record<string, unknown> {
  const told: Record<string, unknown> = { ...output }
  for (const name of times) {
    const value = told[name]
    if (typeof value === "number") told[name] = new Date(Math.round(value * 1000))
  }
  return told
}

/** The body of an object, read once as a stream or whole. */
class ModelledBody {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#bytes.length > 0) yield this.#bytes
  }

  async transformToByteArray(): Promise<Uint8Array> {
    return this.#bytes
  }

  async transformToString(): Promise<string> {
    return new TextDecoder().decode(this.#bytes)
  }
}

/** What a client of the SDK throws for an answer of the service. */
export class AnswerError extends Error {
  readonly fault: ServiceFault
  /** `attempts`: tries that were made before a client gave up. */
  readonly $metadata: { readonly httpStatusCode: number; attempts?: number }
  readonly $response: { readonly headers: Readonly<Record<string, string>> }

  constructor(fault: ServiceFault) {
    const { name, message, status, members, ...rest } = fault
    super(message)
    this.fault = fault
    this.name = name
    Object.assign(this, members)
    const { bucketRegion } = rest as { readonly bucketRegion?: string }
    this.$metadata = { httpStatusCode: status }
    this.$response = { headers: bucketRegion === undefined ? {} : { "x-amz-bucket-region": bucketRegion } }
  }
}

/** What a client throws when no answer came. */
export function silenceError(kind: "reset" | "refused" | "timeOut" | "aborted"): Error {
  switch (kind) {
    case "reset":
      return Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })
    case "refused":
      return Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
    case "timeOut":
      return named("TimeoutError", "Connection timed out")
    case "aborted":
      return named("AbortError", "Request aborted")
    default:
      return kind satisfies never
  }
}

function named(name: string, message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}
