// One look at the services for a reader of a run: what ended unseen is written down, what died is started again.
// Where the services refuse or do not answer, the reader goes on with what the table holds and is told why.
import { isRegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import { isStoppedWhole } from "../core/run/run-status.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { reconcileRun } from "./reconcile-run.ts"
import { silenceText, watchAnswers } from "./region-answers.ts"
import { newReconcileMemory } from "./settle-children.ts"

export interface Refresher {
  /** When the services were last asked with success; null: never. */
  observedAt(): Instant | null
  /** Why the last look failed, or which regions did not answer it; null: all is as the services say. */
  trouble(): string | null
  /** Whether the last look was answered, by the queue and all regions but the silent ones. */
  hasAnswered(): boolean
  /** Regions whose training service did not answer, or has not yet. */
  silentRegions(): readonly string[]
  /**
   * At the latest when `patience` fires it is over for the caller, with a trouble; what was asked goes on behind, and the next look
   * waits for that instead of asking anew.
   */
  look(patience?: AbortSignal): Promise<void>
}

/** @param revive whether arrays whose process died are started again: for commands that stay until the end. */
export function createRefresher(
  given: LoopPorts,
  id: RunId,
  me: OwnerId,
  revive: boolean,
  signal: AbortSignal,
): Refresher {
  const memory = newReconcileMemory()
  const answers = watchAnswers(given.training)
  const ports = { ...given, training: answers.training }
  let observedAt: Instant | null = null
  let trouble: string | null = null

  async function reviveArrays(): Promise<void> {
    const run = await ports.table.readRun(id)
    if (run === null || isStoppedWhole(run)) return
    for (const array of run.arrays) if (array.id !== null) await ports.queue.revive(run, array)
  }

  async function lookOnce(): Promise<void> {
    try {
      if (revive) await reviveArrays()
      observedAt = (await reconcileRun(ports, id, me, memory, signal)).observedAt
      trouble = null
    } catch (error) {
      if (!isRegattaError(error, "denied", "unavailable")) throw error
      trouble = error.message
    }
  }

  let underWay: Promise<void> | null = null

  return {
    observedAt: () => observedAt,
    trouble: () => trouble ?? silenceText(answers.known()),
    hasAnswered: () => observedAt !== null && trouble === null,
    silentRegions: () => (trouble === null ? answers.known() : answers.silent()),
    async look(patience) {
      underWay ??= lookOnce().finally(() => {
        underWay = null
      })
      const look = underWay
      if (patience === undefined) return look
      // Nobody may be there any more to hear of its error.
      look.catch(() => {})
      if (!(await isOverBefore(look, patience)))
        trouble = silenceText(answers.silent()) ?? "the services have not all answered yet"
    },
  }
}

/** Throws what the work throws; false: the signal fired first. */
function isOverBefore(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    const give = () => resolve(false)
    signal.addEventListener("abort", give, { once: true })
    work.then(() => resolve(true), reject).finally(() => signal.removeEventListener("abort", give))
  })
}
