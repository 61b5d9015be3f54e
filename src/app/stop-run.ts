import { decide } from "../core/decision/decide.ts"
import { endingPolicy } from "../core/decision/policy.ts"
import { isFinal, liveAttempt, type RowRecord } from "../core/decision/row.ts"
import { isRegattaError } from "../core/errors.ts"
import type { JobName, OwnerId, RunId } from "../core/ids.ts"
import { orderFor, type RunRecord } from "../core/run/run.ts"
import { isSearching, isStoppedWhole } from "../core/run/run-status.ts"
import type { Clock } from "../ports/world.ts"
import { type Amendment, giveOrder } from "./give-order.ts"
import { inLanes } from "./in-lanes.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { commitId, firstSight, stopLiveJob } from "./perform.ts"
import { watchQueue } from "./queue-answers.ts"
import { tick } from "./reconcile-run.ts"
import { watchAnswers } from "./region-answers.ts"
import { isWholeRun, RecordBook, type RowSelection, rangesOf, rowIndexes, selectRows } from "./select-rows.ts"
import { ownerBook } from "./takeable.ts"
import { waitAtMost } from "./wait-at-most.ts"

export interface StopOptions {
  /** Who orders it, for the record. */
  readonly by: string
  readonly onProgress?: (progress: StopProgress) => void
}

/** What a stop waits for. */
export interface StopProgress {
  /** Rows still to be seen ended. */
  readonly left: number
  /** Regions of those that have a training job, and those of them that do not answer. */
  readonly regions: readonly string[]
  readonly silent: readonly string[]
  /** What the array queue does not answer; null: it does. */
  readonly queue: string | null
}

export interface StopReport {
  /** Rows that the order covers and that were not final. */
  readonly asked: number
  /** Of these, rows that are final now (and rows without a record, which a whole stop ends). */
  readonly ended: number
  /** Of the ended, rows that completed or failed before the stop reached them. */
  readonly endedOtherwise: number
  /** Rows not yet seen ended when the signal fired, with their training jobs; the order stands, `stop` again goes on. */
  readonly left: readonly { readonly index: number; readonly jobName: JobName; readonly region: string }[]
}

/** How long a round waits for services that do not answer, before it looks again and says so. */
const PATIENCE_MS = 15_000

/** Stops that are asked of one region at once. */
const PER_REGION = 4

/** Writes the order, ends the arrays when the whole run is meant, stops the training jobs and waits until each is seen ended or the signal fires. */
export async function stopRun(
  ports: LoopPorts,
  id: RunId,
  selection: RowSelection,
  me: OwnerId,
  options: StopOptions,
  signal: AbortSignal,
): Promise<StopReport> {
  let asked: readonly number[] = []
  const run = await giveOrder(ports, id, async (record) => {
    const rows = (await selectRows(ports, record, selection)).filter((row) => !isFinal(row.state.status))
    asked = rows.map(({ index }) => index)
    return orderOf(record, rows, selection, options.by)
  })
  const book = new RecordBook(ports.table, run.run)
  const left = await untilEnded(ports, run, book, me, options, signal)
  const ends = await book.refresh()
  const endedOtherwise = asked.filter((index) => {
    const status = ends.get(index)?.state.status
    return status === "completed" || status === "failed"
  }).length
  return { asked: asked.length, ended: asked.length - left.length, endedOtherwise, left: left.flatMap(jobOf) }
}

/** null: the order stands already, or there is nothing to stop. */
function orderOf(run: RunRecord, rows: readonly RowRecord[], selection: RowSelection, by: string): Amendment | null {
  if (isWholeRun(selection)) {
    // A search that goes on is stopped also while none of its rows is at work.
    const isNothing = rows.length === 0 && !isSearching(run)
    return isStoppedWhole(run) || isNothing ? null : { kind: "stop", rows: "all", by }
  }
  const running = rows.filter((row) => orderFor(run, row.index)?.kind !== "stop")
  if (running.length === 0) return null
  return { kind: "stop", rows: rangesOf(running.map((row) => row.index)), by }
}

/** Rounds over the rows that the order covers; returns those still open when the signal fires. */
async function untilEnded(
  given: LoopPorts,
  ordered: RunRecord,
  book: RecordBook,
  me: OwnerId,
  options: StopOptions,
  signal: AbortSignal,
): Promise<readonly RowRecord[]> {
  const { table, world, timing } = given
  const answers = watchAnswers(given.training)
  const queue = watchQueue(given.queue, world.clock, signal)
  const ports: LoopPorts = { ...given, training: answers.training, queue: queue.queue }
  const arrays = new Underway<boolean>()
  const stops = new Map<string, Underway<void>>()
  let wereOver = false
  for (;;) {
    // Claims first, arrays after: a claim that is not among these was written later, and its worker reads the order.
    const run = (await table.readRun(ordered.run)) ?? ordered
    const open = await openRows(ports, run, book)
    const regions = [...new Set(open.flatMap(jobOf).map(({ region }) => region))].sort()
    const tell = () =>
      options.onProgress?.({ left: open.length, regions, silent: answers.silent(), queue: queue.silence() })
    tell()
    // A queue that does not answer keeps no training job running.
    const areOver = await bothThrough(
      isStoppedWhole(run) ? arrays.within(world.clock, signal, () => endArrays(ports, run)) : Promise.resolve(true),
      inRegionsAtOnce(open, async (region, rows) => {
        const stopping = stops.get(region) ?? new Underway<void>()
        stops.set(region, stopping)
        await stopping.within(world.clock, signal, () => stopRows(ports, run, rows, me, signal))
      }),
    )
    // A child may have claimed and died between the two looks: only rows read after all children had ended tell everything.
    if (open.length === 0 && areOver && wereOver) return []
    if (signal.aborted) return openRows(ports, run, book)
    tell()
    const isSettled = open.length === 0 && areOver
    if (!isSettled) await world.clock.sleep(world.clock.now() + timing.poll, signal)
    wereOver = areOver
  }
}

