// A client of the SDK without the SDK: `send(command)` over modelled services in this process, and the SDK's own repetitions.
// It decides nothing about answers: what they mean is the adapter's to say.
import { SILENCE_MS } from "../adapters/aws/client-options.ts"
import type { ServiceId } from "../core/config/world-file.ts"
import type { Instant } from "../core/ids.ts"
import type { Delivery, ModelledNetwork } from "./modelled-network.ts"
import { AnswerError, sdkOutput, silenceError } from "./sdk-answer.ts"
import type { SimulatedProcess } from "./simulated-process.ts"

/** What is read of a command: its operation, as the SDK's own schema names it, and its input. */
interface Command {
  readonly input: object
  readonly schema?: unknown
}

interface SendOptions {
  readonly abortSignal?: AbortSignal
}

export interface ModelledClientOptions {
  readonly service: ServiceId
  readonly region: string
  /** As `clientOptions` of adapters/aws. */
  readonly tries: number
}

/** Waits of the SDK between its tries [aws.md 6.9]: doubled from the first to 20 s, with full jitter. */
const FIRST_WAIT_MS = 100
const FIRST_THROTTLE_WAIT_MS = 500
const LONGEST_WAIT_MS = 20_000

/** Names of throttles that the SDK repeats. */
const THROTTLE = /^(Throttl|TooManyRequests|SlowDown)/

type Reply = { readonly output: Readonly<Record<string, unknown>> } | { readonly error: Error; readonly again: boolean }

export class ModelledClient {
  readonly config: { readonly credentials: (options?: { readonly forceRefresh?: boolean }) => Promise<object> }
  readonly #process: SimulatedProcess
  readonly #network: ModelledNetwork
  readonly #is: ModelledClientOptions

  constructor(process: SimulatedProcess, network: ModelledNetwork, is: ModelledClientOptions) {
    this.#process = process
    this.#network = network
    this.#is = is
    this.config = {
      credentials: async () => {
        await process.call("credentials", () => process.renewCredentials())
        return {}
      },
    }
  }

  /** Rejects as the SDK does. A request that was sent may take effect whatever its sender is told, or not told. */
  async send(command: Command, { abortSignal }: SendOptions = {}): Promise<unknown> {
    const { service, tries } = this.#is
    const operation = operationOf(command)
    for (let tried = 1; ; tried += 1) {
      const reply = await this.#once(operation, command.input as Readonly<Record<string, unknown>>, abortSignal)
      if ("output" in reply) return sdkOutput(service, reply.output)
      if (!reply.again || tried >= tries) {
        if (reply.error instanceof AnswerError) reply.error.$metadata.attempts = tried
        throw reply.error
      }
      await this.#pause(tried, reply.error, abortSignal)
      if (abortSignal?.aborted === true) throw silenceError("aborted")
    }
  }

  destroy(): void {}

  #once(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    abortSignal: AbortSignal | undefined,
  ): Promise<Reply> {
    if (abortSignal?.aborted === true) return Promise.resolve(ABORTED)
    const { service, region } = this.#is
    const [network, process] = [this.#network, this.#process]
    const request = { service, region, operation, input }
    const signedAt = network.sign(request)
    const told = process.call(`${service}.${operation}`, () =>
      this.#received(network.arrive(request, signedAt, process)),
    )
    return abortSignal === undefined ? told : orAborted(told, abortSignal)
  }

  #received(delivery: Delivery): Reply | Promise<Reply> {
    switch (delivery.kind) {
      case "answer": {
        const { answer } = delivery
        return answer.ok ? answer : { error: new AnswerError(answer.fault), again: isRepeated(answer.fault) }
      }
      case "reset":
      case "refused":
        return { error: silenceError(delivery.kind), again: true }
      case "silence":
        return this.#outwaited()
      default:
        return delivery satisfies never
    }
  }

  async #outwaited(): Promise<Reply> {
    const { clock } = this.#process.world
    await clock.sleep(clock.now() + SILENCE_MS)
    return { error: silenceError("timeOut"), again: true }
  }

  async #pause(tried: number, error: Error, signal: AbortSignal | undefined): Promise<void> {
    const { clock, random } = this.#process.world
    const first = THROTTLE.test(error.name) ? FIRST_THROTTLE_WAIT_MS : FIRST_WAIT_MS
    const until: Instant = clock.now() + random() * Math.min(first * 2 ** (tried - 1), LONGEST_WAIT_MS)
    await clock.sleep(until, signal)
  }
}

const ABORTED: Reply = { error: silenceError("aborted"), again: false }

function isRepeated({ name, status }: { readonly name: string; readonly status: number }): boolean {
  return THROTTLE.test(name) || status >= 500
}

function orAborted(told: Promise<Reply>, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve({ error: silenceError("aborted"), again: false })
    signal.addEventListener("abort", abort, { once: true })
    told.then((reply) => {
      signal.removeEventListener("abort", abort)
      resolve(reply)
    }, reject)
  })
}

/** The name stands in the schema that every command of the SDK carries: class names do not outlive a bundle. */
function operationOf({ schema }: Command): string {
  const name: unknown = Array.isArray(schema) ? schema[2] : undefined
  if (typeof name === "string") return name
  throw new Error("a command of the SDK without its schema: the version of the SDK is not one that is known here")
}
