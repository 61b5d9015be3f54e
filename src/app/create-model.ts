// Makes models of artifacts that rows left, and runs batch transforms with them.
// It chooses what is made and follows a transform to its end; how a service is asked is the model service's to know.
import { RegattaError } from "../core/errors.ts"
import { fileUri } from "../core/file-uri.ts"
import { planLocalModel } from "../core/job/local-model.ts"
import type { ModelPlan } from "../core/job/model-plan.ts"
import { planModel } from "../core/job/model-plan.ts"
import { specAt } from "../core/job/spec-at.ts"
import { resolveStorage } from "../core/job/storage-map.ts"
import type { TransformPlan, TransformState } from "../core/job/transform-plan.ts"
import { fillLate } from "../core/manifest/fill-late.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { ModelService } from "../ports/model-service.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"
import { readPinnedRow } from "./pin-manifest.ts"
import { requireRow } from "./read-row.ts"

/** What a model on local needs to know of now: how it is served, and where outputs lie. */
export interface LocalChoice {
  readonly serving: Readonly<Record<string, readonly string[]>>
  /** Absolute. */
  readonly stateFolder: string
}

/**
 * The model of a completed row, and where its outputs lie (on local always `file://`). `local`: null where runs are not on this
 * machine. Errors: `notFound`, and what `planModel` and `planLocalModel` throw.
 */
export async function modelOfRow(
  ports: Pick<OpenPorts, "table" | "objects"> & { readonly preview: Pick<RequestPreview, "image"> },
  run: RunRecord,
  index: number,
  image: string | null,
  local: LocalChoice | null,
): Promise<{ readonly model: ModelPlan; readonly output: string }> {
  requireRow(run, index)
  const view = await ports.table.readView(run.run, index)
  const last = view.ended.at(-1) ?? null
  if (last === null || last.end.artifact === null || view.record.state.status !== "completed") {
    throw new RegattaError("notFound", `row ${index} of ${run.run} has no model: it is ${view.record.state.status}`, {
      hint: `\`regatta status ${run.run}\` shows which rows completed`,
      fields: { run: run.run, row: index },
    })
  }
  const { attempt, end } = last
  const row = await readPinnedRow(ports.objects, run, index)
  const spec = specAt(fillLate(row, run.run, attempt.number), attempt.held.place.region)
  const artifact = end.artifact as NonNullable<typeof end.artifact>
  const source = { run, spec, job: attempt.jobName, artifact, image }
  if (local !== null) {
    const output = locatedUri(spec.output, run.storageMap, local.stateFolder)
    return { model: planLocalModel({ ...source, serving: local.serving }), output }
  }
  const trainingImage = ports.preview.image(row, attempt.held.place)
  return { model: planModel({ ...source, trainingImage }), output: spec.output }
}

/** Where something lies on this machine, as a `file://` URI; what has no place here stays as it is. */
export function locatedUri(uri: string, storageMap: RunRecord["storageMap"], stateFolder: string): string {
  const path = resolveStorage(uri, storageMap, `${stateFolder.replace(/\/+$/, "")}/storage`)
  return path === null ? uri : fileUri(path)
}

/** Said of each earlier try of a transform that is begun anew. */
export type EarlierTry = (plan: TransformPlan, state: TransformState) => void

/**
 * Begins a transform, or finds it. The service never begins one of a name anew: of tries that failed or were stopped the next
 * has a name of its own, and so a bill. Errors: as `startTransform`.
 */
export async function beginTransform(
  models: Pick<ModelService, "startTransform" | "describeTransform">,
  planOf: (attempt: number) => TransformPlan,
  onEarlier: EarlierTry,
): Promise<{ readonly plan: TransformPlan; readonly begun: "created" | "exists" }> {
  for (let attempt = 1; ; attempt += 1) {
    const plan = planOf(attempt)
    const begun = await models.startTransform(plan)
    if (begun === "created") return { plan, begun }
    const state = await models.describeTransform(plan.region, plan.name)
    if (state?.status !== "failed" && state?.status !== "stopped") return { plan, begun }
    onEarlier(plan, state)
  }
}

/** What is hashed for the name of a try: the first one's is that of the settings alone. */
export function tryText(attempt: number, text: string): string {
  return attempt === 1 ? text : `${attempt} ${text}`
}

/** How a transform ended. Ended by the signal: null, and the transform goes on. */
export async function followTransform(
  ports: Pick<OpenPorts, "world" | "timing"> & { readonly models: ModelService },
  transform: Pick<TransformPlan, "region" | "name">,
  onState: (state: TransformState) => void,
  signal: AbortSignal,
): Promise<TransformState | null> {
  const { clock } = ports.world
  while (!signal.aborted) {
    const state = await ports.models.describeTransform(transform.region, transform.name)
    if (state === null) {
      throw new RegattaError("notFound", `the transform ${transform.name} in ${transform.region} is gone`, {
        fields: { region: transform.region },
      })
    }
    onState(state)
    if (state.status === "completed" || state.status === "failed" || state.status === "stopped") return state
    await clock.sleep(clock.now() + ports.timing.poll, signal)
  }
  return null
}
