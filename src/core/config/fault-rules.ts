import { z } from "zod"

const shared = {
  /** As in a request's signature: `s3`, `batch`, `sagemaker`, `logs`, `sts`, `servicequotas`, `pricing`, `ecr`, `iam`, `dynamodb`. */
  service: z.string().optional(),
  operation: z.string().optional(),
  region: z.string().optional(),
  /** Of each request that the rule is for; default 1. */
  probability: z.number().min(0).max(1).optional(),
  /** At most so many times; default: always. */
  times: z.int().min(1).optional(),
  /** Model time since the emulator's start. */
  from_seconds: z.number().min(0).optional(),
  until_seconds: z.number().min(0).optional(),
}

/**
 * What goes wrong in an emulated region, by rule: `throttle` and `error` answer instead of the service, `latency` answers
 * late, `hang` never, `outage` cuts the connection before anything happened, `lostAnswer` after it happened.
 */
export const faultRuleSchema = z.discriminatedUnion("fault", [
  z.strictObject({ ...shared, fault: z.literal("throttle") }),
  z.strictObject({
    ...shared,
    fault: z.literal("error"),
    /** Default: what the service calls an error of its own. */
    name: z.string().optional(),
    message: z.string().optional(),
    status: z.int().min(400).max(599).optional(),
  }),
  z.strictObject({ ...shared, fault: z.literal("latency"), milliseconds: z.number().min(0).max(600_000) }),
  z.strictObject({ ...shared, fault: z.literal("hang") }),
  z.strictObject({ ...shared, fault: z.literal("outage") }),
  z.strictObject({ ...shared, fault: z.literal("lostAnswer") }),
])

export type FaultRule = z.infer<typeof faultRuleSchema>
