import { statisticOf } from "../run/statistic.ts"

/** By what one is higher than another, pair by pair. */
export interface PairedDifference {
  /** Pairs of which both are known. */
  readonly pairs: number
  readonly mean: number
  /** Of the mean; null: one pair has none. */
  readonly standardError: number | null
  /** Whether the pairs tell it from chance: there are enough of them, and the mean's 95 % interval is beside 0. */
  readonly isTold: boolean
}

/** Fewer pairs than this tell nothing, however alike they are. */
const FEWEST_PAIRS = 5

/** Student's t, two-sided 95 %, by degrees of freedom from 4; above these it is near the normal distribution's. */
const STUDENT = [2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1, 2.09, 2.09]
const NORMAL = 1.96

/** null: no pair. */
export function pairedDifference(
  base: readonly (number | null)[],
  other: readonly (number | null)[],
): PairedDifference | null {
  const differences = base.flatMap((value, at) => {
    const against = other[at] ?? null
    return value === null || against === null ? [] : [against - value]
  })
  const statistic = statisticOf(differences)
  if (statistic === null) return null
  const { count, mean, spread } = statistic
  const standardError = spread === null ? null : spread / Math.sqrt(count)
  const width = STUDENT[count - FEWEST_PAIRS] ?? NORMAL + 2.5 / count
  const isTold = count >= FEWEST_PAIRS && standardError !== null && Math.abs(mean) > width * standardError
  return { pairs: count, mean, standardError, isTold }
}
