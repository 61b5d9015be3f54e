import type { Resource } from "./search.ts"

/**
 * How much of the resource each rung gives: min, min * eta, min * eta^2, …, and at last max. Where max is no such product it
 * takes the place of the last one below it, so that no two rungs are nearer than eta and the best rows are trained in full.
 */
export function rungsOf({ min, max, eta }: Pick<Resource, "min" | "max" | "eta">): readonly number[] {
  const rungs: number[] = []
  // A little above max counts as max: 0.1 * 3 * 3 is above 0.9.
  for (let level = min; level * eta <= max * (1 + 1e-9); level *= eta) rungs.push(Number(level.toPrecision(14)))
  return [...rungs, max]
}
