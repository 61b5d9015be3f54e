import * as z from "zod"

const seconds = z.number().min(0)

/**
 * What goes wrong with requests to an emulator, by rule. `throttle`, `error5xx` and `error` answer in the service's place,
 * `latency` answers late, `hang` never, `outage` cuts the connection before anything happened, `lostAnswer` after it happened.
 * The same words as in a world file, with times in seconds; `error` and `times` are for tests alone.
 */
export const faultRuleSchema = z.strictObject({
  kind: z.enum(["throttle", "error5xx", "error", "latency", "hang", "outage", "lostAnswer"]),
  /** As in a request's signature: `s3`, `batch`, `sagemaker`, `logs`, `sts`, `servicequotas`, `pricing`, `ecr`, `iam`, `dynamodb`. */
  service: z.string().optional(),
  /** `*` stands for any letters. */
  operation: z.string().optional(),
  region: z.string().optional(),
  /** Share of the matching requests; default 1. */
  probability: z.number().min(0).max(1).optional(),
  /** Which of the matching requests, counted from 1. */
  nth: z.array(z.int().min(1)).optional(),
  /** At most so many times; default: always. */
  times: z.int().min(1).optional(),
  /** Since the emulator's start, in model time. */
  from: seconds.optional(),
  until: seconds.optional(),
  /** For `latency`: from and to, between which chance draws. In real time: it is the way that is slow. */
  delay: z.tuple([seconds, seconds]).readonly().optional(),
  /** For `error`: what the service answers. */
  error: z.strictObject({ name: z.string(), message: z.string(), status: z.int().min(400).max(599) }).optional(),
})

export type FaultRule = z.output<typeof faultRuleSchema>

/** At most `rate` requests a second in each region, `burst` at once; more are throttled. */
export interface ThrottleRule {
  readonly service?: string | undefined
  readonly operation?: string | undefined
  readonly region?: string | undefined
  readonly rate: number
  readonly burst?: number | undefined
}
