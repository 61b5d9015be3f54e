/** A number for each pair of different regions: one for all, or by the region that data comes from and the one it goes to. */
export type ByPair = number | Readonly<Record<string, number | Readonly<Record<string, number>>>>

/** `placement` of regatta.yaml: what choosing regions weighs (docs/placement.md). */
export interface PlacementSettings {
  /** Regions where a row may train beside those of its data; null: those of the manifest, of `regions`, and those that have prices. */
  readonly regions: readonly string[] | null
  /** USD per GB (10^9 bytes) that leaves a region for another; null, or a pair that is missing: unknown, and nothing is copied there. */
  readonly transferUsdPerGb: ByPair | null
  /** MB (10^6 bytes) that are copied in a second. */
  readonly copyMbPerSecond: ByPair
  /** USD per instance-hour on Spot by `region/instance_type`. */
  readonly spotPrices: Readonly<Record<string, number>>
  /** What an hour is worth by which the whole run ends sooner. */
  readonly hourUsd: number
  /** By when the whole run should be done, in hours from its submission; null: none. */
  readonly deadlineHours: number | null
  /** Regions of buckets that are not asked. */
  readonly buckets: Readonly<Record<string, string>>
  /** Where the data of a bucket or prefix may be copied: regions, or `eu-*` for all that begin so. */
  readonly residency: Readonly<Record<string, readonly string[]>>
  /** Where copies go, with `{region}` and `{account}`; null: DEFAULT_COPY_STORE. */
  readonly store: string | null
}

/**
 * S3 copies between regions at some hundred MB/s with many parts at once; how fast it is for an account, nobody promises. It
 * is an estimate on the safe side.
 */
export const COPY_MB_PER_SECOND = 100

export const NO_PLACEMENT_SETTINGS: PlacementSettings = {
  regions: null,
  transferUsdPerGb: null,
  copyMbPerSecond: COPY_MB_PER_SECOND,
  spotPrices: {},
  hourUsd: 0,
  deadlineHours: null,
  buckets: {},
  residency: {},
  store: null,
}

/** The number of a pair; null: it is not known. */
export function ofPair(numbers: ByPair | null, from: string, to: string): number | null {
  if (numbers === null || typeof numbers === "number") return numbers
  const outgoing = Object.hasOwn(numbers, from) ? numbers[from] : undefined
  if (outgoing === undefined || typeof outgoing === "number") return outgoing ?? null
  return Object.hasOwn(outgoing, to) ? (outgoing[to] ?? null) : null
}

/** Whether a region is one of those allowed: names, or beginnings such as `eu-*`. */
export function isWithin(region: string, allowed: readonly string[]): boolean {
  return allowed.some((each) => (each.endsWith("*") ? region.startsWith(each.slice(0, -1)) : region === each))
}

/** Residency of data: that of the longest bucket or prefix that covers it; null: it may go anywhere. */
export function residencyOf(residency: PlacementSettings["residency"], uri: string): readonly string[] | null {
  const location = uri.replace(/^s3:\/\//, "")
  let longest: string | null = null
  for (const key of Object.keys(residency)) {
    const prefix = trimmed(key)
    const covers = location === prefix || location.startsWith(`${prefix}/`)
    if (covers && (longest === null || prefix.length > trimmed(longest).length)) longest = key
  }
  return longest === null ? null : (residency[longest] ?? null)
}

function trimmed(key: string): string {
  return key.replace(/^s3:\/\//, "").replace(/\/+$/, "")
}
