// What people and their processes do to a run while it is carried: submit, watch, follow, stop and retry it.
import { followRuns } from "../../src/app/follow-run.ts"
import type { LoopPorts } from "../../src/app/loop-ports.ts"
import { readPinnedRow, rowFinder } from "../../src/app/pin-manifest.ts"
import { reconcileRun } from "../../src/app/reconcile-run.ts"
import { retryRows } from "../../src/app/retry-rows.ts"
import { type RowSelection, WHOLE_RUN } from "../../src/app/select-rows.ts"
import { startFollower, withFollower } from "../../src/app/start-follower.ts"
import { stopRun } from "../../src/app/stop-run.ts"
import { arraysForRows, submitArrays } from "../../src/app/submit-arrays.ts"
import { ownerId } from "../../src/core/decision/owner.ts"
import type { OwnerId, RunId } from "../../src/core/ids.ts"
import type { RunRecord } from "../../src/core/run/run.ts"
import type { JobEvents } from "../../src/ports/job-events.ts"
import type { ObjectStore } from "../../src/ports/object-store.ts"
import type { Ports } from "../../src/ports/ports.ts"
import type { Shell } from "../../src/ports/world.ts"

/** A signal of its own for each call: a shared one would keep whoever waits for ever under it, and their world with them. */
const never = () => new AbortController().signal

/** The ports of a command, opened. */
export type PersonPorts = LoopPorts & { readonly objects: ObjectStore; readonly events?: JobEvents }

export async function openPorts(ports: Ports, shell: Shell): Promise<PersonPorts> {
  const objects = await ports.objects()
  const events = await ports.events?.()
  return {
    ...(events === undefined ? {} : { events }),
    table: await ports.table(),
    training: await ports.training(),
    queue: await ports.queue(),
    objects,
    timing: ports.timing,
    world: shell,
    specOf: (run, index) => readPinnedRow(objects, run, index),
    rowOf: rowFinder(objects),
  }
}

export async function submit(ports: PersonPorts, run: RunId, me: OwnerId): Promise<void> {
  await submitArrays(ports, run, me, never(), withFollower(ports))
}

interface Watching {
  readonly watchEveryMs: number
  readonly isOver: (ports: LoopPorts) => Promise<boolean>
}

/** Somebody keeps `watch` open: a tick every now and then until all is over, and a follower where there is none. */
export async function watch(
  ports: LoopPorts,
  run: RunId,
  me: OwnerId,
  { watchEveryMs, isOver }: Watching,
): Promise<void> {
  const memory = { settled: new Set<string>() }
  const { clock } = ports.world
  for (;;) {
    await reconcileRun(ports, run, me, memory, never())
    if (await isOver(ports)) return
    const record = await ports.table.readRun(run)
    if (record !== null) await startFollower(ports, record)
    await clock.sleep(clock.now() + watchEveryMs)
  }
}

export async function follow(ports: PersonPorts, run: RunId, shell: Shell): Promise<void> {
  const me = ownerId({ kind: "follower", process: shell.process })
  const { events } = ports
  await followRuns(
    ports,
    [run],
    me,
    { prefix: "rg", untilEnded: true, ...(events === undefined ? {} : { events }) },
    shell.terminated,
  )
}

/** Whether it says that it has seen everything end. `rows` null: the whole run. */
export async function stop(ports: LoopPorts, run: RunId, me: OwnerId, rows: RowSelection["rows"]): Promise<boolean> {
  const selection = rows === null ? WHOLE_RUN : { ...WHOLE_RUN, rows }
  const { left } = await stopRun(ports, run, selection, me, { by: "simulation" }, never())
  return left.length === 0
}

/** Number of rows that are tried anew. */
export async function retry(ports: PersonPorts, run: RunId, me: OwnerId): Promise<number> {
  const options = {
    by: "simulation",
    arraysFor: (record: RunRecord, rows: readonly number[]) => arraysForRows(ports, record, rows),
    submit: (record: RunRecord) => submitArrays(ports, record.run, me, never(), withFollower(ports)),
  }
  return (await retryRows(ports, run, WHOLE_RUN, me, options, never())).rows.length
}
