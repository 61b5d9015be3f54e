import type { AfterStep, StepOrders, StepTarget } from "./after-step.ts"
import type { StepState, StepTask } from "./step-state.ts"

/** One step for one row, as status shows it. */
export interface StepRow {
  readonly step: string
  readonly do: "model" | "transform" | "endpoint"
  /** null: which row is best is not known before all rows are final. */
  readonly row: number | null
  readonly status: StepState["status"] | "pending"
  readonly attempt: number | null
  readonly region: string | null
  readonly model: string | null
  readonly transform: string | null
  /** Billed from its creation until it is deleted; null: none was begun, or it is gone. */
  readonly endpoint: string | null
  /** Where the predictions are, or will be. */
  readonly output: string | null
  readonly reason: string | null
}

/**
 * What was written of the steps, and what is still to come. `targets` null: rows are still to change, so that only what was
 * written is known, and a line for each step that has nothing.
 */
export function stepRows(
  steps: readonly AfterStep[],
  targets: readonly StepTarget[] | null,
  tasks: readonly StepTask[],
  { isStopped }: StepOrders,
): readonly StepRow[] {
  const written = new Map(tasks.map((task) => [task.key, task.state]))
  return steps.flatMap((step) => {
    const own = (targets ?? []).filter((target) => target.step.name === step.name)
    const wanted = new Set(own.map(({ key }) => key))
    const others = tasks.filter(({ key, state }) => state.step === step.name && !wanted.has(key))
    const status = isStopped ? "stopped" : "pending"
    const rows = [
      ...own.map(({ key, index }) => stepRow(step, index, written.get(key) ?? null, status)),
      ...others.map(({ state }) => stepRow(step, state.index, state, status)),
    ].toSorted((one, other) => (one.row ?? 0) - (other.row ?? 0))
    return rows.length > 0 || targets !== null ? rows : [stepRow(step, null, null, status)]
  })
}

function stepRow(
  { name, transform, endpoint }: AfterStep,
  row: number | null,
  state: StepState | null,
  unwritten: "pending" | "stopped",
): StepRow {
  return {
    step: name,
    do: endpoint !== undefined ? "endpoint" : transform === null ? "model" : "transform",
    row,
    status: state?.status ?? unwritten,
    attempt: state?.attempt ?? null,
    region: state?.region ?? null,
    model: state?.model ?? null,
    transform: state?.transform ?? null,
    endpoint: state?.endpoint?.name ?? null,
    output: state?.output ?? null,
    reason: state === null || state.reason === "" ? null : state.reason,
  }
}

/** Whether a step is still to be carried on. */
export function isStepOpen({ status }: Pick<StepRow, "status">): boolean {
  return status === "pending" || status === "waiting" || status === "running"
}
