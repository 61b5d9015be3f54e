import type { FaultRule } from "../core/config/fault-rules.ts"
import type { Instant } from "../core/ids.ts"
import type { Chance } from "../simulation/chance.ts"
import { isFor, type RequestTarget } from "../simulation/request-target.ts"
import type { ServiceFault } from "../simulation/service-model.ts"
import { errorOf, throttleOf } from "../simulation/usual-faults.ts"

/** What is to go wrong with one request. `refuse` null: the service answers. */
export interface FaultPlan {
  readonly latencyMs: number
  readonly hangs: boolean
  /** The connection is cut before anything happens, or after. */
  readonly cut: "before" | "after" | null
  readonly refuse: ServiceFault | null
}

const NOTHING: FaultPlan = { latencyMs: 0, hangs: false, cut: null, refuse: null }

interface Entry {
  readonly rule: FaultRule
  /** Requests that the rule was for, and those that it happened to. */
  seen: number
  hits: number
}

/** Faults by rule, with seeded chance; every rule that is for a request adds to what goes wrong with it. */
export class Faults {
  readonly #chance: Chance
  readonly #startedAt: Instant
  #entries: readonly Entry[] = []

  constructor(rules: readonly FaultRule[], chance: Chance, startedAt: Instant) {
    this.#chance = chance
    this.#startedAt = startedAt
    this.replace(rules)
  }

  replace(rules: readonly FaultRule[]): void {
    this.#entries = rules.map((rule) => ({ rule, seen: 0, hits: 0 }))
  }

  add(rules: readonly FaultRule[]): void {
    this.#entries = [...this.#entries, ...rules.map((rule) => ({ rule, seen: 0, hits: 0 }))]
  }

  /** Rules with how often each was met. */
  list(): readonly (FaultRule & { readonly hits: number })[] {
    return this.#entries.map(({ rule, hits }) => ({ ...rule, hits }))
  }

  plan(target: RequestTarget, now: Instant): FaultPlan {
    let plan = NOTHING
    for (const entry of this.#entries) {
      if (!this.#happens(entry, target, (now - this.#startedAt) / 1000)) continue
      entry.hits += 1
      plan = { ...plan, ...this.#effectOf(entry.rule, target) }
    }
    return plan
  }

  #happens(entry: Entry, target: RequestTarget, second: number): boolean {
    const { rule } = entry
    if (second < (rule.from ?? 0) || second >= (rule.until ?? Number.POSITIVE_INFINITY)) return false
    if (!isFor(rule, target)) return false
    entry.seen += 1
    if (entry.hits >= (rule.times ?? Number.POSITIVE_INFINITY)) return false
    if (rule.nth !== undefined && !rule.nth.includes(entry.seen)) return false
    return rule.probability === undefined || this.#chance.isLess(rule.probability)
  }

  #effectOf(rule: FaultRule, { service }: RequestTarget): Partial<FaultPlan> {
    switch (rule.kind) {
      case "throttle":
        return { refuse: throttleOf(service) }
      case "error5xx":
        return { refuse: errorOf(service) }
      case "error":
        return { refuse: rule.error ?? errorOf(service) }
      case "latency":
        return { latencyMs: this.#chance.between(...(rule.delay ?? [1, 1])) * 1000 }
      case "hang":
        return { hangs: true }
      case "outage":
        return { cut: "before" }
      case "lostAnswer":
        return { cut: "after" }
      default:
        return rule.kind satisfies never
    }
  }
}
