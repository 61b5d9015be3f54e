import type { RunRecord } from "../run/run.ts"
import type { Place } from "./place.ts"

/** USD of what a service billed at a place: instance-seconds x the stored on-demand price; null while either is unknown, except that nothing billed is 0. */
export function costUsd(
  run: Pick<RunRecord, "prices">,
  place: Pick<Place, "region" | "instanceType">,
  billableSeconds: number | null,
): number | null {
  if (billableSeconds === 0) return 0
  const price = run.prices[`${place.region}/${place.instanceType}`]
  return price === undefined || billableSeconds === null ? null : (billableSeconds / 3600) * price
}
