import { type Counts, type Instance, isInTheWay } from "./instance.ts"

/** What an assignment costs, computed anew from its counts: the truth that a solver's figures are held against. */
export interface Worth {
  readonly usd: number
  readonly machineUsd: number
  /** Until the last row is done. */
  readonly hours: number
  /** Until the last `fastest` row is done; 0 where there is none. */
  readonly fastestHours: number
  /** Copies that are made: rows that read each. */
  readonly readers: Int32Array
  /** Instance-hours per pool. */
  readonly loads: Float64Array
}

/** Hours are the fluid bound: a pool is busy for its instance-hours over its room, and no row is done before its copies and itself. */
export function worthOf(instance: Instance, counts: Counts): Worth {
  const { classes, copies, pools } = instance
  const readers = new Int32Array(copies.length)
  const loads = new Float64Array(pools.length)
  const firstLoads = new Float64Array(pools.length)
  const hasFastest = new Uint8Array(pools.length)
  let machineUsd = 0
  let hours = 0
  let fastestHours = 0
  for (const [at, each] of classes.entries()) {
    for (const [chosen, choice] of each.choices.entries()) {
      const count = counts[at]?.[chosen] ?? 0
      if (count === 0) continue
      machineUsd += count * choice.usd
      hours = Math.max(hours, choice.hours)
      if (each.place === "fastest") fastestHours = Math.max(fastestHours, choice.hours)
      for (const copy of choice.copies) readers[copy] = (readers[copy] ?? 0) + count
      if (choice.pool < 0) continue
      loads[choice.pool] = (loads[choice.pool] ?? 0) + count * each.load
      if (isInTheWay(each)) firstLoads[choice.pool] = (firstLoads[choice.pool] ?? 0) + count * each.load
      if (each.place === "fastest") hasFastest[choice.pool] = 1
    }
  }
  for (const [at, { room }] of pools.entries()) {
    hours = Math.max(hours, (loads[at] ?? 0) / room)
    if (hasFastest[at] === 1) fastestHours = Math.max(fastestHours, (firstLoads[at] ?? 0) / room)
  }
  const copyUsd = copies.reduce((sum, { usd }, at) => sum + ((readers[at] ?? 0) > 0 ? usd : 0), 0)
  return { usd: machineUsd + copyUsd, machineUsd, hours, fastestHours, readers, loads }
}

/** Money, and the hours at what they are worth: what is minimised, once the `fastest` rows are done as soon as can be. */
export function planValue({ hourUsd }: Instance, { usd, hours }: Worth): number {
  return usd + hourUsd * hours
}
