// The IAM policy that one grantee needs for one manifest, and no more: actions as the adapters list them, resources from the rows.
// It trusts nobody to attach it, and gives no right to change or delete what a run made, endpoints and their models aside.
import type { Grantee, IamAction } from "./iam-action.ts"

/** What of a manifest and its settings the statements name. */
export interface PolicyFacts {
  readonly partition: string
  /** The 12 digits. */
  readonly account: string
  /** Of run ids, and so of every training job's name. */
  readonly prefix: string
  /** Region of the table, and of the queue where there is one for all. */
  readonly home: string
  /** Regions where rows may train. */
  readonly regions: readonly string[]
  /** Regions with a job queue. */
  readonly queueRegions: readonly string[]
  /** ARNs that training jobs get. */
  readonly roles: readonly string[]
  /** ARNs of roles that the worker's own jobs get: a submission that registers a job definition passes them. */
  readonly jobRoles: readonly string[]
  /** Name of the DynamoDB table; null: it is in another database, which IAM does not guard. */
  readonly table: string | null
  /** ARN of `notify.sns.topic`; null: there is none. */
  readonly topic: string | null
  /** Whether steps follow a run: a follower makes models and transforms. */
  readonly hasSteps: boolean
  /** Whether one of them makes an endpoint. */
  readonly hasEndpointSteps: boolean
  /** ARN of `events.queue`; null: there is none. */
  readonly eventQueue: string | null
  /** ARN of the role of schedules; null: nothing is scheduled. */
  readonly scheduleRole: string | null
  /** Copies that firings of schedules read, as `reads`; empty: nothing is scheduled. */
  readonly scheduled: readonly string[]
  /** Objects that are read and written, as `bucket/key` in which `*` may stand; and the buckets whose region and keys are asked. */
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly buckets: readonly string[]
  /** Where rows may train elsewhere than their data lies: that data, and what is copied of it, as `bucket/prefix*`. Missing: nothing is copied. */
  readonly copied?: readonly string[]
  readonly copies?: readonly string[]
}

export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: "Allow"
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

export interface PolicyDocument {
  readonly Version: "2012-10-17"
  readonly Statement: readonly PolicyStatement[]
}

const LOG_GROUP = "/aws/sagemaker/TrainingJobs"

export function buildPolicy(actions: readonly IamAction[], grantee: Grantee, facts: PolicyFacts): PolicyDocument {
  const statements = new Map<string, PolicyStatement>()
  for (const each of actions) {
    const isMade = facts.writes.length > 0 && MAKES.includes(each.action) && each.resource !== "copy"
    const isNeeded = each.usedBy.includes(grantee) || isMade
    if (!isNeeded) continue
    const target = targetOf(each, grantee, facts)
    if (target.Resource.length === 0) continue
    const before = statements.get(target.Sid)?.Action ?? []
    const Action = [...new Set([...before, each.action])].toSorted()
    const { Sid, Resource, Condition } = target
    statements.set(Sid, { Sid, Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) })
  }
  return { Version: "2012-10-17", Statement: [...statements.values()] }
}

/** What a worker needs as well where nobody submitted: it is the first that comes, and makes what is missing. */
const MAKES: readonly string[] = [
  "s3:PutObject",
  "s3:AbortMultipartUpload",
  "s3:CreateBucket",
  "dynamodb:DescribeTable",
  "dynamodb:CreateTable",
]

type Target = Pick<PolicyStatement, "Sid" | "Resource" | "Condition">

