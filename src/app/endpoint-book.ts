// The record of every endpoint that was made from here, in the central table: what remains when it is gone.
// It decides nothing: an endpoint is there when its service says so, whatever stands here.
import type { EndpointRecord } from "../core/endpoint/endpoint-record.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import type { RunId } from "../core/ids.ts"
import { isSame } from "../core/same.ts"
import type { RunTable } from "../ports/run-table.ts"
import { ownerOf } from "./find-endpoints.ts"

type Table = Pick<RunTable, "tasks" | "writeTask">

/** Others write at the same time at most as often as people give commands. */
const TRIES = 5

/** Endpoints belong to no one run: their records stand under a name of their own, which no run can have. */
function shelf(prefix: string): RunId {
  return `${prefix}-endpoints` as RunId
}

function keyOf({ region, name, createdAt }: EndpointRecord): string {
  return `endpoint/${region}/${name}/${createdAt}`
}

/** Those that were ever made, in no order. */
export async function readEndpointRecords(table: Table, prefix: string): Promise<readonly EndpointRecord[]> {
  const records: EndpointRecord[] = []
  for await (const { key, state } of table.tasks(shelf(prefix)))
    if (key.startsWith("endpoint/")) records.push(state as EndpointRecord)
  return records
}

/** Writes it as it is now; a later word of it takes the place of an earlier one. Errors: what the table throws. */
export async function noteEndpoint(table: Table, prefix: string, record: EndpointRecord): Promise<void> {
  const run = shelf(prefix)
  const key = keyOf(record)
  for (let tries = 0; tries < TRIES; tries += 1) {
    let version = 0
    let there: object | null = null
    for await (const task of table.tasks(run)) {
      if (task.key !== key) continue
      version = task.version
      there = task.state
    }
    if (there !== null && isSame(there, record)) return
    if (await table.writeTask({ run, key, version: version + 1, state: record })) return
  }
}

/** The record of an endpoint as it is seen now. */
export function recordOf(
  state: EndpointState,
  seen: Pick<EndpointRecord, "outcome" | "reason" | "endedAt" | "endedBy" | "usdPerHour">,
): EndpointRecord {
  const { name, region, variants, createdAt } = state
  return { name, region, variants, owner: ownerOf(state) ?? "", createdAt: createdAt ?? 0, ...seen }
}
