// What readers see of rows: one, those that are unfinished, those that changed. Each as it stands, read strongly.
// It scans nothing: a run's rows are one range of its partition, and what changed is an index of that partition.
import type { RowRecord, RowView } from "../../../core/decision/row.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { Cursor, OwnerId, RunId } from "../../../core/ids.ts"
import { type DynamoDbStore, keyText } from "./dynamodb-store.ts"
import { type Item, numberIn, textIn } from "./item.ts"
import { endedKey, indexOf, noteKey, rowKey, rowRange, runPartition } from "./keys.ts"
import { byRow, storedRow, viewOf } from "./row-item.ts"
import { stampOf } from "./service-clock.ts"
import { BY_CHANGE, UNFINISHED } from "./table-definition.ts"

const CHANGES_PAGE = 1000
/** What a pass of changes reads again: a write lands within 20 s of its stamp (dynamodb-store.ts), by a clock that is right to some seconds. */
const OVERLAP_MS = 60_000
/** A row that is written while its items are read is read again so many times. */
const LOOKS = 5

/**
 * `all`: in the first pass, rows from an index on, until the end; then changes since `from`. `since`: the beginning of a
 * pass. `past`: within a pass, after the item that was given last.
 */
type Position =
  | { readonly at: "all"; readonly from: string; readonly index: number }
  | { readonly at: "since"; readonly from: string }
  | { readonly at: "past"; readonly changed: string; readonly sk: string }

interface Changes {
  readonly rows: readonly RowView[]
  readonly next: Cursor
}

export async function readView(store: DynamoDbStore, run: RunId, index: number): Promise<RowView> {
  const [from, to] = rowRange(run, index, true)
  for (let look = 0; look < LOOKS; look++) {
    const items: Item[] = []
    let next: Item | null = null
    do {
      const page = await rangePage(store, run, [from, to], next)
      items.push(...page.items)
      next = page.next
    } while (next !== null)
    const view = viewOf(run, index, items)
    if (view !== null) return view
  }
  throw lostAttempts(run, index)
}

/** In order of index, by an index of the run's partition that is read strongly. */
export async function* unfinishedRows(
  store: DynamoDbStore,
  run: RunId,
  owners: readonly OwnerId[] | "all",
): AsyncIterable<RowRecord> {
  let next: Item | null = null
  do {
    const page = await store.query({
      ...{ IndexName: UNFINISHED, Select: "ALL_ATTRIBUTES" },
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": runPartition(run) },
      ...(next === null ? {} : { ExclusiveStartKey: next }),
    })
    for (const item of page.items) {
      const { record } = storedRow(run, numberIn(item, "open"), item)
      if (owners === "all" || record.owner === null || owners.includes(record.owner)) yield record
    }
    next = page.next
  } while (next !== null)
}

export async function changedRows(store: DynamoDbStore, run: RunId, after: Cursor | null): Promise<Changes> {
  const now = stampOf(store.time.now() - OVERLAP_MS)
  const position: Position = after === null ? { at: "all", from: now, index: 0 } : decode(after)
  return position.at === "all" ? allFrom(store, run, position) : since(store, run, position, now)
}

/** All rows by their index. What is written meanwhile comes again, or first, by `from`. */
async function allFrom(
  store: DynamoDbStore,
  run: RunId,
  { from, index }: Extract<Position, { at: "all" }>,
): Promise<Changes> {
  const [first, last] = rowRange(run, index, false)
  let items: readonly Item[] = []
  let next: Item | null = null
  do {
    const page = await rangePage(store, run, [first, last], next)
    items = [...items, ...page.items]
    next = page.next
    // The last row of a page may go on in the next: at least one whole row is needed.
  } while (next !== null && byRow(items).size <= 1)
  const rows = [...byRow(items)].slice(0, next === null ? CHANGES_PAGE : Math.min(byRow(items).size - 1, CHANGES_PAGE))
  const views = await Promise.all(rows.map(([row, own]) => viewOf(run, row, own) ?? readView(store, run, row)))
  const lastRow = rows.at(-1)?.[0]
  const isEnd = next === null && rows.length === byRow(items).size
  return {
    rows: views,
    next: encode(isEnd || lastRow === undefined ? { at: "since", from } : { at: "all", from, index: lastRow + 1 }),
  }
}

/** `restart`: where the next pass begins once this one has ended. */
async function since(
  store: DynamoDbStore,
  run: RunId,
  position: Exclude<Position, { at: "all" }>,
  restart: string,
): Promise<Changes> {
  const from = position.at === "since" ? position.from : position.changed
  const start = position.at === "since" ? null : { pk: runPartition(run), sk: position.sk, changed: position.changed }
  const { items, next } = await store.query({
    ...{ IndexName: BY_CHANGE, Limit: CHANGES_PAGE },
    KeyConditionExpression: "pk = :pk and changed >= :from",
    ExpressionAttributeValues: { ":pk": runPartition(run), ":from": from },
    ...(start === null ? {} : { ExclusiveStartKey: start }),
  })
  const newest = items.at(-1)
  if (newest === undefined) {
    if (next !== null) return { rows: [], next: encode({ at: "since", from }) }
    return { rows: [], next: encode({ at: "since", from: restart }) }
  }
  const rows = await viewsOf(store, run, new Set(items.map((item) => indexOf(textIn(item, "sk")))))
  return { rows, next: encode({ at: "past", changed: textIn(newest, "changed"), sk: textIn(newest, "sk") }) }
}

async function viewsOf(store: DynamoDbStore, run: RunId, rows: ReadonlySet<number>): Promise<readonly RowView[]> {
  const items = await store.getAll([...rows].flatMap((index) => [rowKey(run, index), noteKey(run, index)]))
  const ended = await store.getAll(
    [...rows].flatMap((index) => {
      const count = storedRow(run, index, items.get(keyText(rowKey(run, index))) ?? null).ended
      return Array.from({ length: count }, (_, i) => endedKey(run, index, i + 1))
    }),
  )
  const own = byRow([...items.values(), ...ended.values()])
  return Promise.all([...rows].map((index) => viewOf(run, index, own.get(index) ?? []) ?? readView(store, run, index)))
}

function rangePage(store: DynamoDbStore, run: RunId, [from, to]: readonly [string, string], next: Item | null) {
  return store.query({
    KeyConditionExpression: "pk = :pk and sk between :from and :to",
    ExpressionAttributeValues: { ":pk": runPartition(run), ":from": from, ":to": to },
    ...(next === null ? {} : { ExclusiveStartKey: next }),
  })
}

function encode(position: Position): Cursor {
  return JSON.stringify(position) as Cursor
}

function decode(cursor: Cursor): Position {
  return JSON.parse(cursor) as Position
}

function lostAttempts(run: RunId, index: number): RegattaError {
  return new RegattaError("damaged", `row ${index} of run ${run} counts ended attempts that are not in the table`, {
    hint: "restore the table from a backup; training jobs and artifacts are not touched by this",
    fields: { run, row: index },
  })
}