function targetOf({ action, resource }: IamAction, grantee: Grantee, facts: PolicyFacts): Target {
  const { partition, account, prefix, regions } = facts
  const arn = (service: string, region: string, rest: string) =>
    `arn:${partition}:${service}:${region}:${account}:${rest}`
  switch (resource) {
    case "trainingJob":
      return {
        Sid: "TrainingJobs",
        Resource: regions.map((region) => arn("sagemaker", region, `training-job/${prefix}-*`)),
      }
    case "model":
      return {
        Sid: "Models",
        Resource: (grantee === "worker" && !facts.hasSteps ? [] : regions).flatMap((region) =>
          ["model", "transform-job"].map((kind) => arn("sagemaker", region, `${kind}/${prefix}-*`)),
        ),
      }
    case "endpoint":
      return {
        Sid: "Endpoints",
        Resource: (grantee === "worker" && !facts.hasEndpointSteps ? [] : regions).flatMap((region) =>
          ["endpoint", "endpoint-config"].map((kind) => arn("sagemaker", region, `${kind}/${prefix}-*`)),
        ),
      }
    case "role":
      return passRole(grantee, facts)
    case "object":
      return isWrite(action)
        ? { Sid: "WriteObjects", Resource: facts.writes.map((path) => `arn:${partition}:s3:::${path}`) }
        : { Sid: "ReadObjects", Resource: facts.reads.map((path) => `arn:${partition}:s3:::${path}`) }
    case "copied":
      return { Sid: "ReadCopied", Resource: (facts.copied ?? []).map((path) => `arn:${partition}:s3:::${path}`) }
    case "copy":
      return { Sid: "Copies", Resource: (facts.copies ?? []).map((path) => `arn:${partition}:s3:::${path}`) }
    case "copyBucket":
      return { Sid: "CopyBuckets", Resource: copyBuckets(facts) }
    case "bucket":
      return bucketTarget(action, facts)
    case "table":
      return { Sid: "Table", Resource: tableArns(facts, arn) }
    case "eventQueue":
      return { Sid: "Events", Resource: facts.eventQueue === null ? [] : [facts.eventQueue] }
    case "topic":
      return { Sid: "Notices", Resource: facts.topic === null ? [] : [facts.topic] }
    case "logGroup":
      return { Sid: "LogGroups", Resource: regions.map((region) => arn("logs", region, `log-group:${LOG_GROUP}:*`)) }
    case "logStream":
      return {
        Sid: "LogStreams",
        Resource: regions.map((region) => arn("logs", region, `log-group:${LOG_GROUP}:log-stream:${prefix}-*`)),
      }
    case "schedule":
      return {
        Sid: "Schedules",
        Resource:
          facts.scheduleRole === null
            ? []
            : [`schedule/${prefix}/*`, `schedule-group/${prefix}`].map((rest) => arn("scheduler", facts.home, rest)),
      }
    case "scheduleCopy":
      return {
        Sid: "RemoveScheduled",
        Resource: facts.scheduled.map((path) => `arn:${partition}:s3:::${path}`),
      }
    case "any":
      return anywhere(action, facts)
    default:
      return resource satisfies never
  }
}

function isWrite(action: string): boolean {
  return action === "s3:PutObject" || action === "s3:AbortMultipartUpload"
}

/** A role may be passed to its own service alone: elsewhere it would lend its rights to whoever starts something with it. */
function passRole(grantee: Grantee, { roles, jobRoles, scheduleRole }: PolicyFacts): Target {
  const scheduling = grantee === "command" && scheduleRole !== null ? [scheduleRole] : []
  const services = [
    "sagemaker.amazonaws.com",
    ...(grantee === "command" && jobRoles.length > 0 ? ["ecs-tasks.amazonaws.com"] : []),
    ...(scheduling.length > 0 ? ["scheduler.amazonaws.com"] : []),
  ]
  return {
    Sid: "PassRole",
    Resource: grantee === "command" ? [...new Set([...roles, ...jobRoles, ...scheduling])] : roles,
    Condition: { StringEquals: { "iam:PassedToService": services } },
  }
}

function copyBuckets({ partition, copies = [] }: PolicyFacts): readonly string[] {
  return [...new Set(copies.map((path) => `arn:${partition}:s3:::${path.split("/")[0]}`))]
}

/** Only the bucket that the SageMaker SDK would make may be made. */
function bucketTarget(action: string, { partition, account, buckets }: PolicyFacts): Target {
  const arns = buckets.map((bucket) => `arn:${partition}:s3:::${bucket}`)
  if (action !== "s3:CreateBucket") return { Sid: "Buckets", Resource: arns }
  const made = arns.filter((bucket) => bucket.includes(":::sagemaker-") && bucket.endsWith(`-${account}`))
  return { Sid: "MakeDefaultBuckets", Resource: made }
}

function tableArns({ table, home }: PolicyFacts, arn: (service: string, region: string, rest: string) => string) {
  if (table === null) return []
  return [arn("dynamodb", home, `table/${table}`), arn("dynamodb", home, `table/${table}/index/*`)]
}

/** Services of one place for all regions have no region that a condition could name. */
const GLOBAL = ["iam", "pricing", "sts"]

function anywhere(action: string, { regions, queueRegions, home, scheduleRole }: PolicyFacts): Target {
  const [service = ""] = action.split(":")
  if (service === "scheduler") {
    const Condition = { StringEquals: { "aws:RequestedRegion": [home] } }
    return { Sid: "ListSchedules", Resource: scheduleRole === null ? [] : ["*"], Condition }
  }
  if (GLOBAL.includes(service)) return { Sid: "Anywhere", Resource: ["*"] }
  const where = service === "batch" ? queueRegions : regions
  return {
    Sid: service === "batch" ? "Batch" : "InRegions",
    Resource: where.length === 0 ? [] : ["*"],
    Condition: { StringEquals: { "aws:RequestedRegion": where } },
  }
}
