import { HOURS_TOLERANCE } from "./find-choices.ts"
import { type Choice, type Counts, type Instance, isInTheWay, type RowClass } from "./instance.ts"
import { worthOf } from "./worth.ts"

/** Hours that no row and no pool may pass: of all rows, and of the `fastest` ones. */
export interface HourBounds {
  readonly hours: number
  readonly fastestHours: number
}

/** Rows of a class from one of its choices to another. */
export interface Move {
  readonly class: number
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Counts that can be changed row by row, with what a change costs told at once. */
export class Assignment {
  readonly instance: Instance
  readonly counts: readonly Int32Array[]
  readonly #readers: Int32Array
  readonly #loads: Float64Array
  readonly #firstLoads: Float64Array
  readonly #fastestRows: Int32Array

  constructor(instance: Instance, counts: Counts) {
    this.instance = instance
    this.counts = counts.map((each) => each.slice())
    const { readers, loads } = worthOf(instance, counts)
    this.#readers = readers
    this.#loads = loads
    this.#firstLoads = new Float64Array(loads.length)
    this.#fastestRows = new Int32Array(loads.length)
    for (const [at, each] of instance.classes.entries()) {
      for (const [chosen, { pool }] of each.choices.entries()) {
        if (pool >= 0) this.#addFirst(each, pool, counts[at]?.[chosen] ?? 0)
      }
    }
  }

  /** Instance-hours in a pool. */
  loadOf(pool: number): number {
    return this.#loads[pool] ?? 0
  }

  /** Rows that read a copy. */
  readersOf(copy: number): number {
    return this.#readers[copy] ?? 0
  }

  /** What machines and copies cost more afterwards, in USD; moves apply one after the other. */
  costOf(moves: readonly Move[]): number {
    let usd = 0
    const [only] = moves
    if (only !== undefined && moves.length === 1) return this.#moveCost(only)
    for (const move of moves) {
      usd += this.#moveCost(move)
      this.apply(move)
    }
    for (const move of moves.toReversed()) this.apply(backwards(move))
    return usd
  }

  /** Copies that are made more afterwards. */
  copiesOf(move: Move): number {
    const { from, to } = this.#ends(move)
    const opened = to.copies.filter((copy) => this.readersOf(copy) === 0)
    return opened.length - from.copies.filter((copy) => this.readersOf(copy) === move.count).length
  }

  /** Whether the choice that a move goes to keeps within the bounds afterwards; where it comes from gets better only. */
  fits({ class: at, to, count }: Move, bounds: HourBounds): boolean {
    return this.roomFor(at, to, bounds) >= count
  }

  /** Instance-hours of a pool past the bounds; 0: none. */
  excessOf(pool: number, bounds: HourBounds): number {
    const room = this.instance.pools[pool]?.room ?? 1
    const all = this.loadOf(pool) - room * bounds.hours
    const first = (this.#fastestRows[pool] ?? 0) > 0 ? (this.#firstLoads[pool] ?? 0) - room * bounds.fastestHours : 0
    const excess = Math.max(all, first, 0)
    return excess > HOURS_TOLERANCE * room ? excess : 0
  }

  /** How many rows more of a class fit at a choice. */
  roomFor(at: number, chosen: number, bounds: HourBounds): number {
    const each = this.instance.classes[at]
    const choice = each?.choices[chosen]
    if (each === undefined || choice === undefined) return 0
    const isFastest = each.place === "fastest"
    if (choice.hours > bounds.hours + HOURS_TOLERANCE) return 0
    if (isFastest && choice.hours > bounds.fastestHours + HOURS_TOLERANCE) return 0
    if (choice.pool < 0 || each.load === 0) return Number.MAX_SAFE_INTEGER
    const room = this.instance.pools[choice.pool]?.room ?? 1
    const left = room * bounds.hours - this.loadOf(choice.pool)
    const firstLeft = isFastest
      ? room * bounds.fastestHours - (this.#firstLoads[choice.pool] ?? 0)
      : Number.POSITIVE_INFINITY
    return Math.max(
      0,
      Math.min(Number.MAX_SAFE_INTEGER, Math.floor((Math.min(left, firstLeft) + HOURS_TOLERANCE) / each.load)),
    )
  }

  apply(move: Move): void {
    const each = this.#classOf(move)
    const { from, to } = this.#ends(move)
    const counts = this.counts[move.class] ?? new Int32Array()
    counts[move.from] = (counts[move.from] ?? 0) - move.count
    counts[move.to] = (counts[move.to] ?? 0) + move.count
    this.#add(each, from, -move.count)
    this.#add(each, to, move.count)
  }

  #moveCost(move: Move): number {
    const { from, to } = this.#ends(move)
    let usd = move.count * (to.usd - from.usd)
    for (const copy of to.copies) if (this.readersOf(copy) === 0) usd += this.instance.copies[copy]?.usd ?? 0
    for (const copy of from.copies)
      if (this.readersOf(copy) === move.count && !to.copies.includes(copy)) usd -= this.instance.copies[copy]?.usd ?? 0
    return usd
  }

  #add(each: RowClass, { copies, pool }: Choice, count: number): void {
    for (const copy of copies) this.#readers[copy] = this.readersOf(copy) + count
    if (pool < 0) return
    this.#loads[pool] = this.loadOf(pool) + count * each.load
    this.#addFirst(each, pool, count)
  }

  #addFirst(each: RowClass, pool: number, count: number): void {
    if (isInTheWay(each)) this.#firstLoads[pool] = (this.#firstLoads[pool] ?? 0) + count * each.load
    if (each.place === "fastest") this.#fastestRows[pool] = (this.#fastestRows[pool] ?? 0) + count
  }

  #classOf(move: Move): RowClass {
    const each = this.instance.classes[move.class]
    if (each === undefined) throw new TypeError(`there is no class ${move.class}`)
    return each
  }

  #ends(move: Move): { readonly from: Choice; readonly to: Choice } {
    const { choices } = this.#classOf(move)
    const from = choices[move.from]
    const to = choices[move.to]
    if (from === undefined || to === undefined) throw new TypeError(`class ${move.class} has no such choice`)
    return { from, to }
  }
}

function backwards({ class: at, from, to, count }: Move): Move {
  return { class: at, from: to, to: from, count }
}
