// What a run costs, as its rows' records say: nothing is guessed, and one unknown part makes a sum unknown.
import type { RowView } from "../decision/row.ts"
import type { Place } from "../job/place.ts"
import type { RunRecord } from "./run.ts"

type Prices = Pick<RunRecord, "prices">

/** USD per hour of the rows that have machines now; null as soon as one of their prices is unknown; 0 for none. */
export function burnUsdPerHour(run: Prices, views: Iterable<RowView>): number | null {
  let sum = 0
  for (const { record } of views) {
    const place = machinesOf(record.state)
    if (place === null) continue
    const price = run.prices[`${place.region}/${place.instanceType}`]
    if (price === undefined) return null
    sum += price * place.instances
  }
  return sum
}

/** A training job that is being started has no machines yet, and is not billed. */
function machinesOf(state: RowView["record"]["state"]): Place | null {
  if (state.status === "stopping") return state.attempt.held.place
  if (state.status !== "running" || state.phase === "starting") return null
  return state.attempt.held.place
}
