// What tests, benchmarks and people ask of the emulator itself, under `/_regatta/`: its state, faults, buckets, queues, time.
// It is no part of AWS, and no client of AWS ever asks for it.
import { faultRuleSchema } from "../core/config/fault-rules.ts"
import { submissionStatus } from "../simulation/batch/job.ts"
import type { EmulatedAccount } from "./emulated-account.ts"
import type { WireAnswer, WireRequest } from "./exchange.ts"
import type { Faults } from "./faults.ts"
import type { ModelClock } from "./model-clock.ts"
import type { RequestCounts } from "./request-counts.ts"

export interface ControlOptions {
  readonly account: EmulatedAccount
  readonly faults: Faults
  readonly counts: RequestCounts
  readonly clock: ModelClock
  readonly children: { readonly count: number }
  readonly changed: () => void
}

type Input = Readonly<Record<string, unknown>>

const PREFIX = "/_regatta/"

/** Thrown for a request that cannot be read; its message is the answer. */
class ControlError extends Error {}

export class Control {
  readonly #options: ControlOptions

  readonly #routes: Readonly<Record<string, (input: Input, request: WireRequest) => unknown>> = {
    "GET state": () => this.#state(),
    "GET faults": () => ({ rules: this.#options.faults.list() }),
    "POST faults": (input) => this.#setFaults(input),
    "DELETE faults": () => this.#setFaults({ rules: [] }),
    "DELETE requests": () => this.#options.counts.reset(),
    "POST buckets": (input) => this.#addBucket(input),
    "POST queues": (input) => this.#addQueue(input),
    "POST time": (input) => this.#skip(input),
  }

  constructor(options: ControlOptions) {
    this.#options = options
  }

  /** null: the request is for a service. */
  answer(request: WireRequest): Promise<WireAnswer> | null {
    if (!request.path.startsWith(PREFIX)) return null
    const name = `${request.method} ${request.path.slice(PREFIX.length)}`
    const route = this.#routes[name]
    if (route === undefined) {
      return Promise.resolve(json(404, { message: `no ${name}; there are: ${Object.keys(this.#routes).join(", ")}` }))
    }
    try {
      return Promise.resolve(json(200, route(parse(request), request) ?? {}))
    } catch (error) {
      if (error instanceof ControlError) return Promise.resolve(json(400, { message: error.message }))
      throw error
    }
  }

  #state(): Input {
    const { account, counts, clock, children, faults } = this.#options
    account.modelled.sagemaker.settle(clock.now())
    return {
      version: 1,
      account: account.id,
      now: clock.now(),
      speed: clock.speed,
      requests: counts.all(),
      faults: faults.list(),
      children: children.count,
      batch: account.batch.submissions().map((submission) => ({
        region: submission.region,
        id: submission.id,
        name: submission.name,
        queue: submission.queue.name,
        status: submissionStatus(submission),
        size: submission.arraySize,
        counts: submission.counts,
        attempts: submission.jobs.reduce((sum, job) => sum + job.attempt, 0),
      })),
      messages: account.modelled.sns.messages,
      trainingJobs: account.modelled.sagemaker.jobs().map(({ region, name, createdAt, history }) => ({
        region,
        name,
        status: history.status,
        secondary: history.secondary,
        createdAt,
        endedAt: history.endedAt,
      })),
    }
  }

  /** Rules take the place of those before, or come beside them with `"add": true`. */
  #setFaults(input: Input): void {
    const given = input["rules"]
    if (!Array.isArray(given)) throw new ControlError('expected {"rules": […]}')
    const rules = given.map((rule, at) => {
      const read = faultRuleSchema.safeParse(rule)
      if (read.success) return read.data
      const [issue] = read.error.issues
      throw new ControlError(`rules[${at}] ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not a rule"}`)
    })
    if (input["add"] === true) this.#options.faults.add(rules)
    else this.#options.faults.replace(rules)
  }

  #addBucket(input: Input): void {
    const { account, clock } = this.#options
    account.s3.addBucket(text(input, "name"), text(input, "region"), account.id, clock.now())
  }

  #addQueue(input: Input): void {
    const vcpus = Number(input["vcpus"] ?? 4)
    if (!Number.isInteger(vcpus) || vcpus < 1) throw new ControlError("vcpus: expected a whole number from 1")
    this.#options.account.batch.addQueue(text(input, "region"), text(input, "name"), vcpus)
  }

  /** `{"seconds": 60}`: model time jumps ahead. */
  #skip(input: Input): Input {
    const seconds = Number(input["seconds"])
    if (!(seconds >= 0)) throw new ControlError("seconds: expected a number from 0")
    this.#options.clock.skip(seconds * 1000)
    this.#options.changed()
    return { now: this.#options.clock.now() }
  }
}

function text(input: Input, name: string): string {
  const value = input[name]
  if (typeof value === "string" && value !== "") return value
  throw new ControlError(`${name}: expected a text`)
}

function parse({ body }: WireRequest): Input {
  if (body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    if (typeof value === "object" && value !== null) return value as Input
  } catch {
    // Told below, as any other body that is no object.
  }
  throw new ControlError("the body is not a JSON object")
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(body)}\n` }
}
