import type { Choice, CopyOption, Pool, RefusedRegion } from "./instance.ts"
import type { DataSet, Market, PlacedRow } from "./problem.ts"

const GB = 1e9

/** Hours are compared so finely: a thousandth of a second is nobody's deadline. */
export const HOURS_TOLERANCE = 1e-7

export interface FoundChoices {
  /** Home first, then by region name. */
  readonly choices: readonly Choice[]
  /** Why the other regions are none. */
  readonly refused: ReadonlyMap<string, RefusedRegion>
}

/** Finds where rows may train; keeps each pool and each copy once, by number. */
export class ChoiceFinder {
  readonly pools: Pool[] = []
  readonly copies: CopyOption[] = []
  readonly #market: Market
  readonly #data: readonly DataSet[]
  readonly #dataAt: ReadonlyMap<string, number>
  readonly #poolAt = new Map<string, number>()
  readonly #copyAt = new Map<string, number>()
  readonly #regions: readonly string[]

  constructor(market: Market, data: readonly DataSet[]) {
    this.#market = market
    this.#data = data
    this.#dataAt = new Map(data.map(({ key }, at) => [key, at]))
    this.#regions = [...new Set(market.regions)].toSorted()
  }

  /** A pinned row is left alone: it has its one choice whatever is said of the region. */
  find(row: PlacedRow): FoundChoices {
    if (row.place === "pinned") return { choices: [this.#pinned(row)], refused: new Map() }
    const regions = row.place === "data" ? [] : this.#regions.filter((region) => region !== row.region)
    const refused = new Map<string, RefusedRegion>()
    const choices: Choice[] = []
    for (const region of [row.region, ...regions]) {
      const choice = this.#tryRegion(row, region)
      if ("reason" in choice) refused.set(region, choice)
      else choices.push(choice)
    }
    return { choices, refused }
  }

  #pinned(row: PlacedRow): Choice {
    const room = this.#market.room(row.region, row.instanceType, row.spot)
    const pool = room === null || room <= 0 ? -1 : this.#pool(row, row.region, room)
    return { ...this.#priced(row, row.region), hours: row.hours, copyHours: 0, pool, copies: [] }
  }

  /** The choice, or why there is none. */
  #tryRegion(row: PlacedRow, region: string): Choice | RefusedRegion {
    if (row.allowed?.includes(region) === false) return ofRow("the row may not train there")
    const room = this.#market.room(region, row.instanceType, row.spot)
    const machine = machineName(row.instanceType, row.spot)
    if (room !== null && room < row.instances) {
      const reason = `${roomFor(room)} of ${machine}, and the row needs ${row.instances}`
      return { reason, note: room > 0 ? null : `${region} has no room for ${machine}: no row is moved there for it` }
    }
    const priced = this.#priced(row, region)
    if (!priced.isPriced && !priced.isHome) {
      const reason = `no price of ${machine} is known`
      return { reason, note: `${region}: ${reason}, so no row is moved there for it` }
    }
    const copies = this.#copiesFor(row, region)
    if ("reason" in copies) return copies
    const copyHours = Math.max(0, ...copies.map((copy) => (this.copies[copy]?.seconds ?? 0) / 3600))
    const hours = copyHours + row.hours
    const deadline = this.#market.deadlineHours
    if (deadline !== null && hours > deadline + HOURS_TOLERANCE)
      return ofRow(
        `${copyHours > 0 ? "copying and training take" : "training takes"} ${round(hours)} h, past the deadline of ${round(deadline)} h`,
      )
    const pool = room === null ? -1 : this.#pool(row, region, room)
    return { ...priced, hours, copyHours, pool, copies }
  }

  #copiesFor(row: PlacedRow, region: string): readonly number[] | RefusedRegion {
    const copies: number[] = []
    for (const at of this.dataOf(row)) {
      const data = this.#data[at]
      if (data === undefined || data.region === region) continue
      if (data.allowed?.includes(region) === false) return ofRow(`${data.key} may not be copied there`)
      const copy = this.#copy(at, data, region)
      if (copy === null) {
        const reason = `no transfer price from ${data.region} is known`
        return {
          reason: `${reason}, for ${data.key}`,
          note: `${region}: ${reason}, so nothing is copied over this pair`,
        }
      }
      copies.push(copy)
    }
    return copies
  }

  #priced(row: PlacedRow, region: string): Pick<Choice, "region" | "isHome" | "usd" | "isPriced"> {
    const price = this.#market.price(region, row.instanceType, row.spot)
    return {
      region,
      isHome: region === row.region,
      usd: (price ?? 0) * row.instances * row.hours,
      isPriced: price !== null,
    }
  }

  /** Numbers of the data sets a row reads, ascending. */
  dataOf(row: PlacedRow): readonly number[] {
    return [...new Set(row.data.map((key) => this.#dataNumber(key)))].toSorted((a, b) => a - b)
  }

  #dataNumber(key: string): number {
    const at = this.#dataAt.get(key)
    if (at === undefined) throw new TypeError(`a row reads ${key}, which is not among the data of the problem`)
    return at
  }

  #copy(at: number, data: DataSet, to: string): number | null {
    const key = `${at} ${to}`
    const known = this.#copyAt.get(key)
    if (known !== undefined) return known
    const perGb = this.#market.transferUsdPerGb(data.region, to)
    if (perGb === null) return null
    const seconds = this.#market.copySeconds(data.region, to, data.bytes)
    this.#copyAt.set(key, this.copies.length)
    return this.copies.push({ data: at, to, usd: (perGb * data.bytes) / GB, seconds }) - 1
  }

  #pool({ instanceType, spot }: PlacedRow, region: string, room: number): number {
    const key = `${region} ${instanceType} ${spot}`
    const known = this.#poolAt.get(key)
    if (known !== undefined) return known
    this.#poolAt.set(key, this.pools.length)
    return this.pools.push({ region, instanceType, spot, room }) - 1
  }
}

export function machineName(instanceType: string, spot: boolean): string {
  return spot ? `${instanceType} (Spot)` : instanceType
}

function ofRow(reason: string): RefusedRegion {
  return { reason, note: null }
}

function roomFor(room: number): string {
  return room === 0 ? "there is no room for any instance" : `there is room for ${room} instances`
}

function round(hours: number): string {
  return String(Number(hours.toFixed(2)))
}
