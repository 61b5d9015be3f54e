import type { Change } from "../../../core/decision/action.ts"
import {
  addEnded,
  type Hold,
  holdOf,
  type Money,
  NO_MONEY,
  release,
  reserve,
  toMicroUsd,
} from "../../../core/decision/claim.ts"
import { limitOf } from "../../../core/decision/policy.ts"
import { placeItemKey, shardKey, termsKey } from "./keys.ts"
import { endedItem, rowItem, type StoredRow } from "./row-item.ts"
import { countDeltas, moneyDeltas, type TermsItem } from "./run-sums.ts"
import { type Condition, IS_NEW, type Write } from "./write-request.ts"

/** What was read before a commit. `spread`: money in the run's shards, which stands still while the run has a budget. */
export interface CommitState {
  readonly stored: StoredRow
  readonly run: TermsItem
  readonly spread: Money
}

/**
 * Pure: the items of a commit that was not refused by what was read, each with the condition that makes it lose to whoever
 * wrote meanwhile. One to six: the row; the attempt that ended; the row's shard; the money of a run with a budget; the
 * place that is taken and the one that is given back. `changed`: the stamp of this write.
 */
export function commitWrites({ stored, run, spread }: CommitState, change: Change, changed: string): readonly Write[] {
  const { next, ended } = change
  const given = change.give === null ? null : stored.hold
  const taken = change.take === null ? null : holdOf(run.terms, change.take)
  const money = addEnded(reserve(release(NO_MONEY, given), taken), run.terms, ended)
  const hold = given === null && taken === null ? stored.hold : taken
  const row = { record: next, changeId: change.id, hold, ended: stored.ended + (ended === null ? 0 : 1) }
  return [
    { put: rowItem(row, changed), condition: isAt(stored.record.version) },
    ...(ended === null ? [] : [{ put: endedItem(next, row.ended, ended), condition: IS_NEW }]),
    ...sums({ stored, run, spread }, change, money),
    ...places(run, change, given, taken),
  ]
}

function isAt(version: number): Condition {
  return version === 0 ? IS_NEW : { text: "#version = :was", values: { was: version } }
}

/** Money goes to the shard of the row, or, where a budget must be compared with all of it, to one item. */
function sums({ stored, run, spread }: CommitState, change: Change, money: Money): readonly Write[] {
  const { run: id, index, state, version } = change.next
  const counts = countDeltas(version === 1 ? null : stored.record.state.status, state.status)
  const shard = shardKey(id, index)
  if (change.take === null && change.ended === null && !isMoved(money))
    return Object.keys(counts).length === 0 ? [] : [{ key: shard, add: counts, condition: null }]
  const terms: Condition = { text: "#termsVersion = :terms", values: { terms: run.termsVersion } }
  if (run.terms.budgetUsd === null) return [{ key: shard, add: { ...counts, ...moneyDeltas(money) }, condition: terms }]
  return [
    { key: termsKey(id), add: moneyDeltas(money), condition: withinBudget(terms, run, spread, change, money) },
    ...(Object.keys(counts).length === 0 ? [] : [{ key: shard, add: counts, condition: null }]),
  ]
}

function withinBudget(terms: Condition, run: TermsItem, spread: Money, { take }: Change, money: Money): Condition {
  const { budgetUsd } = run.terms
  if (take === null || take.usd === null || budgetUsd === null) return terms
  // `reserved` of what this write moves: what it takes less what it gives back.
  const most = toMicroUsd(budgetUsd) - spread.reserved - spread.spent - money.reserved
  return { text: `${terms.text} and #taken <= :most`, values: { ...terms.values, most } }
}

function isMoved({ reserved, spent, unknown }: Money): boolean {
  return reserved !== 0 || spent !== 0 || unknown !== 0
}

function places(run: TermsItem, { take }: Change, given: Hold | null, taken: Hold | null): readonly Write[] {
  const writes: Write[] = []
  if (given !== null && given.key !== null && given.key !== taken?.key)
    writes.push({ key: placeItemKey(given.key), add: { live: -given.instances }, condition: null })
  const limit = take === null ? null : limitOf(run.terms, take.place)
  if (taken === null || taken.key === null || limit === null) return writes
  const more = taken.instances - (given?.key === taken.key ? given.instances : 0)
  const isNone = limit - more >= 0 ? "attribute_not_exists(#live) or " : ""
  const condition = { text: `${isNone}#live <= :most`, values: { most: limit - more } }
  return [...writes, { key: placeItemKey(taken.key), add: { live: more }, condition }]
}
