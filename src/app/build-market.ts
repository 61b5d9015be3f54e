// What regions offer to rows that may move: prices and room as regatta.yaml has them, and on aws as the account tells the rest.
// What nobody knows stays unknown; the notes say what could not be asked.
import pLimit from "p-limit"
import type { Config } from "../core/config/config.ts"
import { isRegattaError } from "../core/errors.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import { COPY_MB_PER_SECOND, NO_PLACEMENT_SETTINGS, ofPair } from "../core/placement/placement-settings.ts"
import type { Market } from "../core/placement/problem.ts"
import type { AccountAccess } from "./account-access.ts"
import { AccountCheck } from "./check-account.ts"

/** A machine that is asked about, and the most of them that one row wants at once. */
export interface WantedMachine extends Pick<Place, "region" | "instanceType" | "spot"> {
  readonly instances: number
}

export interface MarketSources {
  readonly config: Config
  /** null: nothing is asked of an account. */
  readonly account: AccountAccess | null
  /** Live instances at a place now; missing: not known, and none is taken to be there. */
  readonly live?: ((place: Pick<Place, "region" | "instanceType" | "spot">) => Promise<number>) | undefined
}

/** Questions at once: each book keeps its own pace. */
const AT_ONCE = 8
const BYTES_PER_MB = 1_000_000

/** @param regions to which rows may move. `wanted`: every machine in every region that is to be weighed. */
export async function buildMarket(
  sources: MarketSources,
  regions: readonly string[],
  wanted: readonly WantedMachine[],
): Promise<{ readonly market: Market; readonly notes: readonly string[] }> {
  const { config, account } = sources
  const settings = config.placement ?? NO_PLACEMENT_SETTINGS
  const notes = new Set<string>()
  const prices = await pricesOf(config, account, wanted, notes)
  const rooms = new Map<string, number | null>()
  const limit = pLimit(AT_ONCE)
  await Promise.all(
    wanted.map((each) =>
      limit(
        async () =>
          void rooms.set(
            placeKey(each),
            await roomOf(sources, each, prices[`${each.region}/${each.instanceType}`], notes),
          ),
      ),
    ),
  )
  const market: Market = {
    regions,
    price(region, instanceType, spot) {
      const key = `${region}/${instanceType}`
      const own = spot ? settings.spotPrices[key] : undefined
      return own ?? prices[key] ?? null
    },
    room: (region, instanceType, spot) => rooms.get(placeKey({ region, instanceType, spot })) ?? null,
    transferUsdPerGb: (from, to) => ofPair(settings.transferUsdPerGb, from, to),
    copySeconds(from, to, bytes) {
      const speed = ofPair(settings.copyMbPerSecond, from, to) ?? COPY_MB_PER_SECOND
      return bytes / (speed * BYTES_PER_MB)
    },
    hourUsd: settings.hourUsd,
    deadlineHours: settings.deadlineHours,
  }
  if (
    wanted.some(
      ({ spot, region, instanceType }) => spot && settings.spotPrices[`${region}/${instanceType}`] === undefined,
    )
  )
    notes.add("Spot is weighed at the price on demand where placement.spot_prices has none")
  return { market, notes: [...notes] }
}

async function pricesOf(
  config: Config,
  account: AccountAccess | null,
  wanted: readonly WantedMachine[],
  notes: Set<string>,
): Promise<Readonly<Record<string, number>>> {
  if (account === null) return config.prices
  const check = new AccountCheck(account, config, false)
  await check.learnPrices(wanted)
  for (const missed of check.notChecked) if (missed.startsWith("prices")) notes.add(`not asked: ${missed}`)
  return check.prices
}

/** Instances at once: the smaller of limit and quota, less what trains now; null: no bound is known. */
async function roomOf(
  { config, account, live }: MarketSources,
  place: WantedMachine,
  price: number | undefined,
  notes: Set<string>,
): Promise<number | null> {
  const limit = config.limits[placeKey(place)] ?? null
  const quota = account === null ? null : await quotaOf(account, place, price, notes)
  const bounds = [limit, quota].filter((bound) => bound !== null)
  if (bounds.length === 0) return null
  const bound = Math.min(...bounds)
  if (live === undefined || bound === 0) return bound
  // What is full now is not full for ever: a row that fits the bound alone finds room in time.
  return Math.max(bound - (await live(place)), Math.min(bound, place.instances))
}

async function quotaOf(
  { ports }: AccountAccess,
  place: WantedMachine,
  price: number | undefined,
  notes: Set<string>,
): Promise<number | null> {
  // Machines of several types have no quota of their own.
  if (place.instanceType.includes("*")) return null
  try {
    const quota = await (await ports.quotas()).quota(place)
    if (quota !== null) return quota.limit
    // A region without a quota and without a price for a type does not offer it.
    return price === undefined ? 0 : null
  } catch (error) {
    if (!isRegattaError(error)) throw error
    notes.add(`not asked: quotas in ${place.region} (${error.message})`)
    return null
  }
}
