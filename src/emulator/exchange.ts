import type { ServiceAnswer } from "../simulation/service-model.ts"

/** An HTTP request, read whole. */
export interface WireRequest {
  readonly method: string
  /** As sent, without the query; still escaped. */
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/** What a request asks for, with the protocol taken off. */
export interface Asked {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

/** How one service's requests are read and its answers written. */
export interface Wire {
  /** Throws `WireError` where the request cannot be read. */
  read(request: WireRequest): Asked
  write(answer: ServiceAnswer, asked: Pick<Asked, "operation" | "input">, requestId: string): WireAnswer
}

/** A request that the protocol itself refuses. */
export class WireError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}
