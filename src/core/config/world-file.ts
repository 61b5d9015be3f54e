// The world file: what the emulator's account has and what happens in it. Every key may be missing, as may the whole file.
// It says nothing of where the emulator listens or what it trains with: those are the command's.
import * as z from "zod"
import { choice, trueOrFalse, wholeNumber, text as words } from "../manifest/kind.ts"
import { account } from "./config-schema.ts"
import type { SettingNode } from "./setting-node.ts"
import { type ReadByShape, readByShape } from "./setting-problems.ts"
import {
  byKey,
  machineOrSpot,
  machineType,
  positive,
  regionName,
  regionOrAll,
  seconds,
  share,
  span,
  value,
} from "./world-kinds.ts"

/** Ids of the modelled services, as faults, throttles and the emulator name them. */
export const SERVICES = [
  "sagemaker",
  "logs",
  "sts",
  "servicequotas",
  "pricing",
  "ecr",
  "iam",
  "s3",
  "batch",
  "scheduler",
  "sqs",
  "sns",
  "dynamodb",
] as const

export type ServiceId = (typeof SERVICES)[number]

const line = words({
  most: 4096,
  pattern: /^[^\n]*$/,
  allowed: "a text on one line",
  keepsBlanks: true,
  keepsBraces: true,
})
const name = words({ most: 256, pattern: /^\S+$/, allowed: "a name without blanks" })
const glob = words({
  most: 256,
  pattern: /^\S+$/,
  allowed: "a name in which * stands for any letters",
  keepsBraces: true,
})
const arn = words({ most: 2048, pattern: /^arn:\S+$/, allowed: "an ARN" })
const digest = words({ most: 71, pattern: /^sha256:[0-9a-f]{64}$/, allowed: "sha256: and 64 hexadecimal digits" })
const bucketName = words({
  most: 63,
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  allowed: "a bucket's name: 3 to 63 lower-case letters, digits, . and -",
})

const quota = value(wholeNumber(0), "Most instances at once.")

const region = z.strictObject({
  enabled: value(trueOrFalse(), "Whether the account may use the region (default true).").optional(),
  types: z.array(value(machineType, "An instance type.")).optional(),
  quotas: byKey(machineOrSpot, quota, "Most instances at once by type, or type/spot.").optional(),
})

const image = z.strictObject({
  repository: value(name, "The repository."),
  tags: z.array(value(name, "A tag.")).min(1),
  regions: z.array(value(regionName, "A region.")).optional(),
  digest: value(digest, "The digest of all these tags (default: derived from the name).").optional(),
})

const role = z.strictObject({
  path: value(
    words({ most: 512, pattern: /^\/(?:\S*\/)?$/, allowed: "a path that begins and ends with /" }),
    "Its path.",
  ).optional(),
  trusts: z.array(value(name, "A service that may assume it.")).optional(),
})

const bucket = z.strictObject({
  region: value(regionName, "Where it is."),
  objects: z
    .record(z.string(), value(words({ most: 1_000_000, keepsBlanks: true, keepsBraces: true }), "Text of the object."))
    .optional(),
  folder: value(words({ most: 4096 }), "A folder whose files are its objects, relative to this file.").optional(),
})

const queue = z.strictObject({
  region: value(regionName, "Where it is."),
  vcpus: value(wholeNumber(1), "vCPUs of all its jobs at once (default 6, a new account's on Fargate).").optional(),
})

const events = z.strictObject({
  queue: value(name, "Queue of SQS to which changes of training jobs of all regions go."),
  region: value(regionName, "Where it is."),
  lost: value(share, "Share of the changes of which nothing is told (default 0).").optional(),
  duplicated: value(share, "Share of the changes that are told twice (default 0).").optional(),
  late: value(share, "Share of the changes that are told late (default 0).").optional(),
  delay: value(span, "How late (default 1m..10m).").optional(),
})

const match = z.strictObject({
  name: value(glob, "The job's name.").optional(),
  region: value(glob, "Its region.").optional(),
  type: value(glob, "Its instance type.").optional(),
  spot: value(trueOrFalse(), "Whether it is a Spot job.").optional(),
  hyperparameters: z.record(z.string(), value(glob, "A hyperparameter as it was sent.")).optional(),
})

export const JOB_ENDS = ["completed", "capacity_error", "download_error", "algorithm_error", "upload_error"] as const

const job = z.strictObject({
  match: match.optional(),
  chance: value(
    share,
    "Share of the matching jobs for which the rule holds; the others go on to the next rule.",
  ).optional(),
  pending: value(span, "Waiting for a training plan's capacity.").optional(),
  starting: value(span, "Status Starting.").optional(),
  downloading: value(span, "Status Downloading.").optional(),
  training: value(span, "Status Training.").optional(),
  uploading: value(span, "Status Uploading.").optional(),
  stopping: value(span, "From SIGTERM to the end of the program; 120s and more: it is killed.").optional(),
  interruptions: z.array(value(span, "Time of training until a Spot interruption.")).optional(),
  internal_errors: z.array(value(span, "Time of training until an error of the service.")).optional(),
  end: value(choice(JOB_ENDS), "How it ends (default completed).").optional(),
  reason: value(line, "FailureReason.").optional(),
  exit_code: value(wholeNumber(1, 255), "Exit code of the program, for algorithm_error.").optional(),
  log: z.array(value(line, "A line of the log.")).optional(),
  artifact: z
    .record(z.string(), value(words({ most: 1_000_000, keepsBlanks: true, keepsBraces: true }), "Text of the file."))
    .optional(),
  spot_saving: value(share, "Share of a Spot job's seconds that is not billed (default 0.7).").optional(),
})

