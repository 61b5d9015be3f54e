import { type IncomingHttpHeaders, request } from "node:http"

export interface Exchange {
  readonly method: "GET" | "POST"
  readonly port: number
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly contentType: string | null
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request to a server on this machine. Rejects with the system's error, or an Error that names the time-out. Never repeats. */
export function exchange({ method, port, path, headers = {}, body, timeoutMs, signal }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cut = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])])
    const length = body === undefined ? {} : { "content-length": String(body.length) }
    const sentHeaders = { ...headers, ...length }
    const options = { host: "127.0.0.1", port, method, path, headers: sentHeaders, signal: cut }
    const fail = (error: Error) => reject(isTimeOut(cut) ? new Error(`no answer within ${timeoutMs / 1000} s`) : error)
    const sent = request({ ...options, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.once("error", fail)
      response.once("end", () => {
        const { headers, statusCode: status = 0 } = response
        resolve({ status, headers, contentType: headers["content-type"] ?? null, body: Buffer.concat(chunks) })
      })
    })
    sent.once("error", fail)
    sent.end(body)
  })
}

function isTimeOut(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as { readonly name?: string } | null)?.name === "TimeoutError"
}
