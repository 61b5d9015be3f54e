import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { fraction } from "../../../src/simulation/fraction.ts"

/** What becomes of one request on its way. */
export type Fate =
  | "passes"
  /** It never arrives. */
  | "requestLost"
  /** It arrives and takes effect; the connection breaks before the answer. */
  | "answerLost"
  /** It arrives and takes effect; half of the answer comes. */
  | "answerCut"
  /** The sender sees a broken connection at once, and the request arrives later. */
  | "late"
  /** It arrives later, and so does its answer. */
  | "delayed"
  | "throttled"
  /** A 500 without any effect. */
  | "failed"
  /** A 500 although it took effect. */
  | "failedAfter"

export const FATES = [
  "requestLost",
  "answerLost",
  "answerCut",
  "late",
  "delayed",
  "throttled",
  "failed",
  "failedAfter",
] as const satisfies readonly Fate[]

export interface ProxyOptions {
  /** Where requests go: `http://127.0.0.1:<port>`. */
  readonly target: string
  readonly seed: number
  /** Likelihood of each of `FATES` for an operation (`CreateTrainingJob`, `SubmitJob`, `GetObject`, …). */
  readonly odds: (operation: string) => number
  /** Longest delay of a request, in milliseconds; a late one lands within this too. */
  readonly longestMs: number
  /** Told of each request that was answered, with the answer's status. */
  readonly onAnswered?: (incoming: IncomingMessage, body: Buffer, status: number) => void
}

/**
 * Stands between the clients of the AWS SDK and the emulator. The nth request of an operation has the same fate in every run
 * of a seed; which process sends it is chance.
 */
export class FaultyProxy {
  readonly #options: ProxyOptions
  readonly #server: Server
  readonly #counts = new Map<string, number>()
  readonly fates = new Map<string, number>()
  /** Requests that arrive after their sender was told of a broken connection. */
  readonly #late = new Set<Promise<unknown>>()
  isCalm = false

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#server = createServer((incoming, answer) => {
      this.#handle(incoming, answer).catch(() => answer.destroy())
    })
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#late)
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** Until every request that is still on its way has arrived. */
  async settle(): Promise<void> {
    while (this.#late.size > 0) await Promise.allSettled(this.#late)
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array)
    const body = Buffer.concat(chunks)
    const operation = operationOf(incoming)
    const fate = this.#draw(operation)
    const key = `${fate} ${operation}`
    this.fates.set(key, (this.fates.get(key) ?? 0) + 1)
    await this.#carryOut(fate, operation, incoming, body, answer)
  }

  async #carryOut(
    fate: Fate,
    operation: string,
    incoming: IncomingMessage,
    body: Buffer,
    answer: ServerResponse,
  ): Promise<void> {
    switch (fate) {
      case "requestLost":
        answer.destroy()
        return
      case "throttled":
      case "failed":
        refuse(answer, incoming, fate)
        return
      case "late":
        answer.destroy()
        this.#sendLate(operation, incoming, body)
        return
      case "delayed":
        await this.#pause(operation)
    }
    const { status, headers, bytes } = await this.#forward(incoming, body)
    this.#options.onAnswered?.(incoming, body, status)
    if (fate === "answerLost") answer.destroy()
    else if (fate === "failedAfter") refuse(answer, incoming, "failed")
    else if (fate === "answerCut") {
      answer.writeHead(status, headers)
      answer.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => answer.destroy())
    } else {
      answer.writeHead(status, headers)
      answer.end(bytes)
    }
  }

  #sendLate(operation: string, incoming: IncomingMessage, body: Buffer): void {
    const late = this.#pause(operation)
      .then(() => this.#forward(incoming, body))
      .catch(() => {})
      .finally(() => this.#late.delete(late))
    this.#late.add(late)
  }

  async #pause(operation: string): Promise<void> {
    const count = this.#counts.get(operation) ?? 0
    const ms = fraction(`pause ${this.#options.seed} ${operation} ${count}`) * this.#options.longestMs
    await new Promise((done) => setTimeout(done, ms))
  }

  #draw(operation: string): Fate {
    if (this.isCalm) return "passes"
    const { seed, odds } = this.#options
    const count = (this.#counts.get(operation) ?? 0) + 1
    this.#counts.set(operation, count)
    const each = odds(operation)
    const drawn = Math.floor(fraction(`${seed} ${operation} ${count}`) / each)
    return FATES[drawn] ?? "passes"
  }

  #forward(incoming: IncomingMessage, body: Buffer) {
    const { method, url, headers } = incoming
    return new Promise<{ status: number; headers: NonNullable<IncomingMessage["headers"]>; bytes: Buffer }>(
      (done, fail) => {
        const outgoing = request(`${this.#options.target}${url}`, { method, headers, agent: false }, (answered) => {
          const parts: Uint8Array[] = []
          answered.on("data", (part: Uint8Array) => parts.push(part))
          answered.on("error", fail)
          answered.on("end", () =>
            done({ status: answered.statusCode ?? 500, headers: answered.headers, bytes: Buffer.concat(parts) }),
          )
        })
        outgoing.on("error", fail)
        outgoing.end(body)
      },
    )
  }
}

/** The operation that a request asks for, in any of the protocols; for S3 its method, since the path says which object. */
export function operationOf({
  headers,
  method,
  url = "/",
}: Pick<IncomingMessage, "headers" | "method" | "url">): string {
  const target = headers["x-amz-target"]
  if (typeof target === "string") return target.split(".").at(-1) ?? target
  const [, service = ""] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "") ?? []
  if (service === "batch") return url.split("?")[0]?.split("/").at(-1) ?? url
  return `${service} ${method}`
}

const WORDS = {
  throttled: { json: ["ThrottlingException", "Rate exceeded"], xml: ["SlowDown", "Please reduce your request rate."] },
  failed: {
    json: ["InternalFailure", "An internal error occurred."],
    xml: ["InternalError", "We encountered an internal error."],
  },
} as const

function refuse(answer: ServerResponse, incoming: IncomingMessage, why: keyof typeof WORDS): void {
  const isXml = /\/(?:s3|sts|iam)\/aws4_request/.test(incoming.headers.authorization ?? "")
  const [name, message] = WORDS[why][isXml ? "xml" : "json"]
  const status = why === "failed" ? 500 : isXml ? 503 : 400
  if (isXml) {
    answer.writeHead(status, { "content-type": "application/xml" })
    answer.end(`<?xml version="1.0"?><Error><Code>${name}</Code><Message>${message}</Message></Error>`)
    return
  }
  answer.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": name })
  answer.end(JSON.stringify({ __type: name, message }))
}
