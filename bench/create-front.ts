import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Arrival } from "./until-request.ts"

/**
 * Stands before the emulator and passes everything on, except that CreateTrainingJob is awaited: it gets no answer, and its
 * sender is ended by whoever waited.
 */
export class CreateFront {
  readonly #target: URL
  readonly #agent = new Agent({ keepAlive: true })
  readonly #server = createServer((incoming, answer) => this.#handle(incoming, answer))
  #arrived: (() => void) | null = null
  #requests = 0

  constructor(target: string) {
    this.#target = new URL(target)
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** The next CreateTrainingJob. */
  next(): Arrival {
    this.#requests = 0
    return {
      arrived: new Promise((done) => {
        this.#arrived = done
      }),
    }
  }

  /** How many requests came since `next`, the awaited one included. */
  get requests(): number {
    return this.#requests
  }

  #handle(incoming: IncomingMessage, answer: ServerResponse): void {
    this.#requests += 1
    if (incoming.headers["x-amz-target"] === "SageMaker.CreateTrainingJob") {
      this.#arrived?.()
      incoming.resume()
      return
    }
    const { hostname, port } = this.#target
    const { method, url: path, headers } = incoming
    const sent = request({ hostname, port, method, path, headers, agent: this.#agent }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    sent.on("error", () => answer.destroy())
    incoming.pipe(sent)
  }
}
