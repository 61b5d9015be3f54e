// Requests over runs: creating, amending, listing. It knows nothing of rows.
import { createHash } from "node:crypto"
import { RegattaError } from "../../../core/errors.ts"
import type { RunId } from "../../../core/ids.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import { isSame } from "../../../core/same.ts"
import { otherContent, refuseNewer, unknownRun } from "../../../core/table-errors.ts"
import { TABLE_SCHEMA } from "../../../ports/run-table.ts"
import { type DynamoDbStore, keyText } from "./dynamodb-store.ts"
import { type Item, jsonIn, numberIn, textIn } from "./item.ts"
import { type Key, runKey, runPartition, shardKeys, termsKey } from "./keys.ts"
import { termsAttributes, termsOf } from "./run-sums.ts"
import { RUN_KIND, RUNS } from "./table-definition.ts"
import { type Condition, IS_NEW, type Write } from "./write-request.ts"

const LIST_PAGE = 100
/** An item holds 400 KB, names and keys included; terms and digest stand beside the record in items of their own or take little. */
const MOST_BYTES = 390_000

export async function createRun(store: DynamoDbStore, run: RunRecord): Promise<"created" | "exists"> {
  refuseNewer(run, TABLE_SCHEMA)
  const first = { ...run, version: 1 }
  const created = digestOf(first)
  const writes = creation(first, created)
  return store.commit<"created" | "exists">(async () => {
    const stored = await store.get(runKey(run.run))
    if (stored === null) return { writes, done: "created" }
    if (textIn(stored, "created") !== created) throw otherContent(run.run)
    return { writes: [], done: "exists" }
  })
}

/** Pure: the record, the terms with the sums of a budget, and the shards, all new. */
function creation(first: RunRecord, created: string): readonly Write[] {
  const { run, schema, createdAt, budgetUsd } = first
  const listed = `${String(createdAt).padStart(15, "0")}#${run}`
  return [
    {
      put: { ...runKey(run), record: recordText(first), version: 1, schema, created, kind: RUN_KIND, listed },
      condition: IS_NEW,
    },
    {
      put: { ...termsKey(run), schema, ...termsAttributes(first), isSpread: budgetUsd === null, taken: 0 },
      condition: IS_NEW,
    },
    ...shardKeys(run).map((key) => ({ put: { ...key, termsVersion: 1 }, condition: IS_NEW })),
  ]
}

export async function readRun(store: DynamoDbStore, run: RunId): Promise<RunRecord | null> {
  const item = await store.get(runKey(run))
  if (item === null) return null
  refuseNewer({ run, schema: numberIn(item, "schema") }, TABLE_SCHEMA)
  return jsonIn<RunRecord>(item, "record")
}

export async function amendRun(store: DynamoDbStore, next: RunRecord): Promise<"done" | "stale"> {
  return store.commit<"done" | "stale">(async () => {
    const stored = await readRun(store, next.run)
    if (stored === null) throw unknownRun(next.run)
    if (stored.version !== next.version - 1) return { writes: [], done: isSame(stored, next) ? "done" : "stale" }
    return { writes: amendment(stored, next), done: "done" }
  })
}

/** Pure: the record alone, or with the terms in every item that a claim demands them of. */
function amendment(stored: RunRecord, next: RunRecord): readonly Write[] {
  const { run, version } = next
  const condition: Condition = { text: "#version = :was", values: { was: stored.version } }
  const record = { key: runKey(run), set: { record: recordText(next), version }, condition }
  if (isSame(termsOf(stored), termsOf(next))) return [record]
  const isSpread = stored.budgetUsd === null || next.budgetUsd === null ? { isSpread: true } : {}
  return [
    record,
    { key: termsKey(run), set: { ...termsAttributes(next), ...isSpread }, condition: null },
    ...shardKeys(run).map((key) => ({ key, set: { termsVersion: version }, condition: null })),
  ]
}

/** Newest first, page by page, by an index that may be a moment behind; the records themselves are read strongly. */
export async function* listRuns(store: DynamoDbStore, prefix: string): AsyncIterable<RunRecord> {
  let next: Item | null = null
  do {
    const page = await store.query({
      ...{ IndexName: RUNS, ConsistentRead: false, ScanIndexForward: false, Limit: LIST_PAGE },
      KeyConditionExpression: "#kind = :kind",
      FilterExpression: "begins_with(pk, :prefix)",
      ExpressionAttributeNames: { "#kind": "kind" },
      ExpressionAttributeValues: { ":kind": RUN_KIND, ":prefix": runPartition(prefix) },
      ...(next === null ? {} : { ExclusiveStartKey: next }),
    })
    const keys: readonly Key[] = page.items.map((item) => ({ pk: textIn(item, "pk"), sk: textIn(item, "sk") }))
    const items = await store.getAll(keys)
    for (const key of keys) {
      const item = items.get(keyText(key))
      if (item !== undefined) yield jsonIn<RunRecord>(item, "record")
    }
    next = page.next
  } while (next !== null)
}

function recordText(run: RunRecord): string {
  const text = JSON.stringify(run)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MOST_BYTES) return text
  throw new RegattaError(
    "unsupported",
    `run ${run.run}: its record would have ${Math.round(bytes / 1000)} KB, and DynamoDB holds ${MOST_BYTES / 1000} KB in an item`,
    {
      hint: "stop and retry by ranges, by --failed or whole instead of by many single rows; a table on PostgreSQL has no such limit",
      fields: { run: run.run, bytes },
    },
  )
}

/** The same for records of the same content (core/same.ts), whatever the order of their members. */
function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sorted)).digest("hex")
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