export const ENDPOINT_ENDS = ["in_service", "failed", "never"] as const

const endpoint = z.strictObject({
  match: z
    .strictObject({
      name: value(glob, "The endpoint's name.").optional(),
      region: value(glob, "Its region.").optional(),
      model: value(glob, "A model that it serves.").optional(),
    })
    .optional(),
  creating: value(span, "Status Creating (default 3s).").optional(),
  deleting: value(span, "Status Deleting (default 1s).").optional(),
  end: value(choice(ENDPOINT_ENDS), "What becomes of it (default in_service).").optional(),
  reason: value(line, "FailureReason.").optional(),
  prediction: value(line, "What the model answers to each record (default 0.5).").optional(),
})

const where = {
  service: value(choice(SERVICES), "Which service.").optional(),
  operation: value(glob, "Which operation.").optional(),
  region: value(glob, "Which region.").optional(),
}

const throttle = z.strictObject({
  ...where,
  rate: value(positive, "Requests per second, in each region."),
  burst: value(positive, "Requests at once (default: as rate, at least 1).").optional(),
})

export const FAULT_KINDS = ["throttle", "error5xx", "latency", "hang", "outage", "lostAnswer"] as const

const fault = z.strictObject({
  ...where,
  kind: value(choice(FAULT_KINDS), "What happens."),
  probability: value(share, "Share of the requests that it happens to (default 1).").optional(),
  nth: z.array(value(wholeNumber(1), "Which of the matching requests, counted from 1.")).optional(),
  from: value(seconds, "When it begins, after the emulator's start (default 0).").optional(),
  until: value(seconds, "When it ends, after the emulator's start (default never).").optional(),
  delay: value(span, "For latency: how long.").optional(),
})

export const worldSchema = z
  .strictObject({
    seed: value(wholeNumber(0, 4_294_967_295), "Seed of all chance (default 1).").optional(),
    account: value(account, "The account (default 123456789012).").optional(),
    caller: value(arn, "Who calls, for GetCallerIdentity (default: user/regatta of the account).").optional(),
    quota: value(wholeNumber(0), "Most instances of a type where no quota is given (default 1000).").optional(),
    regions: byKey(regionName, region, "By region; one that is missing is enabled and offers everything.").optional(),
    other_regions: value(choice(["enabled", "disabled"]), "Regions that are not listed (default enabled).").optional(),
    prices: byKey(
      regionOrAll,
      byKey(machineType, value(positive, "USD per instance-hour."), "By instance type."),
      "USD per hour of training by region (or all) and instance type; none: the price is unknown.",
    ).optional(),
    images: z.array(image).meta({ description: "Images of the account; missing: every image exists." }).optional(),
    roles: z.record(z.string(), role).meta({ description: "Roles; missing: every role exists." }).optional(),
    denied: z.array(value(glob, "An action such as sagemaker:CreateTrainingJob that is denied.")).optional(),
    buckets: byKey(bucketName, bucket, "Buckets with what is in them at the start.").optional(),
    queues: z
      .record(z.string(), queue)
      .meta({ description: "Job queues of Batch; missing: one named regatta in every region." })
      .optional(),
    events: events.meta({ description: "Changes of training jobs by EventBridge; missing: none are told." }).optional(),
    jobs: z.array(job).meta({ description: "What training jobs do: the first rule that matches." }).optional(),
    endpoints: z
      .array(endpoint)
      .meta({ description: "What endpoints do and answer: the first rule that matches." })
      .optional(),
    throttles: z.array(throttle).optional(),
    faults: z.array(fault).optional(),
    list_filters: value(
      choice(["before-cut", "after-cut"]),
      "When ListTrainingJobs applies filters other than StatusEquals (default before-cut).",
    ).optional(),
    empty_log_pages: value(trueOrFalse(), "Whether GetLogEvents gives empty pages between (default false).").optional(),
    double_firings: value(trueOrFalse(), "Whether each firing of a schedule comes twice (default false).").optional(),
  })
  .meta({ title: "world.yaml", description: "The emulator's world: see docs/emulator.md." })

export type World = z.output<typeof worldSchema>
export type WorldJob = z.output<typeof job>
export type WorldEndpoint = z.output<typeof endpoint>
export type WorldFault = z.output<typeof fault>
export type WorldThrottle = z.output<typeof throttle>
export type WorldBucket = z.output<typeof bucket>
export type WorldImage = z.output<typeof image>

/** The world of no file: all regions, much of everything, jobs that take seconds and complete. */
export const EMPTY_WORLD: World = {}

/** One world file as its nodes: its values, or every problem with key and line. */
export function readWorldFile(file: string, root: SettingNode): ReadByShape<typeof worldSchema> {
  return readByShape(worldSchema, file, root)
}
