import type { ThrottleRule } from "../core/config/fault-rules.ts"
import type { Instant } from "../core/ids.ts"
import { isFor, type RequestTarget } from "./request-target.ts"

interface Bucket {
  tokens: number
  at: Instant
}

/** Rates that a service allows, as buckets of tokens: one for each rule and region. */
export class Throttles {
  readonly #rules: readonly ThrottleRule[]
  readonly #buckets = new Map<string, Bucket>()
  /** Rules, with their places, that are for a target: asked for each request. */
  readonly #met = new Map<string, readonly (readonly [number, ThrottleRule])[]>()

  constructor(rules: readonly ThrottleRule[]) {
    this.#rules = rules
  }

  /** Whether the request comes too soon; one that does not takes a token of every rule. */
  isTooFast(target: RequestTarget, now: Instant): boolean {
    const met = this.#rulesFor(target).map(([at, rule]) => this.#bucket(rule, `${at} ${target.region}`, now))
    if (met.some(({ tokens }) => tokens < 1)) return true
    for (const bucket of met) bucket.tokens -= 1
    return false
  }

  #rulesFor(target: RequestTarget): readonly (readonly [number, ThrottleRule])[] {
    const key = `${target.service} ${target.operation} ${target.region}`
    const known = this.#met.get(key)
    if (known !== undefined) return known
    const met = [...this.#rules.entries()].filter(([, rule]) => isFor(rule, target))
    this.#met.set(key, met)
    return met
  }

  #bucket({ rate, burst }: ThrottleRule, key: string, now: Instant): Bucket {
    const most = burst ?? Math.max(1, rate)
    const bucket = this.#buckets.get(key) ?? { tokens: most, at: now }
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) * rate) / 1000)
    bucket.at = now
    this.#buckets.set(key, bucket)
    return bucket
  }
}
