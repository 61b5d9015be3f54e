// Hands a run with copies to the queue: what needs no copy at once, and each of the others when the data of its rows is there.
// A copy that fails keeps its own rows back and no others; whatever is left when it ends is for the next call.
import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { type CopyRecord, copyKey } from "../core/placement/copy-record.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import type { RunCopy, RunRecord } from "../core/run/run.ts"
import { isStoppedWhole } from "../core/run/run-status.ts"
import { isWanted } from "../core/run/slices.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { copiesDone } from "./copies-done.ts"
import { CopyBook } from "./copy-book.ts"
import { type CopyProgress, makeCopies } from "./make-copies.ts"
import { type QueuePorts, type SubmitHooks, submitArrays } from "./submit-arrays.ts"

export type HandOverPorts = QueuePorts & Pick<OpenPorts, "objects">

export interface HandOverHooks extends SubmitHooks {
  /** While data is copied. */
  readonly onCopying?: (progress: CopyProgress) => void
}

/** A person who stops the run is not waited for by the copies longer than this, in milliseconds. */
const STOP_LOOK_MS = 5_000

/**
 * Submits the run's arrays as `submitArrays`, and makes the copies that some of them wait for. May be called again at any
 * time, by several at once. Errors: those of `submitArrays`; `partial` where a copy failed.
 */
export async function submitWithCopies(
  ports: HandOverPorts,
  id: RunId,
  me: OwnerId,
  signal: AbortSignal,
  hooks: HandOverHooks = {},
): Promise<RunRecord> {
  const submit = () => submitArrays(ports, id, me, signal, hooks)
  const run = await ports.table.readRun(id)
  // Copies stand among the run's tasks from its beginning.
  if (run?.copies !== undefined) await new CopyBook(ports, id).open(run.copies.map(withoutEstimate))
  const begun = await submit()
  const wanted = await copiesWanted(ports, begun)
  if (wanted.length === 0) return begun
  const watch = new AbortController()
  const over = AbortSignal.any([signal, watch.signal])
  const done = new AbortController()
  void endWhenStopped(ports, id, watch, done.signal)
  let submitting: Promise<unknown> = Promise.resolve()
  // What goes wrong with an array now goes wrong again below, where it is told; until then the other copies go on.
  const submitNext = () => {
    submitting = submitting.then(submit).catch(() => {})
  }
  const { onCopying } = hooks
  const records = await makeCopies(
    ports,
    { run: id, copies: wanted },
    {
      ...(onCopying === undefined ? {} : { onProgress: onCopying }),
      onEnded: ({ status }) => {
        if (status === "done") submitNext()
      },
    },
    over,
  ).finally(() => done.abort())
  await submitting
  const ended = await submit()
  const failed = records.filter(({ status }) => status === "failed")
  if (failed.length > 0 && !isStoppedWhole(ended)) throw copiesFailed(ended, failed, records.length)
  if (signal.aborted && (await copiesWanted(ports, ended)).length > 0) throw interrupted(ended)
  return ended
}

/** Copies that arrays wait for which are still to submit. */
async function copiesWanted(ports: HandOverPorts, run: RunRecord): Promise<readonly PlannedCopy[]> {
  const open = run.arrays.filter((array) => array.id === null && isWanted(run, array))
  const keys = new Set(open.flatMap(({ waitsFor = [] }) => waitsFor))
  if (keys.size === 0) return []
  const done = await copiesDone(ports, run.run)
  const copies = (run.copies ?? []).filter((copy) => keys.has(copyKey(copy)) && !done.has(copyKey(copy)))
  return copies.map(withoutEstimate)
}

function withoutEstimate({ usd: _estimate, ...copy }: RunCopy): PlannedCopy {
  return copy
}

/** Ends the copying where the whole run is stopped; an unreachable table is seen by whoever copies. */
async function endWhenStopped(
  { table, world }: HandOverPorts,
  id: RunId,
  watch: AbortController,
  done: AbortSignal,
): Promise<void> {
  while (!done.aborted) {
    await world.clock.sleep(world.clock.now() + STOP_LOOK_MS, done)
    const run = done.aborted ? null : await table.readRun(id).catch(() => null)
    if (run !== null && isStoppedWhole(run)) return watch.abort()
  }
}

function copiesFailed(run: RunRecord, failed: readonly CopyRecord[], all: number): RegattaError {
  const [first] = failed
  const keys = new Set(failed.map(({ copy }) => copyKey(copy)))
  const rows = run.arrays
    .filter(({ waitsFor = [] }) => waitsFor.some((key) => keys.has(key)))
    .reduce((sum, { size }) => sum + size, 0)
  const what = first === undefined ? "" : `${first.copy.source} to ${first.copy.to}: ${first.reason}`
  const message = `${failed.length} of ${all} ${all === 1 ? "copy" : "copies"} of run ${run.run} failed, and ${rows} ${rows === 1 ? "row waits" : "rows wait"} for it: ${what}`
  return new RegattaError("partial", message, {
    hint: `the other rows go on; \`regatta submit --resume ${run.run}\` tries again`,
    fields: { run: run.run },
  })
}

function interrupted(run: RunRecord): RegattaError {
  return new RegattaError("partial", `data of run ${run.run} is not copied yet, and its rows are not submitted`, {
    hint: `\`regatta submit --resume ${run.run}\` goes on`,
    fields: { run: run.run },
  })
}
