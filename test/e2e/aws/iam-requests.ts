// What IAM would be asked for a request on the wire: action, resource and region, by the Service Authorization Reference.
import type { IncomingMessage } from "node:http"
import type { PolicyDocument, PolicyStatement } from "../../../src/core/policy/build-policy.ts"
import { ACCOUNT } from "./aws-bench.ts"

export interface IamRequest {
  readonly action: string
  /** ARN; `*`: the action knows no resource. */
  readonly resource: string
  readonly region: string
}

type Input = Readonly<Record<string, unknown>>
export type Wire = Pick<IncomingMessage, "headers" | "method" | "url">

/** Empty: the request needs no permission (GetCallerIdentity). */
export function iamRequests(wire: Wire, body: Buffer, status: number): readonly IamRequest[] {
  const [, region = "", service = ""] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(wire.headers.authorization ?? "") ?? []
  const asked = (action: string, resource = "*"): IamRequest => ({ action: `${service}:${action}`, resource, region })
  const arn = (rest: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`
  switch (service) {
    case "sts":
      return []
    case "s3":
      return objectRequests(wire, body, status).map(([action, path]) => asked(action, `arn:aws:s3:::${path}`))
    case "batch":
      return [asked(BATCH_ACTIONS[wire.url?.split("/").at(-1) ?? ""] ?? `? ${wire.url}`)]
    case "sagemaker": {
      const [, invoked] = /^\/endpoints\/([^/]+)\/invocations$/.exec(wire.url ?? "") ?? []
      if (invoked !== undefined) return [asked("InvokeEndpoint", arn(`endpoint/${invoked}`))]
      const [operation, input] = [operationOf(wire), inputOf(body)]
      return servingRequests(operation, input, asked, arn) ?? trainingRequests(operation, input, asked, arn)
    }
    case "dynamodb":
      return tableRequests(operationOf(wire), inputOf(body)).map(([action, rest]) => asked(action, arn(rest)))
    case "logs":
      return [asked(operationOf(wire), arn(logResource(operationOf(wire), inputOf(body))))]
    case "scheduler":
      return scheduleRequests(wire, body).map(([action, resource]) =>
        action === "PassRole" ? { ...asked(action, resource), action: "iam:PassRole" } : asked(action, arn(resource)),
      )
    case "iam":
      return [asked(new URLSearchParams(body.toString()).get("Action") ?? "?")]
    default:
      return [asked(operationOf(wire))]
  }
}

export function isAllowed(policy: PolicyDocument, request: IamRequest): boolean {
  return policy.Statement.some((statement) => isAllowedBy(statement, request))
}

export function isAllowedBy({ Action, Resource, Condition }: PolicyStatement, request: IamRequest): boolean {
  const regions = Condition?.["StringEquals"]?.["aws:RequestedRegion"]
  return (
    Action.includes(request.action) &&
    Resource.some((pattern) => matches(pattern, request.resource)) &&
    (regions === undefined || regions.includes(request.region))
  )
}

/** `*` stands for any letters, also of a resource that the action does not know. */
export function matches(pattern: string, resource: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join(".*")}$`).test(resource)
}

const BATCH_ACTIONS: Readonly<Record<string, string>> = {
  describejobs: "DescribeJobs",
  listjobs: "ListJobs",
  submitjob: "SubmitJob",
  terminatejob: "TerminateJob",
  describejobdefinitions: "DescribeJobDefinitions",
  registerjobdefinition: "RegisterJobDefinition",
  describejobqueues: "DescribeJobQueues",
  describecomputeenvironments: "DescribeComputeEnvironments",
}

function operationOf({ headers }: Wire): string {
  return String(headers["x-amz-target"]).split(".").at(-1) ?? ""
}

function inputOf(body: Buffer): Input {
  return JSON.parse(body.toString()) as Input
}

function trainingRequests(
  operation: string,
  input: Input,
  asked: (action: string, resource?: string) => IamRequest,
  arn: (rest: string) => string,
): readonly IamRequest[] {
  if (operation === "ListTrainingJobs") return [asked(operation)]
  if (operation === "ListTags") return [asked(operation, String(input["ResourceArn"]))]
  const job = arn(`training-job/${input["TrainingJobName"]}`)
  if (operation !== "CreateTrainingJob") return [asked(operation, job)]
  const passes: IamRequest = { ...asked(operation), action: "iam:PassRole", resource: String(input["RoleArn"]) }
  return [asked(operation, job), ...(input["Tags"] === undefined ? [] : [asked("AddTags", job)]), passes]
}

