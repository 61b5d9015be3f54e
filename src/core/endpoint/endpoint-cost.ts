import type { Instant } from "../ids.ts"
import type { VariantState } from "./endpoint-state.ts"

type Machines = Pick<VariantState, "instanceType" | "instances">

/** USD per hour of all machines; null as soon as the price or the number of one is unknown. */
export function hourlyUsd(
  variants: readonly Machines[],
  price: (instanceType: string) => number | null,
): number | null {
  let sum = 0
  for (const { instanceType, instances } of variants) {
    const each = instanceType === null ? null : price(instanceType)
    if (each === null || instances === null) return null
    sum += each * instances
  }
  return variants.length === 0 ? null : sum
}

/**
 * An estimate from above: the service bills machines by the second from when they are up, and says nowhere when that was.
 * `until`: now, or when it was gone.
 */
export function usdSoFar(perHour: number | null, createdAt: Instant | null, until: Instant): number | null {
  if (perHour === null || createdAt === null) return null
  return (perHour * Math.max(0, until - createdAt)) / 3_600_000
}
