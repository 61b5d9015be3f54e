// What is done with a run's rows once all of them are final: models made, data transformed, endpoints made (`after` of regatta.yaml).
// It holds what a person wants and for which rows; what became of a step stands in step-state.ts.
import type { EndpointSettings } from "../endpoint/endpoint-plan.ts"
import type { JobName, RunId } from "../ids.ts"
import type { TransformSettings } from "../job/transform-plan.ts"
import { type Direction, rankBy } from "../run/leaderboard.ts"
import type { RunRecord } from "../run/run.ts"
import { isStoppedWhole } from "../run/run-status.ts"

/** One step, as pinned with the run: a follower knows no regatta.yaml. */
export interface AfterStep {
  /** Unique in the run. */
  readonly name: string
  /** For each completed row, or for the one that is best by a metric. */
  readonly rows: "completed" | { readonly best: string; readonly direction: Direction }
  /** The image that serves; null: the one that trained. */
  readonly image: string | null
  /** Transforms or endpoints that may fail before the step has. */
  readonly maxAttempts: number
  /** null: the model is made and nothing transformed. `output` null: below the row's own outputs. Both texts may hold placeholders. */
  readonly transform: (TransformSettings & { readonly output: string | null }) | null
  /** The endpoint that serves the row's model; missing: none is made. */
  readonly endpoint?: StepEndpoint
}

export interface StepEndpoint extends Omit<EndpointSettings, "weights"> {
  /** Milliseconds after which one that is still being made is given up and deleted. */
  readonly giveUpAfter: number
}

/** A completed row, as far as steps look at it. */
export interface CompletedRow {
  readonly index: number
  /** The training job that left the artifact. */
  readonly job: JobName
  readonly metrics: Readonly<Record<string, number>>
}

/** One step for one row. */
export interface StepTarget {
  /** Of its task (run-task.ts): the same step of the same training job is the same task. */
  readonly key: string
  readonly step: AfterStep
  readonly index: number
  readonly job: JobName
}

const KEY = "step/"

/** Whether a task of the run is a step's. */
export function isStepKey(key: string): boolean {
  return key.startsWith(KEY)
}

/** Every step with each row that it is for, once no row is still to change. */
export function stepTargets(steps: readonly AfterStep[], rows: readonly CompletedRow[]): readonly StepTarget[] {
  return steps.flatMap((step) =>
    rowsOf(step, rows).map(({ index, job }) => ({ key: `${KEY}${step.name}/${job}`, step, index, job })),
  )
}

function rowsOf({ rows: wanted }: AfterStep, rows: readonly CompletedRow[]): readonly CompletedRow[] {
  if (wanted === "completed") return rows
  const { best, direction } = wanted
  const measured = rows.filter(({ metrics }) => best in metrics)
  return rankBy(measured, [{ metric: best, direction, isGiven: true }], ({ metrics }, name) => metrics[name]).slice(
    0,
    1,
  )
}

/** What people ordered of a run's steps. */
export interface StepOrders {
  /** The run was stopped whole, and its steps were not ordered anew since. */
  readonly isStopped: boolean
  /** Failed and stopped steps that ended before are tried again; null: never ordered. */
  readonly retriedAt: number | null
}

export function stepOrders(run: Pick<RunRecord, "orders" | "afterRetriedAt">): StepOrders {
  const stoppedAt = run.orders.reduce((at, order) => (order.kind === "stop" ? Math.max(at, order.at) : at), 0)
  const retriedAt = run.afterRetriedAt ?? null
  return { isStopped: isStoppedWhole(run) && stoppedAt > (retriedAt ?? 0), retriedAt }
}

/** Whether somebody must stay with the run beyond its rows: its steps and notifications are a follower's. */
export function needsFollower(run: Pick<RunRecord, "follow" | "after" | "notify">): boolean {
  return run.follow === "detached" || (run.after ?? []).length > 0 || run.notify !== undefined
}

/** Texts of a step with what they stand for in its row. */
export function fillStepText(text: string, { run, index, attempt, region, account }: StepPlace): string {
  const values: Readonly<Record<string, string>> = {
    run,
    row: String(index),
    attempt: String(attempt),
    region,
    account,
  }
  return text.replaceAll(/\{(run|row|attempt|region|account)\}/g, (_, name: string) => values[name] ?? "")
}

export interface StepPlace {
  readonly run: RunId
  readonly index: number
  readonly attempt: number
  readonly region: string
  readonly account: string
}
