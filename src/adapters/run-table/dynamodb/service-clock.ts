import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { Instant } from "../../../core/ids.ts"
import type { Clock } from "../../../ports/world.ts"

/** The answers' Date has whole seconds: a smaller difference is none. */
const COARSE_MS = 2_000

/**
 * The time as the service tells it in its answers, so that the order of changes does not hang on the clocks of the machines
 * that write them: the SDK itself corrects only what is wrong by five minutes.
 */
export class ServiceClock {
  readonly #clock: Clock
  readonly #random: () => number
  #offset = 0

  constructor(client: DynamoDBClient, clock: Clock, random: () => number) {
    this.#clock = clock
    this.#random = random
    client.middlewareStack.add(
      (next) => async (given) => {
        const answer = await next(given)
        this.#learn(answer.response)
        return answer
      },
      { step: "deserialize", tags: ["SERVICE_CLOCK"] },
    )
  }

  now(): Instant {
    return this.#clock.now() + this.#offset
  }

  /** When an item is written, as a text that sorts by time; no two writes have the same. */
  stamp(): string {
    return stampOf(this.now(), Math.floor(this.#random() * 2 ** 48))
  }

  #learn(response: unknown): void {
    const { headers } = (response ?? {}) as { readonly headers?: Readonly<Record<string, string | undefined>> }
    const told = Date.parse(headers?.["date"] ?? "")
    if (Number.isNaN(told)) return
    const difference = told + 500 - this.#clock.now()
    this.#offset = Math.abs(difference) < COARSE_MS ? 0 : difference
  }
}

/** Of a moment, the least stamp there is, unless `mark` says which. */
export function stampOf(at: Instant, mark?: number): string {
  const time = String(Math.max(0, at)).padStart(15, "0")
  return mark === undefined ? time : `${time}-${mark.toString(16).padStart(12, "0")}`
}
