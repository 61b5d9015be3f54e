// DynamoDB's wire for a client of the SDK in this process: JSON in and JSON out, without a socket. The document client builds
// its requests itself, so that it cannot be given another `send`: it is given another way to its service.
import type { Instant } from "../../core/ids.ts"
import { AnswerError } from "../sdk-answer.ts"

type Input = Readonly<Record<string, unknown>>

/** Resolves to the service's output; rejects with `AnswerError`, or as a connection that broke does. */
export type Ask = (operation: string, input: Input, signal: AbortSignal | undefined) => Promise<Input>

interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface HttpResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** In it the tries that were made before the answer: the SDK itself makes one. */
export const TRIES_HEADER = "x-modelled-tries"

/** What the SDK takes as `requestHandler`. */
export class ModelledHandler {
  readonly #ask: Ask
  readonly #now: () => Instant

  constructor(ask: Ask, now: () => Instant) {
    this.#ask = ask
    this.#now = now
  }

  async handle(
    { headers, body }: HttpRequest,
    { abortSignal }: { readonly abortSignal?: unknown } = {},
  ): Promise<{ readonly response: HttpResponse }> {
    const operation = headers["x-amz-target"]?.split(".")[1] ?? ""
    try {
      return this.#response(
        200,
        await this.#ask(operation, JSON.parse(textOf(body)), abortSignal as AbortSignal | undefined),
        1,
      )
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error
      const { name, message, status, members } = error.fault
      return this.#response(status, { __type: name, message, ...members }, error.$metadata.attempts ?? 1)
    }
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {}
  }

  destroy(): void {}

  #response(statusCode: number, output: Input, tries: number): { readonly response: HttpResponse } {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      date: new Date(this.#now()).toUTCString(),
      [TRIES_HEADER]: String(tries),
    }
    return { response: { statusCode, headers, body: new TextEncoder().encode(JSON.stringify(output)) } }
  }
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body)
}
