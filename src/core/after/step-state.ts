import type { Instant, JobName, OwnerId } from "../ids.ts"
import type { RunTask } from "../run/run-task.ts"
import type { AfterStep, StepTarget } from "./after-step.ts"

export type StepEnd = "completed" | "failed" | "stopped"

/** What the table holds of a step for one row; a step without a record is pending. */
export interface StepState {
  readonly step: string
  readonly index: number
  readonly job: JobName
  /** `waiting`: to be tried again, at `until`. `running`: claimed, or its transform was begun. */
  readonly status: "waiting" | "running" | StepEnd
  /** Number of the present try, from 1; each has a transform of its own. */
  readonly attempt: number
  /** Tries allowed; raised when the step is ordered anew. */
  readonly granted: number
  /** Who makes model and transform now, and until when nobody else does; null: nobody, there is only a transform to look at. */
  readonly claim: { readonly by: OwnerId; readonly until: Instant } | null
  readonly region: string | null
  readonly model: string | null
  /** Name of the transform once it is begun. */
  readonly transform: string | null
  /** The endpoint once it has a name, before it is asked for; missing or null: none yet. */
  readonly endpoint?: NamedEndpoint | null
  /** Where its predictions are. */
  readonly output: string | null
  /** Why it waits or failed; empty otherwise. */
  readonly reason: string
  /** First claim since it was last ordered. */
  readonly since: Instant
  /** When a waiting step is tried again. */
  readonly until: Instant
  readonly at: Instant
}

export interface NamedEndpoint {
  readonly name: string
  /** Why it is being deleted, and how the step ends or goes on then; null: it is wanted. */
  readonly leaving: { readonly to: "failed" | "stopped"; readonly reason: string; readonly isFinal: boolean } | null
}

export type StepTask = RunTask & { readonly state: StepState }

export function isStepEnded(status: StepState["status"]): status is StepEnd {
  return status === "completed" || status === "failed" || status === "stopped"
}

/** Tasks under way that no target asks for any more, because rows were tried anew since: they are carried to their end. */
export function leftTargets(
  steps: readonly AfterStep[],
  tasks: readonly StepTask[],
  targets: readonly StepTarget[],
): readonly StepTarget[] {
  const wanted = new Set(targets.map(({ key }) => key))
  return tasks.flatMap(({ key, state: { step: name, index, job, status } }) => {
    const step = steps.find((each) => each.name === name)
    return step === undefined || wanted.has(key) || isStepEnded(status) ? [] : [{ key, step, index, job }]
  })
}
