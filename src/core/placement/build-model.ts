import { HOURS_TOLERANCE } from "./find-choices.ts"
import { type Counts, type Instance, isInTheWay, isTimed, type RowClass } from "./instance.ts"
import type { LinearModel, ModelColumn, ModelRow } from "./linear-model.ts"

/**
 * `soonest`: the hours of the `fastest` rows; `money`: what all costs, those hours kept within a bound; `earliest`: the hours of
 * all rows, whatever the deadline.
 */
export type Goal = { readonly kind: "soonest" | "earliest" } | { readonly kind: "money"; readonly fastestHours: number }

export interface PlacementModel {
  readonly model: LinearModel
  /** Columns of the rows of each class at each of its choices. */
  readonly counts: readonly (readonly number[])[]
}

type Terms = [column: number, coefficient: number][]

/**
 * The assignment as a facility-location program: whole rows per class and choice, a copy that is paid for once where any row
 * needs it, hours above every pool's instance-hours over its room and above every choice that is used.
 * Columns and rows stand in the order of classes and choices, so the same problem is the same model.
 */
export function buildModel(instance: Instance, goal: Goal): PlacementModel {
  return new ModelBuilder(instance, goal).build()
}

class ModelBuilder {
  readonly #instance: Instance
  readonly #goal: Goal
  readonly #columns: ModelColumn[] = []
  readonly #rows: ModelRow[] = []
  readonly #copyColumns = new Map<number, number>()
  readonly #poolsInUse = new Map<number, number>()
  readonly #loads: Terms[]
  readonly #firstLoads: Terms[]
  /** Column of the hours until the last row is done; -1: they do not count. */
  readonly #hours: number
  /** Column of the hours until the last `fastest` row is done; -1: they are not the goal. */
  readonly #fastestHours: number

  constructor(instance: Instance, goal: Goal) {
    this.#instance = instance
    this.#goal = goal
    this.#loads = instance.pools.map(() => [])
    this.#firstLoads = instance.pools.map(() => [])
    this.#hours = this.#addAllHours()
    this.#fastestHours =
      goal.kind === "soonest"
        ? this.#column({ cost: 1, lower: 0, upper: Number.POSITIVE_INFINITY, isWhole: false })
        : -1
  }

