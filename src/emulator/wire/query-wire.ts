import type { ServiceAnswer } from "../../simulation/service-model.ts"
import { type Wire, type WireAnswer, WireError } from "../exchange.ts"
import { document } from "./xml.ts"

/** The Query protocol (STS, IAM): a form in, XML out. */
export function queryWire(xmlns: string): Wire {
  return {
    read(request) {
      const form = new URLSearchParams(Buffer.from(request.body).toString())
      const operation = form.get("Action") ?? request.query.get("Action")
      if (operation === null) throw new WireError("MissingAction", "the request names no Action")
      return { operation, input: readForm(form) }
    },
    write: (answer, { operation }, requestId) => write(answer, operation, requestId, xmlns),
  }
}

function write(answer: ServiceAnswer, operation: string, requestId: string, xmlns: string): WireAnswer {
  const headers = { "content-type": "text/xml", "x-amzn-requestid": requestId }
  if (answer.ok) {
    const body = document(
      `${operation}Response`,
      { [`${operation}Result`]: members(answer.output), ResponseMetadata: { RequestId: requestId } },
      xmlns,
    )
    return { status: 200, headers, body }
  }
  const { name, message, status } = answer.fault
  const error = { Type: status < 500 ? "Sender" : "Receiver", Code: name, Message: message }
  return { status, headers, body: document("ErrorResponse", { Error: error, RequestId: requestId }, xmlns) }
}

/** Lists are wrapped in `member`, and times, which models give in seconds, written as ISO 8601. */
function members(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return { member: value.map((each) => members(each)) }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, members(each, key)]))
  }
  return typeof value === "number" && /(Date|Expiration)$/.test(name) ? new Date(value * 1000).toISOString() : value
}

/** `A.member.1.B=x` becomes `{A: [{B: "x"}]}`. */
function readForm(form: URLSearchParams): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {}
  for (const [name, value] of form) {
    if (name === "Action" || name === "Version") continue
    put(root, name.split("."), value)
  }
  return collect(root) as Record<string, unknown>
}

function put(node: Record<string, unknown>, path: readonly string[], value: string): void {
  const [first = "", ...rest] = path
  if (rest.length === 0) {
    node[first] = value
    return
  }
  const next = node[first] ?? {}
  node[first] = next
  put(next as Record<string, unknown>, rest, value)
}

function collect(node: unknown): unknown {
  if (typeof node !== "object" || node === null) return node
  const list = (node as Record<string, unknown>)["member"]
  if (typeof list === "object" && list !== null) return Object.values(list).map(collect)
  return Object.fromEntries(Object.entries(node).map(([name, each]) => [name, collect(each)]))
}
