// What readers see of rows: one, those that are unfinished, those that changed. Each as it stands, read strongly.
// It scans nothing: a run's rows are one range of its partition, and what changed is an index of that partition.
import type { RowRecord, RowView } from "../../../core/decision/row.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { Cursor, OwnerId, RunId } from "../../../core/ids.ts"
import { type DynamoDbStore, keyText, type Page as StorePage } from "./dynamodb-store.ts"
import { type GivenChanges, type WriteName, writeName } from "./given-changes.ts"
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

export async function changedRows(
  store: DynamoDbStore,
  given: GivenChanges,
  run: RunId,
  after: Cursor | null,
): Promise<Changes> {
  const restart = stampOf(store.time.now() - OVERLAP_MS)
  const position: Position = after === null ? { at: "all", from: restart, index: 0 } : decode(after)
  const before = after === null ? new Set<WriteName>() : given.before(run, after)
  const page = position.at === "all" ? await allFrom(store, run, position) : await since(store, run, position, before)
  const next = encode(page.next ?? { at: "since", from: restart }, store.time.stamp())
  given.remember(run, next, [...before, ...page.writes], position.at === "all" ? position.from : restart)
  return { rows: page.rows, next }
}

interface Page {
  readonly rows: readonly RowView[]
  /** The writes whose outcome the rows show. */
  readonly writes: readonly WriteName[]
  /** null: the pass ends. */
  readonly next: Position | null
}

/** All rows by their index. What is written meanwhile comes again, or first, by `from`. */
async function allFrom(
  store: DynamoDbStore,
  run: RunId,
  { from, index }: Extract<Position, { at: "all" }>,
): Promise<Page> {
  const range = rowRange(run, index, false)
  let items: readonly Item[] = []
  let next: Item | null = null
  do {
    const page = await rangePage(store, run, range, next)
    items = [...items, ...page.items]
    next = page.next
    // The last row of a page may go on in the next: at least one whole row is needed.
  } while (next !== null && byRow(items).size <= 1)
  const found = [...byRow(items)]
  const rows = found.slice(0, next === null ? CHANGES_PAGE : Math.min(found.length - 1, CHANGES_PAGE))
  const isEnd = next === null && rows.length === found.length
  const last = rows.at(-1)?.[0] ?? index
  return {
    rows: await Promise.all(rows.map(([row, own]) => viewOf(run, row, own) ?? readView(store, run, row))),
    writes: rows.flatMap(([, own]) => own.filter((item) => item["changed"] !== undefined).map(writeName)),
    next: isEnd ? { at: "since", from } : { at: "all", from, index: last + 1 },
  }
}

/** Without `before`, what this reader was given already: pages of nothing else are passed over. */
async function since(
  store: DynamoDbStore,
  run: RunId,
  position: Exclude<Position, { at: "all" }>,
  before: ReadonlySet<WriteName>,
): Promise<Page> {
  const from = position.at === "since" ? position.from : position.changed
  let start: Item | null =
    position.at === "since" ? null : { pk: runPartition(run), sk: position.sk, changed: position.changed }
  do {
    const { items, next }: StorePage = await store.query({
      ...{ IndexName: BY_CHANGE, Limit: CHANGES_PAGE },
      KeyConditionExpression: "pk = :pk and changed >= :from",
      ExpressionAttributeValues: { ":pk": runPartition(run), ":from": from },
      ...(start === null ? {} : { ExclusiveStartKey: start }),
    })
    const fresh = items.filter((item) => !before.has(writeName(item)))
    const newest = items.at(-1)
    if (fresh.length > 0 && newest !== undefined) {
      const rows = await viewsOf(store, run, new Set(fresh.map((item) => indexOf(textIn(item, "sk")))))
      const passed = { changed: textIn(newest, "changed"), sk: textIn(newest, "sk") }
      return { rows, writes: fresh.map(writeName), next: { at: "past", ...passed } }
    }
    start = next
  } while (start !== null)
  return { rows: [], writes: [], next: null }
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

/** `id`: its own, so that two readers at one position are told apart. */
function encode(position: Position, id: string): Cursor {
  return JSON.stringify({ ...position, id }) as Cursor
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
