// The way from all processes to the modelled account: requests and answers get lost, come late or are throttled, by seeded chance.
// It changes no answer of the models but leaves out what is too new to be shown; requests under way outlive their senders.
import type { ThrottleRule } from "../core/config/fault-rules.ts"
import type { ServiceId } from "../core/config/world-file.ts"
import type { Instant, JobName } from "../core/ids.ts"
import type { Chance } from "./chance.ts"
import type { History } from "./history.ts"
import type { NetworkOdds } from "./network-odds.ts"
import { hideNew } from "./not-yet-shown.ts"
import type { ServiceAnswer, ServiceFault } from "./service-model.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { Tally } from "./tally.ts"
import { Throttles } from "./throttles.ts"
import { errorOf, throttleOf } from "./usual-faults.ts"
import type { VirtualClock } from "./virtual-clock.ts"

export interface NetworkRequest {
  readonly service: ServiceId
  readonly region: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

export type NetworkTarget = Pick<NetworkRequest, "service" | "region" | "operation">

/** What its sender meets. */
export type Delivery =
  | { readonly kind: "answer"; readonly answer: ServiceAnswer }
  /** The connection broke; `refused`: there was none. */
  | { readonly kind: "reset" | "refused" }
  | { readonly kind: "silence" }

export interface NetworkOptions {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly tally: Tally
  readonly history: History
  readonly throttles: readonly ThrottleRule[]
  readonly odds: (request: NetworkTarget, now: Instant) => NetworkOdds
  /** The services. */
  readonly handle: (request: NetworkRequest, now: Instant) => ServiceAnswer
  /** What the service refuses by itself beyond its model; null: nothing. */
  readonly refuse: (request: NetworkRequest) => ServiceFault | null
  readonly onSigned: (request: NetworkRequest) => void
}

/** A signed request dies after it [AWS Signature Version 4]. */
export const SIGNATURE_MS = 300_000

/** Operations that change something; what is only asked does no harm minutes later. */
const CHANGES = /^(Create|Stop|Submit|Terminate|Put|Register)/

/** A write to the central table lands at once or never: its readers rely on that (run-table/dynamodb/dynamodb-store.ts). */
function maybeLate({ service, operation }: NetworkRequest): boolean {
  return service !== "dynamodb" && CHANGES.test(operation)
}

type Fate = "lost" | "answerLost" | "hang" | "late" | "serverError" | "arrives"

export class ModelledNetwork {
  readonly #options: NetworkOptions
  readonly #throttles: Throttles
  /** Creates under way by name of their job. */
  readonly #underWay = new Map<string, number>()

  constructor(options: NetworkOptions) {
    this.#options = options
    this.#throttles = new Throttles(options.throttles)
  }

  /**
   * A request is made and signed, and its sender is committed to it; when that was. The service corrects the clock of a
   * sender, and takes no notice of it.
   */
  sign(request: NetworkRequest): Instant {
    this.#options.onSigned(request)
    return this.#options.clock.now()
  }

  /** Whether a create of this name was sent, has not arrived and may yet. */
  isUnderWay(name: JobName): boolean {
    return this.#underWay.has(name)
  }

  /** One request at the moment at which it reaches the service, or would. */
  arrive(request: NetworkRequest, signedAt: Instant, sender: SimulatedProcess): Delivery {
    const { clock, tally, odds } = this.#options
    const here = odds(request, clock.now())
    const delivery = this.#deliver(request, signedAt, sender, here)
    if (delivery.kind !== "answer") tally.fault(`${request.service}: ${delivery.kind}`)
    this.#record(sender.id, request, delivery)
    return delivery
  }

