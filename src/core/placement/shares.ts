import type { Counts, Instance } from "./instance.ts"
import { worthOf } from "./worth.ts"

/** What one row of each class costs at each choice where there are any: machines and its part of the copies it reads, in USD. */
export type RowCosts = readonly Float64Array[]

/**
 * Splits each copy over the rows that read it, by what each saves on machines against its home; where none saves anything,
 * equally. So no row that is moved to save money seems to lose, and all parts add up to what is paid.
 */
export function rowCosts(instance: Instance, counts: Counts): RowCosts {
  const { readers } = worthOf(instance, counts)
  const savings = new Float64Array(instance.copies.length)
  const each = (visit: (at: number, chosen: number, count: number, saving: number) => void) => {
    for (const [at, { choices }] of instance.classes.entries()) {
      const [home] = choices
      for (const [chosen, choice] of choices.entries()) {
        const count = counts[at]?.[chosen] ?? 0
        if (count > 0) visit(at, chosen, count, home?.isHome === true ? Math.max(0, home.usd - choice.usd) : 0)
      }
    }
  }
  each((at, chosen, count, saving) => {
    for (const copy of instance.classes[at]?.choices[chosen]?.copies ?? [])
      savings[copy] = (savings[copy] ?? 0) + count * saving
  })
  const costs = instance.classes.map(({ choices }) => new Float64Array(choices.length))
  each((at, chosen, _, saving) => {
    const choice = instance.classes[at]?.choices[chosen]
    let usd = choice?.usd ?? 0
    for (const copy of choice?.copies ?? []) {
      const all = savings[copy] ?? 0
      usd += (instance.copies[copy]?.usd ?? 0) * (all > 0 ? saving / all : 1 / (readers[copy] ?? 1))
    }
    const row = costs[at]
    if (row !== undefined) row[chosen] = usd
  })
  return costs
}

/** Every row at its home; where that is impossible, where it is. */
export function homeCounts(instance: Instance, counts: Counts): Counts {
  return instance.classes.map(({ choices, rows }, at) => {
    if (choices[0]?.isHome !== true) return counts[at]?.slice() ?? new Int32Array(choices.length)
    const home = new Int32Array(choices.length)
    home[0] = rows.length
    return home
  })
}