  #addAllHours(): number {
    const { hourUsd, deadlineHours } = this.#instance
    const column = { lower: 0, upper: deadlineHours, isWhole: false }
    switch (this.#goal.kind) {
      case "earliest":
        return this.#column({ ...column, cost: 1, upper: Number.POSITIVE_INFINITY })
      case "money":
        return isTimed(this.#instance) ? this.#column({ ...column, cost: hourUsd }) : -1
      case "soonest":
        return isTimed(this.#instance) ? this.#column({ ...column, cost: 0 }) : -1
      default:
        return this.#goal satisfies never
    }
  }

  build(): PlacementModel {
    const counts = this.#instance.classes.map((each) => this.#addClass(each))
    for (const [at, { room }] of this.#instance.pools.entries()) this.#addPool(at, room)
    return { model: { columns: this.#columns, rows: this.#rows }, counts }
  }

  #addClass(each: RowClass): readonly number[] {
    const size = each.rows.length
    const isOnly = each.choices.length === 1
    const columns = each.choices.map((choice) => {
      const isShut = this.#isTooLate(each, choice.hours)
      const cost = this.#goal.kind === "money" ? choice.usd : 0
      return this.#column({ cost, lower: isOnly ? size : 0, upper: isShut ? 0 : size, isWhole: true })
    })
    if (!isOnly)
      this.#row(
        size,
        size,
        columns.map((column) => [column, 1]),
      )
    for (const [at, choice] of each.choices.entries()) {
      const column = columns[at] ?? 0
      const used = this.#used(column, size, isOnly)
      this.#addHours(each, choice.hours, used)
      for (const copy of choice.copies) this.#below(used, this.#copy(copy))
      if (choice.pool < 0) continue
      this.#loads[choice.pool]?.push([column, each.load])
      if (isInTheWay(each)) this.#firstLoads[choice.pool]?.push([column, each.load])
      if (each.place === "fastest") this.#below(used, this.#poolInUse(choice.pool))
    }
    return columns
  }

  #isTooLate(each: RowClass, hours: number): boolean {
    return this.#goal.kind === "money" && each.place === "fastest" && hours > this.#goal.fastestHours + HOURS_TOLERANCE
  }

  /** A column that is 1 where any row of the class is at the choice. */
  #used(column: number, size: number, isOnly: boolean): number {
    if (size === 1) return column
    const used = this.#column({ cost: 0, lower: isOnly ? 1 : 0, upper: 1, isWhole: true })
    this.#row(Number.NEGATIVE_INFINITY, 0, [
      [column, 1],
      [used, -size],
    ])
    return used
  }

  #addHours(each: RowClass, hours: number, used: number): void {
    const above = [this.#hours, each.place === "fastest" ? this.#fastestHours : -1]
    for (const column of above.filter((at) => at >= 0)) {
      this.#row(Number.NEGATIVE_INFINITY, 0, [
        [used, hours],
        [column, -1],
      ])
    }
  }

  #copy(copy: number): number {
    const known = this.#copyColumns.get(copy)
    if (known !== undefined) return known
    const cost = this.#goal.kind === "money" ? (this.#instance.copies[copy]?.usd ?? 0) : 0
    const column = this.#column({ cost, lower: 0, upper: 1, isWhole: false })
    this.#copyColumns.set(copy, column)
    return column
  }

  #poolInUse(pool: number): number {
    const known = this.#poolsInUse.get(pool)
    if (known !== undefined) return known
    const column = this.#column({ cost: 0, lower: 0, upper: 1, isWhole: false })
    this.#poolsInUse.set(pool, column)
    return column
  }

  /** Room times hours is above the instance-hours; divided by the room, so that all pools count in hours. */
  #addPool(at: number, room: number): void {
    const perRoom = ([column, load]: readonly [number, number]): [number, number] => [column, load / room]
    const loads = this.#loads[at]?.map(perRoom) ?? []
    if (this.#hours >= 0 && loads.length > 0) this.#row(Number.NEGATIVE_INFINITY, 0, [...loads, [this.#hours, -1]])
    const inUse = this.#poolsInUse.get(at)
    const first = this.#firstLoads[at]?.map(perRoom) ?? []
    if (inUse === undefined || this.#goal.kind === "earliest") return
    // Rows without a choice fill a pool whether or not a `fastest` row is in it: then only is the bound meant.
    const most = first.reduce((sum, [column, load]) => sum + load * (this.#columns[column]?.upper ?? 0), 0)
    if (this.#goal.kind === "money")
      this.#row(Number.NEGATIVE_INFINITY, most, [...first, [inUse, most - this.#goal.fastestHours]])
    else this.#row(Number.NEGATIVE_INFINITY, most, [...first, [inUse, most], [this.#fastestHours, -1]])
  }

  /** One column is 0 where another is. */
  #below(small: number, large: number): void {
    this.#row(Number.NEGATIVE_INFINITY, 0, [
      [small, 1],
      [large, -1],
    ])
  }

  #column(column: ModelColumn): number {
    return this.#columns.push(column) - 1
  }

  #row(lower: number, upper: number, terms: Terms): void {
    this.#rows.push({ lower, upper, terms })
  }
}

/** The counts of a solution, whole: what is lost or won by rounding goes to where most rows of the class are. */
export function readCounts(instance: Instance, { counts }: PlacementModel, values: ArrayLike<number>): Counts {
  return instance.classes.map((each, at) => {
    const found = Int32Array.from(counts[at] ?? [], (column) => Math.max(0, Math.round(values[column] ?? 0)))
    const missing = each.rows.length - found.reduce((sum, count) => sum + count, 0)
    const most = found.indexOf(Math.max(...found))
    found[most] = (found[most] ?? 0) + missing
    return found
  })
}
