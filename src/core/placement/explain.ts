import { hoursText, sizeText, usdText } from "../amounts.ts"
import { Assignment, type HourBounds } from "./assignment.ts"
import { HOURS_TOLERANCE, machineName } from "./find-choices.ts"
import type { Choice, Counts, Instance, RowClass } from "./instance.ts"
import { homeCounts, type RowCosts, rowCosts } from "./shares.ts"
import { type Worth, worthOf } from "./worth.ts"

const CENT = 0.005

/** Says why rows of a class are where they are. What is told of one row is told of each that is alike and at the same place. */
export class Explainer {
  readonly #instance: Instance
  readonly #bounds: HourBounds
  readonly #assignment: Assignment
  readonly #worth: Worth
  readonly #costs: RowCosts
  readonly #homeWorth: Worth
  readonly #homeCosts: RowCosts

  /** @param bounds hours that no move may pass */
  constructor(instance: Instance, counts: Counts, bounds: HourBounds) {
    this.#instance = instance
    this.#bounds = bounds
    this.#assignment = new Assignment(instance, counts)
    this.#worth = worthOf(instance, counts)
    this.#costs = rowCosts(instance, counts)
    const home = homeCounts(instance, counts)
    this.#homeWorth = worthOf(instance, home)
    this.#homeCosts = rowCosts(instance, home)
  }

  /** The reason of the rows of a class at a choice; null: they are pinned. */
  reason(at: number, chosen: number): string | null {
    const each = this.#instance.classes[at]
    const choice = each?.choices[chosen]
    if (each === undefined || choice === undefined || each.place === "pinned") return null
    if (each.place === "data") return `${choice.region}: where its data lies${this.#copied(choice, "; ")}`
    if (choice.isHome) return `${choice.region}: ${this.#whyStay(each, at, choice)}`
    const [home] = each.choices
    if (home?.isHome !== true) return `${choice.region}: ${this.#whyNotHome(each, choice)}`
    return `${choice.region}: ${this.#whyMove(each, at, chosen, home, choice)}`
  }

  #whyMove(each: RowClass, at: number, chosen: number, home: Choice, choice: Choice): string {
    const saved = (this.#homeCosts[at]?.[0] ?? 0) - (this.#costs[at]?.[chosen] ?? 0)
    const there = this.#hoursAt(home, this.#homeWorth)
    const here = this.#hoursAt(choice, this.#worth)
    const isSooner = here < there - 1 / 120
    const sooner = `done in ${hoursText(here)} instead of ${hoursText(there)}${this.#crowd(each, home)}`
    if (each.place === "fastest" && isSooner) {
      const money =
        saved >= CENT ? `and saves ${usdText(saved)}` : saved <= -CENT ? `and costs ${usdText(-saved)} more` : ""
      return `${[sooner, money].filter((text) => text !== "").join(", ")}${this.#included(choice.copies)}`
    }
    if (saved >= CENT) return `saves ${usdText(saved)}${this.#copied(choice, " although ")}`
    const cost = saved <= -CENT ? `costs ${usdText(-saved)} more` : "costs the same"
    const copied = this.#included(choice.copies)
    if (isSooner) return `${cost}${copied}, but is ${sooner}`
    return `${cost}${copied}, and leaves room in ${home.region} for other rows`
  }

  #whyNotHome(each: RowClass, choice: Choice): string {
    const reason = each.refused.get(each.home)?.reason ?? "no place for it"
    const what =
      each.choices.length === 1 ? "the only region possible" : each.place === "fastest" ? "soonest" : "cheapest"
    return `${what}, since in ${each.home} ${reason}${this.#copied(choice, "; ")}`
  }

  #whyStay(each: RowClass, at: number, home: Choice): string {
    const copied = this.#copied(home, "; ")
    const [, ...others] = each.choices
    if (others.length === 0) return `${this.#whyOnly(each)}${copied}`
    const count = this.#assignment.counts[at]?.[0] ?? 1
    const moves = others.map((choice, before) => {
      const move = { class: at, from: 0, to: before + 1, count }
      const usd = this.#assignment.costOf([move]) / count
      return { choice, usd, fits: this.#assignment.fits(move, this.#bounds) }
    })
    const [next] = moves.toSorted((a, b) => a.usd - b.usd || (a.choice.region < b.choice.region ? -1 : 1))
    if (next === undefined) return copied
    const row = count > 1 ? " a row" : ""
    const copies = this.#included(next.choice.copies.filter((copy) => this.#assignment.readersOf(copy) === 0))
    const region = next.choice.region
    const what = each.place === "fastest" ? "soonest" : "cheapest"
    if (next.usd >= CENT)
      return `${what} where its data lies; next is ${region}, for ${usdText(next.usd)} more${row}${copies}${copied}`
    if (next.usd > -CENT) return `stays where its data lies; ${region} costs the same${copies}${copied}`
    const why = next.fits ? "is no sooner" : `would be done later or is full${this.#crowd(each, next.choice)}`
    return `stays where its data lies; ${region} costs ${usdText(-next.usd)} less${row}, but ${why}${copied}`
  }

  #whyOnly({ refused }: RowClass): string {
    const [first, ...more] = refused
    if (first === undefined) return "the only region there is to choose"
    const others = more.length === 0 ? "" : `, and ${more.length} more`
    return `the only region possible (${first[0]}: ${first[1].reason}${others})`
  }

  /** "copying 1.4 TB costs $28, a copy shared by 12 rows"; nothing where nothing is copied. */
  #copied({ copies }: Choice, before: string): string {
    if (copies.length === 0) return ""
    const { bytes, usd } = this.#copying(copies)
    return `${before}copying ${sizeText(bytes)} costs ${usd === 0 ? "nothing" : usdText(usd)}${this.#shared(copies)}`
  }

  /** The same as a part of what was said to be saved or paid. */
  #included(copies: readonly number[]): string {
    if (copies.length === 0) return ""
    const { bytes, usd } = this.#copying(copies)
    return ` (with copying ${sizeText(bytes)} for ${usd === 0 ? "nothing" : usdText(usd)}${this.#shared(copies)})`
  }

  #copying(copies: readonly number[]): { readonly bytes: number; readonly usd: number } {
    return {
      bytes: copies.reduce((sum, copy) => sum + this.#bytesOf(copy), 0),
      usd: copies.reduce((sum, copy) => sum + (this.#instance.copies[copy]?.usd ?? 0), 0),
    }
  }

  #shared(copies: readonly number[]): string {
    const readers = Math.max(...copies.map((copy) => this.#assignment.readersOf(copy)))
    if (readers < 2) return ""
    return copies.length === 1 ? `, a copy shared by ${readers} rows` : `, copies shared by up to ${readers} rows`
  }

  #bytesOf(copy: number): number {
    return this.#instance.data[this.#instance.copies[copy]?.data ?? -1]?.bytes ?? 0
  }

  /** Hours until a row at a choice is done, its pool's other rows before it. */
  #hoursAt({ hours, pool }: Choice, { loads }: Worth): number {
    return pool < 0 ? hours : Math.max(hours, (loads[pool] ?? 0) / (this.#instance.pools[pool]?.room ?? 1))
  }

  #crowd({ instanceType, spot }: RowClass, { pool, hours, region }: Choice): string {
    const room = this.#instance.pools[pool]?.room
    if (room === undefined || this.#assignment.loadOf(pool) / room + HOURS_TOLERANCE < hours) return ""
    return ` (${region} has room for ${room} of ${machineName(instanceType, spot)} at once)`
  }
}
