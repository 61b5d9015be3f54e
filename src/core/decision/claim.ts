// What a claim takes from the central table and what its end gives back: the arithmetic that every table adapter shares.
// It stores nothing and decides no status; `decide` and `admit` do not import it, since only the table can enforce it.
import { costUsd } from "../job/cost.ts"
import { placeKey } from "../job/place.ts"
import type { RunRecord } from "../run/run.ts"
import { limitOf } from "./policy.ts"
import type { EndedAttempt, Held } from "./row.ts"

/** Money is added up in whole millionths of a dollar, so that taking and giving back the same sum leaves exactly nothing. */
export type MicroUsd = number

/** What a live attempt holds. `key` is null where no limit was known when it was claimed: then nothing was counted, and nothing is given back. */
export interface Hold {
  readonly key: string | null
  readonly instances: number
  readonly microUsd: MicroUsd
}

/** Money of a run in millionths of a dollar; `unknown` counts ended attempts without a known cost. */
export interface Money {
  readonly reserved: MicroUsd
  readonly spent: MicroUsd
  readonly unknown: number
}

export type Terms = Pick<RunRecord, "limits" | "budgetUsd" | "allowUnknownPrice">

export interface Refusal {
  readonly code: "limit" | "budget"
  /** No end of another row can mend it: what is spent does not come back. */
  readonly hopeless: boolean
  readonly detail: string
}

export function toMicroUsd(usd: number): MicroUsd {
  return Math.round(usd * 1_000_000)
}

export function toUsd(microUsd: MicroUsd): number {
  return microUsd / 1_000_000
}

/** What the table must take for a claim. */
export function holdOf(terms: Terms, take: Held): Hold {
  return {
    key: limitOf(terms, take.place) === null ? null : placeKey(take.place),
    instances: take.place.instances,
    microUsd: take.usd === null ? 0 : toMicroUsd(take.usd),
  }
}

/** Whether a claim must be turned away, and why; null: it may have what it asks for. `live` and `money` are without what the same write gives back. */
export function refuseClaim(terms: Terms, take: Held, live: number, money: Money): Refusal | null {
  return refuseInstances(terms, take, live) ?? refuseMoney(terms, take, money)
}

function refuseInstances(terms: Terms, take: Held, live: number): Refusal | null {
  const limit = limitOf(terms, take.place)
  if (limit === null || live + take.place.instances <= limit) return null
  const asked = `${take.place.instances} more`
  return {
    code: "limit",
    hopeless: false,
    detail: `${placeKey(take.place)}: ${live} of ${limit} instances are in use, ${asked} asked for`,
  }
}

function refuseMoney(terms: Terms, take: Held, money: Money): Refusal | null {
  if (terms.budgetUsd === null) return null
  if (take.usd === null) {
    if (terms.allowUnknownPrice) return null
    return {
      code: "budget",
      hopeless: true,
      detail: `the price of ${placeKey(take.place)} is unknown and the run has a budget of $${terms.budgetUsd.toFixed(2)}`,
    }
  }
  if (money.reserved + money.spent + toMicroUsd(take.usd) <= toMicroUsd(terms.budgetUsd)) return null
  const [reserved, spent] = [toUsd(money.reserved).toFixed(2), toUsd(money.spent).toFixed(2)]
  return {
    code: "budget",
    hopeless: isUnaffordable(terms, take.usd, money.spent),
    detail: `${BUDGET}${terms.budgetUsd.toFixed(2)}: $${reserved} is reserved and $${spent} spent, $${take.usd.toFixed(2)} more asked for`,
  }
}

/** Whether the run can never pay this, whatever comes back of what is reserved now. `usd` null: unknown price. */
export function isUnaffordable(terms: Omit<Terms, "limits">, usd: number | null, spent: MicroUsd): boolean {
  if (terms.budgetUsd === null) return false
  return usd === null ? !terms.allowUnknownPrice : spent + toMicroUsd(usd) > toMicroUsd(terms.budgetUsd)
}

export const NO_MONEY: Money = { reserved: 0, spent: 0, unknown: 0 }

/** The run's money with what a claim takes. */
export function reserve(money: Money, hold: Hold | null): Money {
  return hold === null ? money : { ...money, reserved: money.reserved + hold.microUsd }
}

/** The run's money without what a live attempt held. */
export function release(money: Money, hold: Hold | null): Money {
  return hold === null ? money : { ...money, reserved: money.reserved - hold.microUsd }
}

/** The run's money with what an ended attempt really cost. */
export function addEnded(money: Money, run: Pick<RunRecord, "prices">, ended: EndedAttempt | null): Money {
  if (ended === null) return money
  const usd = costUsd(run, ended.attempt.held.place, ended.end.billableSeconds)
  return usd === null ? { ...money, unknown: money.unknown + 1 } : { ...money, spent: money.spent + toMicroUsd(usd) }
}

/** Beginning of what is said of a claim that the budget does not allow. */
const BUDGET = "budget $"

/** Whether a row failed because the run's budget can never pay it. */
export function isBudgetReason(reason: string): boolean {
  return reason.startsWith(BUDGET)
}
