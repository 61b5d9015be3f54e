// What stands in items as they are on the wire, for whoever watches a modelled table from behind; no request is sent here.
import { pendingRow, type RowRecord } from "../../../core/decision/row.ts"
import type { RunId } from "../../../core/ids.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import { type Item, jsonIn, textIn } from "./item.ts"
import { indexOf, type Key, runPartition } from "./keys.ts"
import { storedRow } from "./row-item.ts"

/** An item with typed values: `{"sk": {"S": "RUN"}, "version": {"N": "3"}}`. */
export type WireItem = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** As the document client gives it; only the types that this adapter writes. */
export function plainItem(item: WireItem): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]))
}

function plainValue({ S, N, BOOL, NULL }: Readonly<Record<string, unknown>>): unknown {
  if (N !== undefined) return Number(N)
  if (NULL === true) return null
  return S ?? BOOL
}

/** Keys of the items that a request writes, in its order. */
export function writtenKeys(operation: string, input: Readonly<Record<string, unknown>>): readonly WireItem[] {
  if (operation === "PutItem") return [input["Item"] as WireItem]
  if (operation === "UpdateItem") return [input["Key"] as WireItem]
  if (operation !== "TransactWriteItems") return []
  const items = input["TransactItems"] as readonly {
    readonly Put?: { readonly Item: WireItem }
    readonly Update?: { readonly Key: WireItem }
  }[]
  return items.map(({ Put, Update }) => Put?.Item ?? Update?.Key).filter((item) => item !== undefined)
}

const ROW = /^ROW#\d+$/

export function isRowKey({ sk }: Key): boolean {
  return ROW.test(sk)
}

export function isRunKey({ sk }: Key): boolean {
  return sk === "RUN"
}

export function rowAt({ pk, sk }: Key, item: Item | null): RowRecord {
  const run = pk.slice(runPartition("").length) as RunId
  return item === null ? pendingRow(run, indexOf(sk)) : storedRow(run, indexOf(sk), item).record
}

export function runIn(item: Item): RunRecord {
  return jsonIn<RunRecord>(item, "record")
}

export function keyIn(item: Item): Key {
  return { pk: textIn(item, "pk"), sk: textIn(item, "sk") }
}
