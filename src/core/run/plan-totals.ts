import type { Config } from "../config/config.ts"
import { expectedSeconds } from "../decision/policy.ts"
import type { JobSpec } from "../job/job-spec.ts"
import { type Place, placeKey } from "../job/place.ts"
import type { RowSettings } from "../manifest/row-settings.ts"
import type { Plan, PlanRegion } from "./plan.ts"

/** Adds up what the plan says of all rows together. Memory grows with regions and instance types. */
export class PlanTotals {
  readonly #config: Pick<Config, "limits" | "prices" | "on">
  readonly #regions = new Map<string, { rows: number; readonly instances: Map<string, number> }>()
  readonly #notApplied = new Map<string, number>()
  readonly #cost = { low: 0, high: 0, known: 0, unknown: 0, expected: 0, expectedUsd: 0, dearestUsd: 0 }
  readonly #earlier: number | null
  readonly #quotas = new Map<string, number>()
  #size = 0

  /** @param earlierRuntimeSeconds of earlier runs of the name; null: not known. */
  constructor(config: Pick<Config, "limits" | "prices" | "on">, earlierRuntimeSeconds: number | null = null) {
    this.#config = config
    this.#earlier = earlierRuntimeSeconds
  }

  add(spec: JobSpec, given: RowSettings): void {
    this.#size += 1
    this.#addPlace(spec.places[0])
    this.#addCost(spec)
    if (this.#config.on !== "local") return
    for (const { column } of given.values()) {
      if (!column.facts.local) this.#notApplied.set(column.name, (this.#notApplied.get(column.name) ?? 0) + 1)
    }
  }

  /** Quotas of the account, by key of a place: with the limits of regatta.yaml they bound what trains at once. */
  noteQuotas(quotas: ReadonlyMap<string, { readonly limit: number }>): void {
    for (const [key, { limit }] of quotas) this.#quotas.set(key, limit)
  }

  get size(): number {
    return this.#size
  }

  get regions(): readonly PlanRegion[] {
    return [...this.#regions].map(([region, { rows, instances }]) => {
      const known = [...instances.keys()].flatMap((type) => {
        const key = `${region}/${type}`
        const bounds = [this.#config.limits[key], this.#quotas.get(key)].filter((bound) => bound !== undefined)
        return bounds.length === 0 ? [] : [[type, Math.min(...bounds)] as const]
      })
      return { region, rows, instances: Object.fromEntries(instances), limits: Object.fromEntries(known) }
    })
  }

  get notApplied(): Plan["notApplied"] {
    return Object.fromEntries(this.#notApplied)
  }

  get cost(): Plan["cost"] {
    const { low, high, known, unknown, expected, expectedUsd, dearestUsd } = this.#cost
    if (known === 0) return null
    const other = this.#earlier === null ? "max_runtime" : `the median of earlier runs, ${seconds(this.#earlier)}`
    const lowest = expected === known ? "expected_runtime" : expected === 0 ? other : `expected_runtime or ${other}`
    return {
      lowUsd: low,
      highUsd: high,
      expectedUsd,
      dearestRowUsd: dearestUsd,
      unknownRows: unknown,
      basis: `${lowest} at the cheapest place, to max_runtime at the dearest`,
      earlierRuntimeSeconds: this.#earlier,
    }
  }

  #earlierOf(): { readonly earlierRuntimeSeconds?: number } {
    return this.#earlier === null ? {} : { earlierRuntimeSeconds: this.#earlier }
  }

  #addPlace(place: Place): void {
    const region = this.#regions.get(place.region) ?? { rows: 0, instances: new Map<string, number>() }
    const type = placeKey(place).slice(place.region.length + 1)
    region.rows += 1
    region.instances.set(type, (region.instances.get(type) ?? 0) + place.instances)
    this.#regions.set(place.region, region)
  }

  /** A row counts only when all its places have a price: else the range would leave out what it may cost. */
  #addCost(spec: JobSpec): void {
    const rates = spec.places.map((place) => {
      const price = this.#config.prices[`${place.region}/${place.instanceType}`]
      return price === undefined ? null : (price * place.instances) / 3600
    })
    const known = rates.filter((rate) => rate !== null)
    if (known.length < rates.length) {
      this.#cost.unknown += 1
      return
    }
    this.#cost.known += 1
    if (spec.expectedRuntimeSeconds !== null) this.#cost.expected += 1
    const least = Math.min(...known) * expectedSeconds(this.#earlierOf(), spec)
    this.#cost.low += least
    if (spec.expectedRuntimeSeconds !== null || this.#earlier !== null) this.#cost.expectedUsd += least
    this.#cost.dearestUsd = Math.max(this.#cost.dearestUsd, least)
    this.#cost.high += Math.max(...known) * spec.maxRuntimeSeconds
  }
}

function seconds(value: number): string {
  return `${Number(value.toFixed(1))} seconds`
}
