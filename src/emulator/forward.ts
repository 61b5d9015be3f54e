import { request as httpRequest } from "node:http"
import { RegattaError } from "../core/errors.ts"
import type { WireAnswer, WireRequest } from "./exchange.ts"

/** Longest wait for the other server; DynamoDB Local answers in milliseconds. */
const SILENCE_MS = 30_000

/**
 * Sends a request on, as it is, to a server of this machine, once; nothing is sent anywhere else. An answer that does not
 * come is a 503 of ours, which clients try again.
 */
export function forwardTo(endpoint: string): (request: WireRequest) => Promise<WireAnswer> {
  const { hostname, port } = loopback(endpoint)
  return (request) =>
    new Promise((resolve) => {
      const unavailable = (why: string) =>
        resolve({
          status: 503,
          headers: { "content-type": "application/x-amz-json-1.0" },
          body: JSON.stringify({ __type: "ServiceUnavailable", message: `${endpoint} does not answer: ${why}` }),
        })
      const search = request.query.toString()
      const path = search === "" ? request.path : `${request.path}?${search}`
      const sent = httpRequest(
        { hostname, port, path, method: request.method, headers: request.headers, timeout: SILENCE_MS },
        (incoming) => {
          const chunks: Buffer[] = []
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
          incoming.on("error", (error) => unavailable(error.message))
          incoming.on("end", () => {
            const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
              value === undefined || /^(connection|transfer-encoding|content-length|keep-alive)$/.test(name)
                ? []
                : [[name, String(value)] as const],
            )
            const body = Buffer.concat(chunks)
            resolve({ status: incoming.statusCode ?? 502, headers: Object.fromEntries(headers), body })
          })
        },
      )
      sent.on("timeout", () => sent.destroy(new Error("time-out")))
      sent.on("error", (error) => unavailable(error.message))
      sent.end(request.body)
    })
}

function loopback(endpoint: string): URL {
  const expected = `--dynamodb is the URL of a DynamoDB Local on this machine such as http://127.0.0.1:8000, got "${endpoint}"`
  if (!URL.canParse(endpoint)) throw new RegattaError("usage", expected)
  const url = new URL(endpoint)
  const isHere = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname)
  if (url.protocol !== "http:" || !isHere) throw new RegattaError("usage", expected)
  return url
}
