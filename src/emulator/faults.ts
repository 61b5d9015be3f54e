import type { FaultRule } from "../core/config/fault-rules.ts"
import type { Instant } from "../core/ids.ts"
import type { Chance } from "../simulation/chance.ts"
import type { ServiceFault } from "../simulation/service-model.ts"

export interface FaultTarget {
  readonly service: string
  readonly operation: string
  readonly region: string
}

/** What is to go wrong with one request. `refuse` null: the service answers. */
export interface FaultPlan {
  readonly latencyMs: number
  readonly hangs: boolean
  /** The connection is cut before anything happens, or after. */
  readonly cut: "before" | "after" | null
  readonly refuse: ServiceFault | null
}

const NOTHING: FaultPlan = { latencyMs: 0, hangs: false, cut: null, refuse: null }

/** Faults by rule, with seeded chance; every rule that is for a request adds to what goes wrong with it. */
export class Faults {
  readonly #chance: Chance
  readonly #startedAt: Instant
  #rules: readonly { readonly rule: FaultRule; hits: number }[] = []

  constructor(rules: readonly FaultRule[], chance: Chance, startedAt: Instant) {
    this.#chance = chance
    this.#startedAt = startedAt
    this.replace(rules)
  }

  replace(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, hits: 0 }))
  }

  add(rules: readonly FaultRule[]): void {
    this.#rules = [...this.#rules, ...rules.map((rule) => ({ rule, hits: 0 }))]
  }

  /** Rules with how often each was met. */
  list(): readonly (FaultRule & { readonly hits: number })[] {
    return this.#rules.map(({ rule, hits }) => ({ ...rule, hits }))
  }

  plan(target: FaultTarget, now: Instant): FaultPlan {
    let plan = NOTHING
    for (const entry of this.#rules) {
      if (!isFor(entry.rule, target, (now - this.#startedAt) / 1000)) continue
      if (entry.hits >= (entry.rule.times ?? Number.POSITIVE_INFINITY)) continue
      if (!this.#chance.isLess(entry.rule.probability ?? 1)) continue
      entry.hits += 1
      plan = { ...plan, ...effectOf(entry.rule, target) }
    }
    return plan
  }
}

function isFor(rule: FaultRule, { service, operation, region }: FaultTarget, seconds: number): boolean {
  if (seconds < (rule.from_seconds ?? 0) || seconds >= (rule.until_seconds ?? Number.POSITIVE_INFINITY)) return false
  return (
    (rule.service ?? service) === service &&
    (rule.operation ?? operation) === operation &&
    (rule.region ?? region) === region
  )
}

function effectOf(rule: FaultRule, { service }: FaultTarget): Partial<FaultPlan> {
  switch (rule.fault) {
    case "throttle":
      return { refuse: throttleOf(service) }
    case "error": {
      const own = errorOf(service)
      return {
        refuse: {
          name: rule.name ?? own.name,
          message: rule.message ?? own.message,
          status: rule.status ?? own.status,
        },
      }
    }
    case "latency":
      return { latencyMs: rule.milliseconds }
    case "hang":
      return { hangs: true }
    case "outage":
      return { cut: "before" }
    case "lostAnswer":
      return { cut: "after" }
    default:
      return rule satisfies never
  }
}

/** Each service has its own name for it [aws.md's sources: botocore's and the SDK's lists of throttling errors]. */
function throttleOf(service: string): ServiceFault {
  switch (service) {
    case "s3":
      return { name: "SlowDown", message: "Please reduce your request rate.", status: 503 }
    case "batch":
      return { name: "TooManyRequestsException", message: "Too Many Requests", status: 429 }
    case "sts":
    case "iam":
      return { name: "Throttling", message: "Rate exceeded", status: 400 }
    default:
      return { name: "ThrottlingException", message: "Rate exceeded", status: 400 }
  }
}

function errorOf(service: string): ServiceFault {
  const message = "We encountered an internal error. Please try again."
  if (service === "s3") return { name: "InternalError", message, status: 500 }
  if (service === "batch") return { name: "ServerException", message, status: 500 }
  return { name: "InternalFailure", message, status: 500 }
}
