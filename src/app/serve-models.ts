// Makes an endpoint of models and follows it until it serves; one that does not come into service is deleted again.
// It never leaves behind what nobody asked to keep, unless it is told to go: then it says what is there and billed.
import { type EndpointPlan, MADE_TAG } from "../core/endpoint/endpoint-plan.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { ModelPlan } from "../core/job/model-plan.ts"
import { deleteUnusedModels, type EndpointPorts, type EndStep, endEndpoint } from "./end-endpoint.ts"

export interface ServeRequest {
  readonly plan: EndpointPlan
  /** In the order of the plan's variants. */
  readonly models: readonly ModelPlan[]
  /** Of names: other endpoints of ours are found by it. */
  readonly prefix: string
  /** Milliseconds after which an endpoint that is still being made is given up. */
  readonly giveUpAfter: number
  /** Asked for, and no more: it is not waited for. */
  readonly isOnlyBegun: boolean
}

export interface ServeHooks {
  /** After each look. */
  readonly onState: (state: EndpointState) => void
  /** Once, as soon as it is there: from now on it is billed. */
  readonly onMade: (made: "created" | "exists", state: EndpointState) => Promise<void>
  readonly onEnding: (step: EndStep) => void
}

/** `inService`: it serves. `begun`: it may come into service, nobody waits. `ended`: it did not, and what became of it then. */
export type Served =
  | { readonly kind: "inService" | "begun"; readonly made: "created" | "exists"; readonly state: EndpointState }
  | {
      readonly kind: "ended"
      readonly outcome: "failed" | "notInTime"
      /** As it was seen last. */
      readonly state: EndpointState
      readonly reason: string
      /** false: the signal fired first; it may be there, and is billed. */
      readonly isGone: boolean
      readonly deletedModels: readonly string[]
    }

/** Errors: what the services refuse; then nothing is left of it. `unavailable`: whether it was made is not known. */
export async function serveModels(
  ports: EndpointPorts,
  request: ServeRequest,
  hooks: ServeHooks,
  signal: AbortSignal,
): Promise<Served> {
  const { plan } = request
  const madeModels: string[] = []
  const began = ports.world.clock.now()
  let made: "created" | "exists"
  try {
    for (const model of request.models)
      if ((await ports.models.createModel(model)) === "created") madeModels.push(model.name)
    made = await makeAnew(ports, withMadeModels(plan, madeModels), hooks, signal)
  } catch (error) {
    const mayBeThere = isRegattaError(error, "unavailable")
    const isAnothers = isRegattaError(error, "conflict")
    if (!mayBeThere) await undo(ports, request, isAnothers, madeModels, hooks, signal)
    throw error
  }
  const state = (await ports.endpoints.describe(plan.region, plan.name)) ?? notYetShown(plan, began)
  await hooks.onMade(made, state)
  if (request.isOnlyBegun) return { kind: "begun", made, state }
  const seen = await untilServing(ports, state, began + request.giveUpAfter, hooks, signal)
  if (!("reason" in seen)) return { kind: seen.outcome === "left" ? "begun" : "inService", made, state: seen.state }
  const isGone = await endEndpoint(ports, plan, hooks.onEnding, signal)
  const deletedModels = isGone ? await withoutModels(ports, request, madeModels) : []
  const { outcome, reason } = seen
  return { kind: "ended", outcome, state: seen.state, reason, isGone, deletedModels }
}

function withMadeModels(plan: EndpointPlan, madeModels: readonly string[]): EndpointPlan {
  const positions = plan.variants.flatMap(({ model }, at) => (madeModels.includes(model) ? [at] : []))
  return positions.length === 0 ? plan : { ...plan, tags: { ...plan.tags, [MADE_TAG]: positions.join(" ") } }
}

/** One that failed earlier, or is on its way out, stands in the way: it is ended first. */
async function makeAnew(
  ports: EndpointPorts,
  plan: EndpointPlan,
  hooks: ServeHooks,
  signal: AbortSignal,
): Promise<"created" | "exists"> {
  const made = await ports.endpoints.create(plan)
  if (made === "created") return made
  const there = await ports.endpoints.describe(plan.region, plan.name)
  if (there !== null && there.status !== "failed" && there.status !== "deleting") return made
  if (!(await endEndpoint(ports, plan, hooks.onEnding, signal))) return made
  return ports.endpoints.create(plan)
}

/** After a refusal nothing of ours stays: not the configuration, not the models that this call made. */
async function undo(
  ports: EndpointPorts,
  request: ServeRequest,
  isAnothers: boolean,
  madeModels: readonly string[],
  hooks: ServeHooks,
  signal: AbortSignal,
): Promise<void> {
  // Ours that is there and serves is not touched: only what no endpoint uses.
  const { plan } = request
  const isFree = await ports.endpoints.describe(plan.region, plan.name).then(
    (there) => there === null,
    () => false,
  )
  if (isFree && !isAnothers) await endEndpoint(ports, plan, hooks.onEnding, signal)
  await withoutModels(ports, request, madeModels)
}

/** A model costs nothing: that it could not be deleted must not hide what became of the endpoint. */
function withoutModels(
  ports: EndpointPorts,
  { plan, prefix }: ServeRequest,
  madeModels: readonly string[],
): Promise<readonly string[]> {
  return deleteUnusedModels(ports, plan.region, madeModels, prefix).catch((error: unknown) => {
    if (isRegattaError(error, "unavailable", "denied")) return []
    throw error
  })
}

/** The service may show a new endpoint a little later. */
function notYetShown({ name, region, variants, tags }: EndpointPlan, at: Instant): EndpointState {
  return {
    name,
    region,
    status: "creating",
    raw: "not shown yet",
    reason: "",
    createdAt: at,
    variants: variants.map(({ startupSeconds: _, ...variant }) => variant),
    tags,
  }
}

/** One endpoint is looked at more often than many training jobs: somebody waits, and it costs. */
const LOOKS_PER_POLL = 3

type Seen =
  | { readonly outcome: "inService" | "left"; readonly state: EndpointState }
  | { readonly outcome: "failed" | "notInTime"; readonly state: EndpointState; readonly reason: string }

/** `left`: the signal fired. Silence of the service ends nothing before the time is over. */
async function untilServing(
  { endpoints, timing, world: { clock } }: EndpointPorts,
  first: EndpointState,
  giveUpAt: Instant,
  { onState }: ServeHooks,
  signal: AbortSignal,
): Promise<Seen> {
  let state = first
  for (;;) {
    onState(state)
    if (state.status === "inService") return { outcome: "inService", state }
    if (state.status === "failed") return { outcome: "failed", state, reason: state.reason }
    if (state.status === "deleting") return { outcome: "failed", state, reason: "it was deleted meanwhile" }
    if (signal.aborted) return { outcome: "left", state }
    if (clock.now() >= giveUpAt) {
      return { outcome: "notInTime", state, reason: `it was still ${state.raw} when its time was over` }
    }
    await clock.sleep(Math.min(clock.now() + timing.poll / LOOKS_PER_POLL, giveUpAt), signal)
    const next = await endpoints.describe(state.region, state.name).catch((error: unknown) => {
      if (isRegattaError(error, "unavailable")) return state
      throw error
    })
    if (next === null) return { outcome: "failed", state, reason: "it was deleted meanwhile" }
    state = next
  }
}
