import type { Change } from "../../../core/decision/action.ts"
import { type Hold, type Money, NO_MONEY, type Refusal, refuseClaim, release } from "../../../core/decision/claim.ts"
import type { RunId } from "../../../core/ids.ts"
import { placeKey } from "../../../core/job/place.ts"
import { refuseNewer, staleDetail, unknownRun } from "../../../core/table-errors.ts"
import { type Committed, TABLE_SCHEMA } from "../../../ports/run-table.ts"
import { type CommitState, commitWrites } from "./commit-writes.ts"
import { type DynamoDbStore, keyText } from "./dynamodb-store.ts"
import { numberIn } from "./item.ts"
import { placeItemKey, rowKey, termsKey } from "./keys.ts"
import { storedRow } from "./row-item.ts"
import { readSums, readTermsItem, spreadMoney, type TermsItem } from "./run-sums.ts"

/** Two requests: a strong read of what is needed, and the write with what was read as its conditions. Nothing is sent for a claim that is turned away: a full place stays cool. */
export async function commitChange(store: DynamoDbStore, change: Change, retryAfter: number): Promise<Committed> {
  const frozen = new Map<number, Money>()
  return store.commit(async () => {
    const state = await look(store, change, frozen)
    const refused = refuse(state, change, retryAfter)
    if (refused !== null) return { writes: [], done: refused }
    return { writes: commitWrites(state, change, store.time.stamp()), done: { ok: true } }
  })
}

interface Look extends CommitState {
  /** Instances counted at the place that is asked for; 0 where none is. */
  readonly live: number
}

async function look(store: DynamoDbStore, { next, take }: Change, frozen: Map<number, Money>): Promise<Look> {
  const { run: id, index } = next
  const keys = { terms: termsKey(id), row: rowKey(id, index) }
  const place = take === null ? null : placeItemKey(placeKey(take.place))
  const items = await store.getAll([keys.terms, keys.row, ...(place === null ? [] : [place])])
  const terms = items.get(keyText(keys.terms))
  if (terms === undefined) throw unknownRun(id)
  const run = readTermsItem(terms)
  refuseNewer({ run: id, schema: run.schema }, TABLE_SCHEMA)
  const counted = place === null ? undefined : items.get(keyText(place))
  return {
    stored: storedRow(id, index, items.get(keyText(keys.row)) ?? null),
    run,
    spread: take === null ? NO_MONEY : await frozenMoney(store, id, run, frozen),
    live: counted === undefined ? 0 : numberIn(counted, "live"),
  }
}

/** What the shards hold of a run that has a budget: nobody moves it until the terms change, so it is read once. */
async function frozenMoney(store: DynamoDbStore, id: RunId, run: TermsItem, known: Map<number, Money>): Promise<Money> {
  if (run.terms.budgetUsd === null || !run.isSpread) return NO_MONEY
  const money = known.get(run.termsVersion) ?? spreadMoney(await readSums(store, id))
  known.set(run.termsVersion, money)
  return money
}

/** What the change is told without being written; null: it may be written. */
function refuse(state: Look, change: Change, retryAfter: number): Committed | null {
  const { stored } = state
  if (stored.changeId === change.id) return { ok: true }
  const { version, updatedAt } = change.next
  const row = stored.record
  if (row.version !== version - 1)
    return { ok: false, code: "stale", hopeless: false, row, until: updatedAt, detail: staleDetail(row) }
  const refusal = refuseTake(state, change, change.give === null ? null : stored.hold)
  return refusal === null ? null : { ok: false, ...refusal, row, until: updatedAt + retryAfter }
}

function refuseTake({ run, spread, live }: Look, { take }: Change, given: Hold | null): Refusal | null {
  if (take === null) return null
  const free = given?.key === placeKey(take.place) ? given.instances : 0
  const { reserved, spent, unknown } = run.money
  const money = { reserved: reserved + spread.reserved, spent: spent + spread.spent, unknown: unknown + spread.unknown }
  return refuseClaim(run.terms, take, live - free, release(money, given))
}
