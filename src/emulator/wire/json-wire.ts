import type { ServiceAnswer, ServiceFault } from "../../simulation/service-model.ts"
import { type Wire, type WireAnswer, WireError, type WireRequest } from "../exchange.ts"

/** AWS JSON 1.0 and 1.1: the operation stands in `x-amz-target`, an error's name in `__type`. */
export const jsonWire: Wire = {
  read(request) {
    const [, operation] = /\.(\w+)$/.exec(request.headers["x-amz-target"] ?? "") ?? []
    if (operation === undefined) throw new WireError("UnknownOperationException", "the request names no operation", 404)
    return { operation, input: parseBody(request) }
  },
  write: (answer, _, requestId) => ({
    status: answer.ok ? 200 : answer.fault.status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId },
    body: JSON.stringify(answer.ok ? answer.output : errorBody(answer.fault)),
  }),
}

function errorBody({ name, message, members }: ServiceFault) {
  return { __type: name, message, ...members }
}

/** REST-JSON as Batch uses it: `POST /v1/<operation in lower case>`, all of the input in the body. */
export function batchWire(operations: readonly string[]): Wire {
  const byPath = new Map(operations.map((operation) => [`/v1/${operation.toLowerCase()}`, operation]))
  return {
    read(request) {
      const tags = tagOperation(request)
      if (tags !== null) return tags
      const operation = request.method === "POST" ? byPath.get(request.path.replace(/\/$/, "")) : undefined
      if (operation === undefined) {
        throw new WireError("UnknownOperationException", `${request.method} ${request.path} is not modelled`, 404)
      }
      return { operation, input: parseBody(request) }
    },
    write: (answer, _, requestId) => batchAnswer(answer, requestId),
  }
}

function tagOperation(request: WireRequest) {
  const [, escaped] = /^\/v1\/tags\/(.+)$/.exec(request.path) ?? []
  if (escaped === undefined) return null
  const resourceArn = decodeURIComponent(escaped)
  if (request.method === "GET") return { operation: "ListTagsForResource", input: { resourceArn } }
  return { operation: "TagResource", input: { ...parseBody(request), resourceArn } }
}

function batchAnswer(answer: ServiceAnswer, requestId: string): WireAnswer {
  const headers = { "content-type": "application/json", "x-amzn-requestid": requestId }
  if (answer.ok) return { status: 200, headers, body: JSON.stringify(answer.output) }
  const { name, message, status } = answer.fault
  return { status, headers: { ...headers, "x-amzn-errortype": name }, body: JSON.stringify({ message }) }
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
