import type { SeededRandom } from "./seeded-random.ts"

/** So many points, of which each of as many equal strata of every dimension has exactly one (McKay, Beckman and Conover 1979). */
export function latinHypercube(
  count: number,
  dimensions: number,
  random: SeededRandom,
): readonly (readonly number[])[] {
  const strata = Array.from({ length: dimensions }, () => random.permutation(count))
  return Array.from({ length: count }, (_, point) =>
    strata.map((order) => ((order[point] ?? 0) + random.uniform()) / count),
  )
}