/** The stops of training jobs are through whatever became of the arrays; of those it is said whether all are over. */
async function bothThrough(arrays: Promise<boolean | null>, stops: Promise<void>): Promise<boolean> {
  const [ended, stopped] = await Promise.allSettled([arrays, stops])
  if (stopped.status === "rejected") throw stopped.reason
  if (ended.status === "fulfilled") return ended.value === true
  if (!isRegattaError(ended.reason, "unavailable")) throw ended.reason
  return false
}

/** A region that does not answer keeps no other's rows waiting; the first error is thrown when all are through. */
async function inRegionsAtOnce(
  rows: readonly RowRecord[],
  work: (region: string, rows: readonly RowRecord[]) => Promise<void>,
): Promise<void> {
  const all = [...Map.groupBy(rows, regionOf)].map(([region, own]) => work(region, own))
  const failed = (await Promise.allSettled(all)).find((each) => each.status === "rejected")
  if (failed !== undefined) throw failed.reason
}

function regionOf(row: RowRecord): string {
  return liveAttempt(row.state)?.held.place.region ?? ""
}

/** Work that a round waits for only so long; the next one waits for the same work instead of beginning it anew. */
class Underway<T> {
  #work: Promise<T> | null = null

  /** null: it still goes on. Throws what the work throws, also in a later round. */
  async within(clock: Clock, signal: AbortSignal, begin: () => Promise<T>): Promise<T | null> {
    this.#work ??= begin()
    const work = this.#work
    try {
      if (!(await waitAtMost(clock, PATIENCE_MS, work, signal))) return null
    } catch (error) {
      this.#work = null
      throw error
    }
    this.#work = null
    return work
  }
}

/** Rows under a stop order that are not final. Those without a record need no write when the whole run is stopped. */
async function openRows(ports: LoopPorts, run: RunRecord, book: RecordBook): Promise<readonly RowRecord[]> {
  const records = await book.refresh()
  const isStopped = (index: number) => orderFor(run, index)?.kind === "stop"
  const open = [...records.values()].filter(
    (row) => row.version > 0 && !isFinal(row.state.status) && isStopped(row.index),
  )
  if (isStoppedWhole(run)) return open
  return [...open, ...(await unrecorded(ports, run, records))]
}

async function unrecorded(
  ports: LoopPorts,
  run: RunRecord,
  records: ReadonlyMap<number, RowRecord>,
): Promise<readonly RowRecord[]> {
  const rows: RowRecord[] = []
  for (const index of rowIndexes(run)) {
    if ((records.get(index)?.version ?? 0) > 0 || orderFor(run, index)?.kind !== "stop") continue
    rows.push(await ports.table.readRow(run.run, index))
  }
  return rows
}

/** False while children may still be at work: each of them may hold a claim that was not there when the rows were read. */
async function endArrays(ports: LoopPorts, run: RunRecord): Promise<boolean> {
  const ids = run.arrays.flatMap((array) => (array.id === null ? [] : [array.id]))
  if (ids.length === 0) return true
  // All at once: with a queue per region one that hangs keeps the others' children from nothing.
  const ended = await Promise.allSettled(ids.map((id) => ports.queue.end(id, "the run was stopped")))
  const failed = ended.find((each) => each.status === "rejected")
  if (failed !== undefined) throw failed.reason
  const counts = await ports.queue.counts(ids)
  return [...counts.values()].every(({ queued, running }) => queued + running === 0)
}

async function stopRows(
  ports: LoopPorts,
  run: RunRecord,
  rows: readonly RowRecord[],
  me: OwnerId,
  signal: AbortSignal,
): Promise<void> {
  const owners = await ownerBook(ports, me, rows)
  await inLanes(rows, regionOf, PER_REGION, async (row) => {
    if (signal.aborted) return
    if (row.version === 0) return endUnrecorded(ports, run, row, me)
    if (row.owner === null || (await owners.isTakeable(row.owner))) await tick(ports, run, row, me, signal)
    else await stopJob(ports, run, row, me, signal)
  })
}

/** The row is a living worker's, who sees the order at its next look; the training job need not wait for that. */
async function stopJob(
  ports: LoopPorts,
  run: RunRecord,
  row: RowRecord,
  me: OwnerId,
  signal: AbortSignal,
): Promise<void> {
  const attempt = liveAttempt(row.state)
  if (attempt === null) return
  await stopLiveJob(ports, { run, spec: null, row, seen: firstSight(row, me) }, attempt, me, signal)
}

async function endUnrecorded(ports: LoopPorts, run: RunRecord, row: RowRecord, me: OwnerId): Promise<void> {
  const { table, world, timing } = ports
  const policy = endingPolicy(run, row.index, { me, mayTake: () => false, timing })
  const action = decide(row, { kind: "nothing" }, policy, world.clock.now())
  if (action.do !== "commit") return
  await table.commit(run, { ...action.change, id: commitId(world, action.change.next) })
}

function jobOf(row: RowRecord): StopReport["left"] {
  const attempt = liveAttempt(row.state)
  if (attempt === null) return []
  return [{ index: row.index, jobName: attempt.jobName, region: attempt.held.place.region }]
}
