import type { Config } from "../core/config/config.ts"
import { toMicroUsd } from "../core/decision/claim.ts"
import { RegattaError } from "../core/errors.ts"
import { copiesUsd } from "../core/placement/plan-placement.ts"
import type { Plan } from "../core/run/plan.ts"
import type { Planned } from "./planned.ts"

/** What a submission says of money. */
export interface BudgetTerms {
  /** Absolute path. */
  readonly manifest: string
  /** From `--max-cost`: the run's budget in place of the file's. */
  readonly maxCostUsd: number | null
  /** Whether rows of unknown price may start although there is a budget. */
  readonly allowUnknownPrice: boolean
}

/** USD; null: there is no budget. */
export function budgetOf(config: Pick<Config, "budgetUsd">, terms: Pick<BudgetTerms, "maxCostUsd">): number | null {
  return terms.maxCostUsd ?? config.budgetUsd
}

/** Error `refused`: a price is not known, or rows and copies are expected to cost more. */
export function refuseBudget(budgetUsd: number | null, terms: BudgetTerms, plan: Plan): void {
  if (budgetUsd === null) return
  const unknown = plan.cost === null ? plan.size : plan.cost.unknownRows
  if (unknown > 0 && !terms.allowUnknownPrice) {
    const rows =
      unknown === plan.size ? "no row has a known price" : `${unknown} of ${plan.size} rows have no known price`
    throw new RegattaError("refused", `there is a budget of $${budgetUsd.toFixed(2)}, and ${rows}`, {
      hint: "set prices in regatta.yaml, or let such rows start with --allow-unknown-price",
    })
  }
  if (plan.cost === null) return
  const { expectedUsd: rowsUsd, dearestRowUsd } = plan.cost
  const copying = copiesUsd(plan.placement?.copies ?? [])
  const expectedUsd = rowsUsd + copying
  const isBeyond = (usd: number) => toMicroUsd(usd) > toMicroUsd(budgetUsd)
  if (!isBeyond(expectedUsd) && !isBeyond(dearestRowUsd)) return
  const message = isBeyond(expectedUsd)
    ? `rows${copying > 0 ? " and the copies of their data" : ""} are expected to cost at least $${expectedUsd.toFixed(2)}`
    : `one row alone may cost $${dearestRowUsd.toFixed(2)}`
  throw new RegattaError("refused", `${message} (estimate), the budget is $${budgetUsd.toFixed(2)}`, {
    hint: "raise --max-cost or the budget in regatta.yaml, give expected_runtime, or submit fewer rows",
  })
}

/** A sum that rests on max_runtime is no proof: rows may end long before it, and the rest of the budget is for the others. */
export function withBudgetWarning(
  budgetUsd: number | null,
  { manifest: file }: Pick<BudgetTerms, "manifest">,
  planned: Planned,
  plan: Plan,
): { readonly planned: Planned; readonly plan: Plan } {
  if (budgetUsd === null || plan.cost === null || toMicroUsd(plan.cost.lowUsd) <= toMicroUsd(budgetUsd))
    return { planned, plan }
  const [low, budget] = [plan.cost.lowUsd.toFixed(2), budgetUsd.toFixed(2)]
  const message = `rows that train up to max_runtime cost $${low} together, the budget is $${budget}: those that what is left cannot pay will fail; give expected_runtime for a closer estimate`
  const warning = { severity: "warning", file, line: null, column: null, value: null, message } as const
  const warned = { ...plan, warnings: [...plan.warnings, warning] }
  return { planned: { ...planned, plan: warned, problems: [...planned.problems, warning] }, plan: warned }
}
