import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { operationOf } from "../wire/faulty-proxy.ts"

const WRITE = /^(?:s3 PUT|PutItem|UpdateItem|TransactWriteItems|registerjobdefinition|submitjob)$/

/** Whether the request took effect when its sender died. */
export type Moment = "before" | "after"

/** Passes requests on to the emulator, and tells at a chosen one, before or after it took effect, so that its sender can be killed there. */
export class KillingProxy {
  readonly #target: string
  readonly #server: Server
  /** Writes since it was armed, in their order. */
  readonly writes: string[] = []
  #at: { readonly nth: number; readonly moment: Moment; readonly kill: () => void } | null = null

  constructor(target: string) {
    this.#target = target
    this.#server = createServer((incoming, answer) => {
      this.#handle(incoming, answer).catch(() => answer.destroy())
    })
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** Counts anew; at the nth write, from 1, `kill` is called, and that request gets no answer. */
  arm(nth: number, moment: Moment, kill: () => void): void {
    this.writes.length = 0
    this.#at = { nth, moment, kill }
  }

  disarm(): void {
    this.#at = null
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Uint8Array[] = []
    for await (const part of incoming) parts.push(part as Uint8Array)
    const operation = operationOf(incoming)
    const isWrite = WRITE.test(operation)
    if (isWrite) this.writes.push(operation)
    const at = isWrite && this.#at?.nth === this.writes.length ? this.#at : null
    if (at?.moment === "before") {
      at.kill()
      answer.destroy()
      return
    }
    const { method, url, headers } = incoming
    await new Promise<void>((done, fail) => {
      const outgoing = request(`${this.#target}${url}`, { method, headers, agent: false }, (answered) => {
        if (at !== null) {
          at.kill()
          answer.destroy()
          answered.resume().once("end", done)
          return
        }
        answer.writeHead(answered.statusCode ?? 500, answered.headers)
        answered.pipe(answer).once("finish", done)
      })
      outgoing.once("error", fail)
      outgoing.end(Buffer.concat(parts))
    })
  }
}
