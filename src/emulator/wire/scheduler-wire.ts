import type { Asked, Wire, WireRequest } from "../exchange.ts"
import { WireError } from "../exchange.ts"

const ON_SCHEDULE: Readonly<Record<string, string>> = {
  POST: "CreateSchedule",
  GET: "GetSchedule",
  PUT: "UpdateSchedule",
  DELETE: "DeleteSchedule",
}
const ON_GROUP: Readonly<Record<string, string>> = { POST: "CreateScheduleGroup", GET: "GetScheduleGroup" }

/** REST-JSON as EventBridge Scheduler uses it: what is meant stands in the path, the rest in query or body. */
export const schedulerWire: Wire = {
  read: readRequest,
  write(answer, _, requestId) {
    const headers = { "content-type": "application/json", "x-amzn-requestid": requestId }
    if (answer.ok) return { status: 200, headers, body: JSON.stringify(answer.output) }
    const { name, message, status } = answer.fault
    return { status, headers: { ...headers, "x-amzn-errortype": name }, body: JSON.stringify({ Message: message }) }
  },
}

function readRequest(request: WireRequest): Asked {
  const { method, path, query } = request
  const [, kind, escaped] = /^\/(schedules|schedule-groups)(?:\/([^/]+))?\/?$/.exec(path) ?? []
  const of = kind === "schedules" ? ON_SCHEDULE : kind === "schedule-groups" ? ON_GROUP : {}
  if (escaped === undefined && kind === "schedules" && method === "GET")
    return { operation: "ListSchedules", input: listInput(query) }
  const operation = escaped === undefined ? undefined : of[method]
  if (operation === undefined || escaped === undefined)
    throw new WireError("UnknownOperationException", `${method} ${path} is not modelled`, 404)
  const group = query.get("groupName")
  const given = method === "GET" || method === "DELETE" ? {} : parseBody(request)
  const named = { ...given, Name: decodeURIComponent(escaped) }
  return { operation, input: group === null ? named : { ...named, GroupName: group } }
}

function listInput(query: URLSearchParams): Readonly<Record<string, unknown>> {
  const most = query.get("MaxResults")
  const texts = {
    GroupName: query.get("ScheduleGroup"),
    NamePrefix: query.get("NamePrefix"),
    NextToken: query.get("NextToken"),
  }
  const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== null))
  return most === null ? given : { ...given, MaxResults: Number(most) }
}

function parseBody({ body }: WireRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {}
  try {
    const input: unknown = JSON.parse(Buffer.from(body).toString())
    if (typeof input === "object" && input !== null) return input as Record<string, unknown>
  } catch {
    // Told below, as any other body that is no object.
  }
  throw new WireError("SerializationException", "the body is not a JSON object")
}
