// Sends the same records to several endpoints or variants, in turn, and keeps what each answered and how long it took.
// It judges nothing, and sends nothing twice but what got no answer.
import type { ComparedTarget, TargetAnswers } from "../core/endpoint/endpoint-comparison.ts"
import type { Invocation, Prediction } from "../core/endpoint/invocation.ts"
import { type PredictionValues, readPredictions } from "../core/endpoint/read-predictions.ts"
import { isRegattaError } from "../core/errors.ts"
import type { EndpointService } from "../ports/endpoint-service.ts"
import type { Clock } from "../ports/world.ts"

export interface AskPorts {
  readonly endpoints: Pick<EndpointService, "invoke">
  readonly clock: Clock
}

export interface Asking {
  readonly records: readonly string[]
  /** Records of one request. */
  readonly batch: number
  readonly contentType: string
  readonly accept: string | null
}

/** Sends of one request before it counts as failed. */
const SENDS = 2

/**
 * The targets take turns within each batch, and begin each with another: what changes meanwhile changes for all. The first
 * request to each is sent twice and its first answer's time left out, since it opens a connection. Errors: `notFound`,
 * `denied`; a request that is refused or gets no answer is counted. Ended early by the signal: what was answered until then.
 */
export async function askEndpoints(
  ports: AskPorts,
  targets: readonly ComparedTarget[],
  asking: Asking,
  onRecords: (done: number) => void,
  signal: AbortSignal,
): Promise<readonly TargetAnswers[]> {
  const books = targets.map((target) => new AnswerBook(target))
  const { records, batch } = asking
  for (const target of targets)
    if (!signal.aborted) await send(ports, target, asking, records.slice(0, batch)).catch(passOver)
  for (let from = 0; from < records.length && !signal.aborted; from += batch) {
    const part = records.slice(from, from + batch)
    const first = (from / batch) % books.length
    for (const book of [...books.slice(first), ...books.slice(0, first)]) await book.ask(ports, asking, part)
    onRecords(from + part.length)
  }
  return books.map((book) => book.answers())
}

/** What is wrong with a request is counted when it is sent for the record. */
function passOver(error: unknown): void {
  if (!isRegattaError(error, "unavailable", "invalid")) throw error
}

function send(
  { endpoints }: AskPorts,
  { endpoint: name, region, variant }: ComparedTarget,
  { contentType, accept }: Asking,
  part: readonly string[],
): Promise<Prediction> {
  const body = new TextEncoder().encode(part.map((record) => `${record}\n`).join(""))
  const call: Invocation = { variant, contentType, accept, body }
  return endpoints.invoke({ region, name }, call)
}

class AnswerBook {
  readonly #target: ComparedTarget
  readonly #predictions: (PredictionValues | null)[] = []
  readonly #latencies: (number | null)[] = []
  #requests = 0
  #failures = 0
  #failure: string | null = null

  constructor(target: ComparedTarget) {
    this.#target = target
  }

  async ask(ports: AskPorts, asking: Asking, part: readonly string[]): Promise<void> {
    this.#requests += 1
    for (let sends = 1; ; sends += 1) {
      const began = ports.clock.now()
      try {
        const { body, contentType } = await send(ports, this.#target, asking, part)
        this.#latencies.push(ports.clock.now() - began)
        const values = readPredictions(new TextDecoder().decode(body), contentType, part.length)
        this.#predictions.push(...(values ?? part.map(() => null)))
        return
      } catch (error) {
        if (isRegattaError(error, "unavailable") && sends < SENDS) continue
        if (!isRegattaError(error, "unavailable", "invalid")) throw error
        this.#failures += 1
        this.#failure ??= error.message
        this.#latencies.push(null)
        this.#predictions.push(...part.map(() => null))
        return
      }
    }
  }

  answers(): TargetAnswers {
    return {
      target: this.#target,
      predictions: this.#predictions,
      latencies: this.#latencies,
      requests: this.#requests,
      failures: this.#failures,
      failure: this.#failure,
    }
  }
}
