import type { Config } from "../core/config/config.ts"
import { placeKey } from "../core/job/place.ts"
import { settingLayers } from "../core/manifest/row-settings.ts"
import { levelAt, levelCount } from "../core/sweep/parameter.ts"
import type { Point, Space } from "../core/sweep/space.ts"
import { RegionSpread } from "../core/sweep/spread-rows.ts"
import type { SweepPorts } from "./make-sweep.ts"

/** A machine as rows name it; empty: the region's own settings say it, or nothing does. */
type Machine = readonly [instanceType: string, spot: string]

/** Gives each row its region by what is free there for the row's machine. */
export class RowSpreader {
  readonly #ports: SweepPorts
  readonly #config: Config
  readonly #space: Space
  readonly #spreads = new Map<string, RegionSpread>()
  readonly #unknown = new Set<string>()

  constructor(ports: SweepPorts, config: Config, space: Space) {
    this.#ports = ports
    this.#config = config
    this.#space = space
  }

  /** Asks once for each machine that the points may name. Errors: `denied`, `unavailable`. */
  async learn(points: readonly Point[]): Promise<void> {
    const { regions } = this.#space
    if (regions === null || points.length === 0) return
    for (const type of this.#valuesOf("instance_type"))
      for (const spot of this.#valuesOf("spot")) await this.#learnMachine(regions, [type, spot])
  }

  regionOf(cells: ReadonlyMap<string, string>): string {
    const key = keyOf([cells.get("instance_type") ?? "", cells.get("spot") ?? ""])
    // A crossed manifest may name machines of its own: for these nothing was asked.
    const spread =
      this.#spreads.get(key) ?? new RegionSpread(new Map((this.#space.regions ?? []).map((each) => [each, null])))
    this.#spreads.set(key, spread)
    return spread.next()
  }

  notes(): readonly string[] {
    if (this.#space.regions === null) return []
    const isEqual = [...this.#spreads.values()].some((spread) => spread.isEqual)
    if (!isEqual) return []
    const why =
      this.#unknown.size === 0 ? "nothing is free anywhere" : `no limit is known for ${[...this.#unknown].join(", ")}`
    return [`rows are spread over the regions in equal shares: ${why}`]
  }

  /** Values that rows may have in a column; "" where they leave it to regatta.yaml. */
  #valuesOf(column: string): readonly string[] {
    const fixed = this.#space.columns.find(([name]) => name === column)
    if (fixed !== undefined) return [fixed[1]]
    const parameter = this.#space.parameters.find((each) => each.column === column)
    if (parameter === undefined) return [""]
    const levels = levelCount(parameter.domain) ?? 0
    const values = Array.from({ length: levels }, (_, at) => String(levelAt(parameter.domain, at)))
    return parameter.when === null ? values : [...values, ""]
  }

  async #learnMachine(regions: readonly string[], machine: Machine): Promise<void> {
    const free = new Map<string, number | null>()
    for (const region of regions) free.set(region, await this.#free(region, machine))
    this.#spreads.set(keyOf(machine), new RegionSpread(free))
  }

  async #free(region: string, [type, spotText]: Machine): Promise<number | null> {
    const settings = settingLayers(this.#config).of(region)
    const instanceType = type === "" ? (settings.get("instance_type")?.text ?? "") : type
    const spot = (spotText === "" ? settings.get("spot")?.text : spotText)?.toLowerCase() === "true"
    const place = { region, instanceType, spot }
    const limit = instanceType === "" ? null : await this.#limit(place)
    const table = limit === null ? null : ((await this.#ports.table?.()) ?? null)
    if (limit !== null) return Math.max(0, limit - ((await table?.live(place)) ?? 0))
    this.#unknown.add(instanceType === "" ? `${region} (no instance_type is set)` : placeKey(place))
    return null
  }

  /** regatta.yaml's limit where there is one, else the account's quota. */
  async #limit(place: { readonly region: string; readonly instanceType: string; readonly spot: boolean }) {
    const own = this.#config.limits[placeKey(place)]
    if (own !== undefined) return own
    const book = await this.#ports.quotas?.()
    return (await book?.quota(place))?.limit ?? null
  }
}

function keyOf(machine: Machine): string {
  return machine.join("/")
}
