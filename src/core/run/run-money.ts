// What a run costs, as its rows' records say: nothing is guessed, and one unknown part makes a sum unknown.
import type { EndedAttempt, RowView } from "../decision/row.ts"
import { costUsd } from "../job/cost.ts"
import type { Place } from "../job/place.ts"
import type { RunRecord } from "./run.ts"
import type { StatusDocument } from "./status-document.ts"

type Prices = Pick<RunRecord, "prices">
type Spot = NonNullable<StatusDocument["cost"]["spot"]>

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

/** What Spot saved against the same seconds on demand; null: no ended attempt was on Spot, or of one the seconds are unknown. */
export function spotSavings(run: Prices, views: Iterable<RowView>): Spot | null {
  const total = { attempts: 0, training: 0, billable: 0, savedUsd: 0 as number | null }
  for (const { ended } of views) {
    for (const { attempt, end } of ended.filter(isSpot)) {
      const { billableSeconds, trainingSeconds = null } = end
      if (billableSeconds === 0 && trainingSeconds === null) continue
      if (billableSeconds === null || trainingSeconds === null) return null
      const saved = costUsd(run, attempt.held.place, Math.max(0, trainingSeconds - billableSeconds))
      total.attempts += 1
      total.training += trainingSeconds
      total.billable += billableSeconds
      total.savedUsd = saved === null || total.savedUsd === null ? null : total.savedUsd + saved
    }
  }
  if (total.attempts === 0) return null
  return { trainingSeconds: total.training, billableSeconds: total.billable, savedUsd: total.savedUsd }
}

function isSpot({ attempt }: EndedAttempt): boolean {
  return attempt.held.place.spot
}