  #deliver(request: NetworkRequest, signedAt: Instant, sender: SimulatedProcess, odds: NetworkOdds): Delivery {
    const { clock, chance, tally } = this.#options
    const { service, operation } = request
    if (odds.isDark) {
      tally.fault(service === "dynamodb" ? "table away" : "region dark")
      return { kind: chance.isLess(0.5) ? "refused" : "silence" }
    }
    const fate = drawFate(chance.next(), odds, maybeLate(request))
    if (fate !== "arrives") tally.fault(`${wordFor(request)} ${WORDS[fate]}`)
    switch (fate) {
      case "lost":
        return { kind: "reset" }
      case "hang":
        return { kind: "silence" }
      case "late":
        this.#sendLate(request, signedAt, sender)
        return { kind: "silence" }
      case "serverError":
        if (chance.isLess(0.5)) this.#serve(request, signedAt, sender, odds)
        return { kind: "answer", answer: { ok: false, fault: errorOf(service) } }
      case "answerLost":
        this.#serve(request, signedAt, sender, odds)
        return { kind: "reset" }
      case "arrives": {
        const answer = this.#serve(request, signedAt, sender, odds)
        const shown = hideNew(request, answer, clock.now(), odds.notYet, chance)
        if (shown !== answer) tally.fault(`not shown yet: ${operation}`)
        return { kind: "answer", answer: shown }
      }
      default:
        return fate satisfies never
    }
  }

  /** It lands at some moment of its signature's life. */
  #sendLate(request: NetworkRequest, signedAt: Instant, sender: SimulatedProcess): void {
    const { clock, chance, odds } = this.#options
    const name = request.operation === "CreateTrainingJob" ? String(request.input["TrainingJobName"]) : null
    const left = signedAt + SIGNATURE_MS - clock.now()
    if (left <= 1_000) return
    this.#count(name, 1)
    clock.at(clock.now() + chance.between(1_000, left), () => {
      this.#count(name, -1)
      const here = odds(request, clock.now())
      if (!here.isDark) this.#record(`${sender.id} late`, request, this.#landed(request, signedAt, sender, here))
    })
  }

  #landed(request: NetworkRequest, signedAt: Instant, sender: SimulatedProcess, odds: NetworkOdds): Delivery {
    return { kind: "answer", answer: this.#serve(request, signedAt, sender, odds) }
  }

  #count(name: string | null, change: 1 | -1): void {
    if (name === null) return
    const count = (this.#underWay.get(name) ?? 0) + change
    if (count === 0) this.#underWay.delete(name)
    else this.#underWay.set(name, count)
  }

  #serve(request: NetworkRequest, signedAt: Instant, sender: SimulatedProcess, odds: NetworkOdds): ServiceAnswer {
    const { clock, chance, tally, handle, refuse } = this.#options
    const now = clock.now()
    if (now > signedAt + SIGNATURE_MS) {
      tally.fault("signature too old")
      return refused({ name: "InvalidSignatureException", message: "Signature expired", status: 403 })
    }
    if (chance.isLess(odds.expired)) sender.expireCredentials()
    if (!sender.hasCredentials) {
      tally.fault("credentials expired")
      return refused(EXPIRED)
    }
    if (this.#throttles.isTooFast(request, now)) {
      tally.fault(`throttled: ${request.operation}`)
      return refused(throttleOf(request.service))
    }
    const fault = refuse(request)
    return fault === null ? handle(request, now) : refused(fault)
  }

  #record(sender: string, { region, service, operation, input }: NetworkRequest, delivery: Delivery): void {
    const { clock, history } = this.#options
    const named = input["TrainingJobName"] ?? input["jobName"] ?? input["Key"] ?? input["jobId"] ?? ""
    history.add(clock.now(), `${sender} ${region} ${service}.${operation} ${named} ${wordOf(delivery)}`)
  }
}

const EXPIRED: ServiceFault = {
  name: "ExpiredTokenException",
  message: "The security token included in the request is expired",
  status: 403,
}

const WORDS: Readonly<Record<Exclude<Fate, "arrives">, string>> = {
  lost: "lost",
  answerLost: "answered in vain",
  hang: "hangs",
  late: "late",
  serverError: "met an error of the service",
}

function drawFate(drawn: number, odds: NetworkOdds, changes: boolean): Fate {
  let left = drawn
  for (const fate of ["lost", "answerLost", "hang", "serverError"] as const) {
    if (left < odds[fate]) return fate
    left -= odds[fate]
  }
  return changes && left < odds.late ? "late" : "arrives"
}

function wordFor({ service, operation }: NetworkRequest): string {
  if (service === "dynamodb") return "table request"
  return operation === "CreateTrainingJob" ? "create" : "request"
}

function refused(fault: ServiceFault): ServiceAnswer {
  return { ok: false, fault }
}

function wordOf(delivery: Delivery): string {
  if (delivery.kind !== "answer") return delivery.kind
  return delivery.answer.ok ? "ok" : delivery.answer.fault.name
}
