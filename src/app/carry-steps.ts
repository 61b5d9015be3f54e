// The steps after one run in the hands of whoever carries them: each goes as far as it can without waiting.
// What is next with a step `decideStep` says; this asks, does it, and asks again. It starts nothing of a row.
import { isStepKey, type StepTarget, stepOrders } from "../core/after/after-step.ts"
import { decideStep } from "../core/after/decide-step.ts"
import type { StepAction, StepSight } from "../core/after/step-case.ts"
import { leftTargets, type StepState, type StepTask } from "../core/after/step-state.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { Instant, OwnerId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { EndpointService } from "../ports/endpoint-service.ts"
import type { ModelService } from "../ports/model-service.ts"
import type { RunTable } from "../ports/run-table.ts"
import { inLanes } from "./in-lanes.ts"
import type { LoopPorts } from "./loop-ports.ts"
import type { StepPlan } from "./plan-step.ts"
import { isTakeable } from "./takeable.ts"

export interface StepPorts extends Pick<LoopPorts, "table" | "queue" | "timing" | "world"> {
  readonly models: ModelService
  /** Missing: the platform serves none. */
  readonly endpoints?: EndpointService
  /** Told of an endpoint that was asked for: from now on it is billed. Throws nothing. */
  readonly onEndpoint?: (state: EndpointState) => Promise<void>
  /** As `planStep`. */
  readonly planOf: (run: RunRecord, target: StepTarget, attempt: number) => Promise<StepPlan>
}

/** Steps carried at once. */
const AT_ONCE = 4

export class StepCarrier {
  readonly #ports: StepPorts
  readonly #me: OwnerId
  /** By key; null: to be read again, because somebody else wrote. */
  #tasks: Map<string, StepTask> | null = null
  readonly #pauses = new Map<string, Instant>()
  /** Version of the run under which the pauses were found: an order ends them. */
  #version = 0

  constructor(ports: StepPorts, me: OwnerId) {
    this.#ports = ports
    this.#me = me
  }

  /** Each due step as far as it goes now. Whether none is left to do. */
  async carry(run: RunRecord, targets: readonly StepTarget[], signal: AbortSignal): Promise<boolean> {
    const tasks = this.#tasks ?? (await readSteps(this.#ports.table, run))
    this.#tasks = tasks
    if (this.#version !== run.version) this.#pauses.clear()
    this.#version = run.version
    const now = this.#ports.world.clock.now()
    const all = [...targets, ...leftTargets(run.after ?? [], [...tasks.values()], targets)]
    const open = new Set([...this.#pauses].flatMap(([key, until]) => (until > now ? [key] : [])))
    await inLanes(
      all.filter(({ key }) => !open.has(key)),
      () => "",
      AT_ONCE,
      async (target) => {
        const { isOpen } = await this.#carryOne(run, target, tasks, signal)
        if (isOpen) open.add(target.key)
      },
    )
    return open.size === 0
  }

  /** When the next step is worth another look. */
  nextAt(): Instant {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#pauses.values())
  }

  async #carryOne(
    run: RunRecord,
    target: StepTarget,
    tasks: Map<string, StepTask>,
    signal: AbortSignal,
  ): Promise<{ readonly isOpen: boolean }> {
    const { world, timing } = this.#ports
    let seen: StepSight = { kind: "nothing" }
    for (;;) {
      const state = tasks.get(target.key)?.state ?? null
      const holder = state?.claim?.by ?? null
      const isFree = holder === null || (await isTakeable(this.#ports, this.#me, holder))
      const action = decideStep({
        ...{ target, state, seen, orders: stepOrders(run), me: this.#me, timing },
        mayTake: () => isFree,
        now: world.clock.now(),
      })
      if (action.do === "finish") {
        this.#pauses.delete(target.key)
        return { isOpen: false }
      }
      if (action.do === "pause") {
        this.#pauses.set(target.key, action.until)
        return { isOpen: true }
      }
      if (signal.aborted) return { isOpen: true }
      if (action.do === "write") {
        if (!(await this.#write(run, target, tasks, action.next))) return { isOpen: true }
        seen = { kind: "nothing" }
      } else seen = await this.#perform(run, target, action)
    }
  }

  /** False: another was first, and everything is read again at the next look. */
  async #write(run: RunRecord, target: StepTarget, tasks: Map<string, StepTask>, state: StepState): Promise<boolean> {
    const { key } = target
    const next = { run: run.run, key, version: (tasks.get(key)?.version ?? 0) + 1, state }
    if (!(await this.#ports.table.writeTask(next))) {
      this.#tasks = null
      return false
    }
    tasks.set(key, next)
    const { step, index, status, reason } = state
    const level = status === "failed" ? "warn" : "info"
    this.#ports.world.log.event(level, "step", { run: run.run, step, row: index, status, reason })
    return true
  }

  async #perform(
    run: RunRecord,
    target: StepTarget,
    action: Exclude<StepAction, { do: "write" | "pause" | "finish" }>,
  ): Promise<StepSight> {
    const { models } = this.#ports
    try {
      if (action.do === "make") return await this.#make(run, target, action.attempt)
      if (action.do === "serve") return await this.#serve(run, target, action.attempt)
      if (action.do === "lookAtEndpoint")
        return { kind: "served", state: await this.#endpoints().describe(action.region, action.endpoint) }
      if (action.do === "leaveEndpoint")
        return { kind: "left", isGone: (await this.#endpoints().delete(action.region, action.endpoint)) === "gone" }
      const { region, transform } = action
      if (action.do === "look") return { kind: "seen", state: await models.describeTransform(region, transform) }
      await models.stopTransform(region, transform)
      return { kind: "stopAsked" }
    } catch (error) {
      if (!isRegattaError(error) || error.code === "fault") throw error
      return { kind: "trouble", code: error.code, message: error.message }
    }
  }

  async #make(run: RunRecord, target: StepTarget, attempt: number): Promise<StepSight> {
    const { models, planOf } = this.#ports
    const { model, transform, endpoint } = await planOf(run, target, attempt)
    await models.createModel(model)
    const made = { kind: "made", region: model.region, model: model.name } as const
    if (endpoint !== undefined) return { ...made, transform: null, endpoint: endpoint.name }
    if (transform === null) return { ...made, transform: null }
    await models.startTransform(transform)
    return { ...made, transform: { name: transform.name, output: transform.output } }
  }

  /** The name was written before: a repetition, also by another process, finds the same endpoint. */
  async #serve(run: RunRecord, target: StepTarget, attempt: number): Promise<StepSight> {
    const { endpoint } = await this.#ports.planOf(run, target, attempt)
    if (endpoint === undefined) return { kind: "asked" }
    await this.#endpoints().create(endpoint)
    const state = await this.#endpoints().describe(endpoint.region, endpoint.name)
    if (state !== null) await this.#ports.onEndpoint?.(state)
    return { kind: "asked" }
  }

  #endpoints(): EndpointService {
    const { endpoints } = this.#ports
    if (endpoints === undefined) throw new RegattaError("unsupported", "endpoints are not served on this platform")
    return endpoints
  }
}

/** What was written of the run's steps, by key. */
export async function readSteps(table: Pick<RunTable, "tasks">, { run }: Pick<RunRecord, "run">) {
  const tasks = new Map<string, StepTask>()
  for await (const task of table.tasks(run)) {
    // Written by this program alone, under keys of this kind.
    if (isStepKey(task.key)) tasks.set(task.key, task as StepTask)
  }
  return tasks
}
