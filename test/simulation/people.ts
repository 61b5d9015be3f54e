// What people and their processes do to a run while it is carried: watch, follow, stop and retry it.
import { followRuns } from "../../src/app/follow-run.ts"
import type { LoopPorts } from "../../src/app/loop-ports.ts"
import { reconcileRun } from "../../src/app/reconcile-run.ts"
import { retryRows } from "../../src/app/retry-rows.ts"
import { type RowSelection, WHOLE_RUN } from "../../src/app/select-rows.ts"
import { stopRun } from "../../src/app/stop-run.ts"
import { submitArrays } from "../../src/app/submit-arrays.ts"
import { ownerId } from "../../src/core/decision/owner.ts"
import type { OwnerId, RunId, Uri } from "../../src/core/ids.ts"
import type { ArrayRecord, RunRecord } from "../../src/core/run/run.ts"
import type { SimulatedProcess } from "../../src/simulation/simulated-process.ts"

const NEVER = new AbortController().signal

interface Watching {
  readonly watchEveryMs: number
  readonly isOver: (ports: LoopPorts) => Promise<boolean>
}

/** Somebody keeps `watch` open: a tick every now and then until all is over. */
export async function watch(
  ports: LoopPorts,
  run: RunId,
  me: OwnerId,
  { watchEveryMs, isOver }: Watching,
): Promise<void> {
  const memory = { settled: new Set<string>() }
  const { clock } = ports.world
  for (;;) {
    await reconcileRun(ports, run, me, memory, NEVER)
    if (await isOver(ports)) return
    await clock.sleep(clock.now() + watchEveryMs)
  }
}

export async function follow(ports: LoopPorts, run: RunId, process: SimulatedProcess): Promise<void> {
  const me = ownerId({ kind: "follower", process: process.id })
  await followRuns(ports, [run], me, { prefix: "rg", untilEnded: true }, process.terminated)
}

/** Whether it says that it has seen everything end. `rows` null: the whole run. */
export async function stop(ports: LoopPorts, run: RunId, me: OwnerId, rows: RowSelection["rows"]): Promise<boolean> {
  const selection = rows === null ? WHOLE_RUN : { ...WHOLE_RUN, rows }
  const { left } = await stopRun(ports, run, selection, me, { by: "simulation" }, NEVER)
  return left.length === 0
}

/** Number of rows that are tried anew. */
export async function retry(
  ports: LoopPorts,
  run: RunId,
  me: OwnerId,
  rowLists: Map<string, readonly number[]>,
): Promise<number> {
  const options = {
    by: "simulation",
    arraysFor: async (record: RunRecord, rows: readonly number[]) => [arrayFor(record, rows, rowLists)],
    submit: (record: RunRecord) => submitArrays(ports, record.run, me, NEVER),
  }
  return (await retryRows(ports, run, WHOLE_RUN, me, options, NEVER)).rows.length
}

function arrayFor(run: RunRecord, rows: readonly number[], rowLists: Map<string, readonly number[]>): ArrayRecord {
  const name = `${run.run}-again${run.arrays.length}`
  const [first = 0] = rows
  if (rows.length === 1) return { name, id: null, size: 1, first, claim: null }
  const uri = `s3://home/${name}.rows` as Uri
  rowLists.set(uri, rows)
  return {
    name,
    id: null,
    size: rows.length,
    first: { uri, region: "us-east-1", etag: "", bytes: 4 * rows.length },
    claim: null,
  }
}
