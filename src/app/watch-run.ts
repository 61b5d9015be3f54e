// Follows a run for somebody who looks on, until every row is final.
// It starts nothing new: it reads the table, and at a slower pace looks at the services as any reader may.
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { Clock } from "../ports/world.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { createRefresher, type Refresher } from "./refresh-run.ts"
import type { RunReader } from "./run-reader.ts"
import { openRunReader } from "./run-reader.ts"
import { hasFollower, replaceFollower } from "./start-follower.ts"

/** A table may be read this often at most, and services this often. */
const READ_MS = 250
const LOOK_MS = 2_000
/** The first look is waited for; then the table is shown while services are silent. */
const PATIENCE_MS = 15_000

export interface WatchMoment {
  readonly at: Instant
  /** Rows that read otherwise than at the moment before; at the first one every row that has begun. */
  readonly changed: readonly StatusRow[]
  readonly reader: RunReader
  /** When the services were last asked; null: never with success. */
  readonly observedAt: Instant | null
  readonly trouble: string | null
  /** Regions that did not answer the last look, in order. */
  readonly silentRegions: readonly string[]
}

/**
 * A moment at least every read, the last one when the run has ended and its steps with it; steps that nobody carries are not
 * waited for. Ends without one when the signal fires.
 */
export async function* watchRun(
  ports: LoopPorts & Pick<OpenPorts, "objects">,
  id: RunId,
  me: OwnerId,
  signal: AbortSignal,
  onRow?: (read: number) => void,
): AsyncIterable<WatchMoment> {
  const clock = ports.world.clock
  const refresher = createRefresher(ports, id, me, true, signal)
  const reader = await openRunReader(ports, id, onRow)
  const lookEvery = Math.max(ports.timing.poll, LOOK_MS)
  const steps = watchSteps(ports)
  let lookAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    if (clock.now() >= lookAt) {
      const isSlow = refresher.trouble() !== null
      await lookFor(refresher, clock, isSlow ? LOOK_MS : PATIENCE_MS, signal)
      await steps.replaceLost(reader.run())
      lookAt = clock.now() + lookEvery
    }
    const changed = await reader.refresh()
    const [observedAt, trouble] = [refresher.observedAt(), refresher.trouble()]
    yield { at: clock.now(), changed, reader, observedAt, trouble, silentRegions: refresher.silentRegions() }
    if (reader.isOver()) return
    if (reader.hasEnded() && (await steps.areLeft(reader.run()))) return
    await clock.sleep(clock.now() + Math.min(Math.max(ports.timing.poll, READ_MS), LOOK_MS), signal)
  }
}

/** One look that is given up, not ended, after so many milliseconds. */
async function lookFor(refresher: Refresher, clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  const patience = new AbortController()
  const over = new AbortController()
  const woken = AbortSignal.any([over.signal, signal])
  void clock.sleep(clock.now() + milliseconds, woken).then(() => {
    if (!over.signal.aborted) patience.abort("late")
  })
  await refresher.look(patience.signal).finally(() => over.abort("over"))
}

/** Whether nobody carries the steps of a run that has ended: a follower that died is replaced, one that is not there is given a lease to come. */
function watchSteps(ports: LoopPorts): {
  areLeft(run: RunRecord): Promise<boolean>
  replaceLost(run: RunRecord): Promise<boolean>
} {
  const { clock } = ports.world
  let seenAt: Instant | null = null
  let [askedAt, replacedAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  /** Once a lease at most: the next one needs its time to come. */
  async function replaceLost(run: RunRecord): Promise<boolean> {
    const isOwed = (run.after ?? []).length > 0 || run.notify !== undefined
    if (!isOwed || clock.now() < replacedAt + ports.timing.lease || !(await replaceFollower(ports, run))) return false
    replacedAt = clock.now()
    return true
  }
  return {
    replaceLost,
    async areLeft(run) {
      const now = clock.now()
      seenAt ??= now
      if (now < askedAt + Math.max(ports.timing.poll, LOOK_MS)) return false
      askedAt = now
      if (await hasFollower(ports, run)) seenAt = now
      else if (now - seenAt >= ports.timing.lease) return true
      else if (await replaceLost(run)) seenAt = now
      return false
    },
  }
}