/** null: it is about no model and no endpoint. */
function servingRequests(
  operation: string,
  input: Input,
  asked: (action: string, resource?: string) => IamRequest,
  arn: (rest: string) => string,
): readonly IamRequest[] | null {
  if (operation === "ListEndpoints") return [asked(operation)]
  const config = input["EndpointConfigName"]
  const named = [
    ...(input["EndpointName"] === undefined ? [] : [arn(`endpoint/${input["EndpointName"]}`)]),
    ...(config === undefined ? [] : [arn(`endpoint-config/${config}`)]),
    ...(/^(?:Create|Describe|Delete)Model$/.test(operation) ? [arn(`model/${input["ModelName"]}`)] : []),
  ]
  if (named.length === 0) return null
  const passes = input["ExecutionRoleArn"]
  return [
    ...named.map((resource) => asked(operation, resource)),
    ...(input["Tags"] === undefined ? [] : named.slice(0, 1).map((resource) => asked("AddTags", resource))),
    ...(passes === undefined ? [] : [{ ...asked(operation), action: "iam:PassRole", resource: String(passes) }]),
  ]
}

/** By action and what of the table; a transaction asks for the rights of what it holds. */
function tableRequests(operation: string, input: Input): readonly (readonly [string, string])[] {
  if (operation === "BatchGetItem")
    return Object.keys(input["RequestItems"] as Input).map((table) => [operation, `table/${table}`])
  const items = input["TransactItems"]
  if (Array.isArray(items)) {
    return items.flatMap((item: Readonly<Record<string, { readonly TableName: string }>>) =>
      Object.entries(item).map(
        ([kind, { TableName }]) =>
          [kind === "ConditionCheck" ? "ConditionCheckItem" : `${kind}Item`, `table/${TableName}`] as const,
      ),
    )
  }
  const index = input["IndexName"] === undefined ? "" : `/index/${input["IndexName"]}`
  return [[operation, `table/${input["TableName"]}${index}`]]
}

function logResource(operation: string, input: Input): string {
  const group = `log-group:${input["logGroupName"]}:`
  return operation === "GetLogEvents" ? `${group}log-stream:${input["logStreamName"]}` : `${group}*`
}

const ON_SCHEDULE: Readonly<Record<string, string>> = { POST: "Create", GET: "Get", PUT: "Update", DELETE: "Delete" }

/** By action and what of the service; whoever writes a schedule passes the role of its target. */
function scheduleRequests({ method = "", url = "/" }: Wire, body: Buffer): readonly (readonly [string, string])[] {
  const { pathname, searchParams } = new URL(url, "http://scheduler")
  const [, kind = "", name] = pathname.split("/")
  const verb = ON_SCHEDULE[method] ?? "?"
  if (kind === "schedule-groups") return [[`${verb}ScheduleGroup`, `schedule-group/${name}`]]
  if (name === undefined || name === "") return [["ListSchedules", "*"]]
  const input = body.length === 0 ? {} : inputOf(body)
  const group = input["GroupName"] ?? searchParams.get("groupName") ?? "default"
  const role = (input["Target"] as Input | undefined)?.["RoleArn"]
  const passes = role === undefined ? [] : [["PassRole", String(role)] as const]
  return [[`${verb}Schedule`, `schedule/${group}/${name}`], ...passes]
}

/** Action and `bucket/key`. A key that is not there is told only to whoever may list the bucket. */
function objectRequests(
  { method = "", url = "/", headers }: Wire,
  body: Buffer,
  status: number,
): readonly (readonly [string, string])[] {
  const { pathname, searchParams } = new URL(url, "http://s3")
  const [bucket = "", ...rest] = decodeURIComponent(pathname).slice(1).split("/")
  const key = rest.join("/")
  if (key === "" && searchParams.has("uploads")) return [["ListBucketMultipartUploads", bucket]]
  if (key === "" && searchParams.has("delete")) {
    const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)]
    return keys.map(([, deleted]) => ["DeleteObject", `${bucket}/${deleted}`])
  }
  if (key === "") return [[method === "PUT" ? "CreateBucket" : "ListBucket", bucket]]
  if (method === "GET" && searchParams.has("uploadId")) return [["ListMultipartUploadParts", `${bucket}/${key}`]]
  if (method === "GET" || method === "HEAD") {
    return [["GetObject", `${bucket}/${key}`], ...(status === 404 ? [["ListBucket", bucket] as const] : [])]
  }
  if (method === "DELETE")
    return [[searchParams.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject", `${bucket}/${key}`]]
  const source = headers["x-amz-copy-source"]
  const read = source === undefined ? [] : [["GetObject", decodeURIComponent(String(source))] as const]
  return [["PutObject", `${bucket}/${key}`], ...read]
}
