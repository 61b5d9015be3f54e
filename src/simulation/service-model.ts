// What every modelled service of AWS has in common: a request with its protocol taken off, an answer, and the passing of time.
// A model has no timer, does no I/O and knows no wire: whoever drives it says what time it is.
import type { Instant } from "../core/ids.ts"

/** One request as a service gets it. Members of `input` are named as in the service's API. */
export interface ServiceRequest {
  readonly region: string
  /** `CreateTrainingJob`, … */
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly caller: ModelledCaller
}

export interface ModelledCaller {
  readonly account: string
  readonly arn: string
}

export type ServiceAnswer =
  | { readonly ok: true; readonly output: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly fault: ServiceFault }

/** An error as the service words it: `name` is what an SDK shows as the error's name. */
export interface ServiceFault {
  readonly name: string
  readonly message: string
  /** HTTP status. */
  readonly status: number
  /** Members of the error beside its name and message, where it has some. */
  readonly members?: Readonly<Record<string, unknown>>
}

export interface ServiceModel {
  /** Times in answers are seconds since 1970, as AWS's JSON protocols have them. */
  handle(request: ServiceRequest, now: Instant): ServiceAnswer
}

/** A model that goes on by itself, and asks the outside to do things for it. */
export interface LivingModel<Effect> extends ServiceModel {
  /** The next moment at which something happens; null: nothing will. */
  due(): Instant | null
  /** Brings everything up to `now`; what the outside is to do comes out, each once, in order. */
  advance(now: Instant): readonly Effect[]
}

/** What other models see of S3. */
export interface ModelledObjects {
  /** null: there is no such bucket. */
  bucketRegion(bucket: string): string | null
  hasObjects(bucket: string, prefix: string): boolean
  /** null: there is none. */
  read(bucket: string, key: string): Uint8Array | null
  /** Keys that begin with the prefix. */
  list(bucket: string, prefix: string): readonly string[]
  put(bucket: string, key: string, bytes: Uint8Array, now: Instant): void
}

/** What other models see of CloudWatch Logs: groups and streams come into being with their first line. */
export interface ModelledLogs {
  append(
    region: string,
    group: string,
    stream: string,
    lines: readonly { readonly at: Instant; readonly message: string }[],
  ): void
}
