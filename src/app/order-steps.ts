// What people order of the steps after a run: to stop them with the run, and to try them anew.
// An order is one write to the run's record; whoever carries the steps obeys it at the next look.
import { type StepTarget, stepOrders, stepTargets } from "../core/after/after-step.ts"
import { isStepEnded } from "../core/after/step-state.ts"
import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import { readSteps, StepCarrier, type StepPorts } from "./carry-steps.ts"
import { giveOrder } from "./give-order.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** Steps that are under way or wait to be tried again. */
export async function openSteps(table: LoopPorts["table"], run: RunRecord): Promise<number> {
  if ((run.after ?? []).length === 0) return 0
  return [...(await readSteps(table, run)).values()].filter(({ state }) => !isStepEnded(state.status)).length
}

/**
 * Stops the run as a whole, where that is not ordered yet, and waits until none of its steps is under way or the signal fires; it begins none. How many were not
 * seen ended.
 */
export async function stopSteps(
  ports: StepPorts,
  id: RunId,
  me: OwnerId,
  by: string,
  signal: AbortSignal,
): Promise<number> {
  const { clock } = ports.world
  const isStopped = (run: RunRecord) => stepOrders(run).isStopped
  await giveOrder(ports, id, async (run) => (isStopped(run) ? null : { kind: "stop", rows: "all", by }))
  const none: readonly StepTarget[] = stepTargets([], [])
  for (;;) {
    const run = await requireRun(ports.table, id)
    // Made anew for each look: a living follower writes the steps as well.
    const areOver = await new StepCarrier(ports, me).carry(run, none, signal)
    if (areOver) return 0
    if (signal.aborted || !isStopped(run)) return openSteps(ports.table, run)
    await clock.sleep(clock.now() + ports.timing.poll, signal)
  }
}

/** Orders failed and stopped steps anew. The run as it is then. */
export async function retrySteps(ports: Pick<LoopPorts, "table" | "world">, id: RunId): Promise<RunRecord> {
  for (;;) {
    const run = await requireRun(ports.table, id)
    // Later than the stop that it takes back, and than whatever a step's end was written at.
    const newest = run.orders.reduce((at, order) => Math.max(at, order.at + 1), ports.world.clock.now())
    const next = { ...run, version: run.version + 1, afterRetriedAt: Math.max(newest, (run.afterRetriedAt ?? 0) + 1) }
    if ((await ports.table.amendRun(next)) === "done") return next
  }
}

async function requireRun(table: LoopPorts["table"], id: RunId): Promise<RunRecord> {
  const run = await table.readRun(id)
  if (run === null) throw new RegattaError("notFound", `there is no run ${id} in this table`, { fields: { run: id } })
  return run
}
