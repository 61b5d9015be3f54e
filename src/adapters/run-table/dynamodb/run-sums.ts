// A run's terms and the sums that its commits keep: money, and rows by status.
// The sums are spread over shards; money of a run with a budget stands in one item, so that one condition can hold it.
import { type Money, NO_MONEY, type Terms } from "../../../core/decision/claim.ts"
import { NO_COUNTS, type RowStatus } from "../../../core/decision/row.ts"
import type { RunId } from "../../../core/ids.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { DynamoDbStore } from "./dynamodb-store.ts"
import { type Item, jsonIn, numberIn, textIn } from "./item.ts"
import { runPartition, SUMS_PREFIX } from "./keys.ts"

/** What a commit must know of the run's record. */
export type RunTerms = Terms & Pick<RunRecord, "prices">

const COUNTED = ["waiting", "launching", "running", "stopping", "completed", "failed", "stopped"] as const

/** The item of `termsKey`. */
export interface TermsItem {
  readonly schema: number
  readonly terms: RunTerms
  /** Version of the run's record that set the terms; every shard has it too, and a write that moves money demands it. */
  readonly termsVersion: number
  /** Whether the run was ever without a budget, so that its shards may hold money as well. */
  readonly isSpread: boolean
  /** Of the item itself. */
  readonly money: Money
}

export function termsOf(run: RunRecord): RunTerms {
  const { limits, budgetUsd, allowUnknownPrice, prices } = run
  return { limits, budgetUsd, allowUnknownPrice, prices }
}

export function termsAttributes(run: RunRecord): Item {
  return { terms: JSON.stringify(termsOf(run)), termsVersion: run.version }
}

export function readTermsItem(item: Item): TermsItem {
  return {
    schema: numberIn(item, "schema"),
    terms: jsonIn<RunTerms>(item, "terms"),
    termsVersion: numberIn(item, "termsVersion"),
    isSpread: item["isSpread"] === true,
    money: moneyIn(item),
  }
}

/** Terms item and shards of a run, in one strong query; none: an unknown run. */
export async function readSums(store: DynamoDbStore, run: RunId): Promise<readonly Item[]> {
  const { items } = await store.query({
    KeyConditionExpression: "pk = :pk and begins_with(sk, :sums)",
    ExpressionAttributeValues: { ":pk": runPartition(run), ":sums": SUMS_PREFIX },
  })
  return items
}

export function moneyOf(items: readonly Item[]): Money {
  return items.map(moneyIn).reduce(
    (sum, one) => ({
      reserved: sum.reserved + one.reserved,
      spent: sum.spent + one.spent,
      unknown: sum.unknown + one.unknown,
    }),
    NO_MONEY,
  )
}

/** Of the shards alone. */
export function spreadMoney(items: readonly Item[]): Money {
  return moneyOf(items.filter((item) => textIn(item, "sk") !== SUMS_PREFIX))
}

export function countsOf(items: readonly Item[]): Readonly<Record<RowStatus, number>> {
  const counts = { ...NO_COUNTS }
  for (const item of items) for (const status of COUNTED) counts[status] += numberIn(item, countName(status))
  return counts
}

/** What moving a row from a status to another adds to its shard; null: it had no record. Empty: it stays. */
export function countDeltas(from: RowStatus | null, to: RowStatus): Item {
  if (from === to) return {}
  return { ...(from === null ? {} : { [countName(from)]: -1 }), [countName(to)]: 1 }
}

/** What a change of money adds to its item. `taken` is what a budget is compared with: a condition cannot add. */
export function moneyDeltas({ reserved, spent, unknown }: Money): Item {
  return { reserved, spent, unknown, taken: reserved + spent }
}

function countName(status: RowStatus): string {
  return `rows_${status}`
}

function moneyIn(item: Item): Money {
  return { reserved: numberIn(item, "reserved"), spent: numberIn(item, "spent"), unknown: numberIn(item, "unknown") }
}
