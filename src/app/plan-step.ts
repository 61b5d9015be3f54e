import { fillStepText, type StepTarget } from "../core/after/after-step.ts"
import { type EndpointPlan, planEndpoint } from "../core/endpoint/endpoint-plan.ts"
import type { ModelPlan } from "../core/job/model-plan.ts"
import { planTransform, type TransformPlan } from "../core/job/transform-plan.ts"
import { attemptNumber } from "../core/run/names.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"
import { locatedUri, modelOfRow, tryText } from "./create-model.ts"

/** What one step makes of one row. */
export interface StepPlan {
  readonly model: ModelPlan
  /** null: the model alone. */
  readonly transform: TransformPlan | null
  /** Missing: none. */
  readonly endpoint?: EndpointPlan
}

export interface StepPlanPorts extends Pick<OpenPorts, "table" | "objects" | "world"> {
  readonly preview: Pick<RequestPreview, "image">
  /** The account, asked for where a text of the step needs it. */
  readonly account: () => Promise<string>
  /** Absolute; for runs on this machine. */
  readonly stateFolder: string
  /** Of run ids, and of the names of endpoints. */
  readonly prefix: string
}

/** As `endpoint create` names the variant of one row: the same endpoint is found by hand. */
export const ONLY_VARIANT = "AllTraffic"

/**
 * The plan of a try. Another try has another name of its transform: the service never begins one of a name anew. Its
 * tries by hand have the same names. Errors: as `modelOfRow` and `planTransform`.
 */
export async function planStep(
  ports: StepPlanPorts,
  run: RunRecord,
  { step, index, job }: StepTarget,
  attempt: number,
): Promise<StepPlan> {
  const { stateFolder } = ports
  const isHere = run.on === "local"
  // What serves is what was set when the run was submitted: a follower knows no regatta.yaml.
  const local = isHere ? { serving: run.local?.serving ?? {}, stateFolder } : null
  const { model, output } = await modelOfRow(ports, run, index, step.image, local)
  const hash = (text: string) => {
    const digest = ports.world.digest()
    digest.update(new TextEncoder().encode(text))
    return digest.hex()
  }
  if (step.endpoint !== undefined) {
    const served = [{ variant: ONLY_VARIANT, model, run: run.run }]
    // The run's owner, not the follower's role: its people look for it and delete it.
    const maker = { owner: run.createdBy, prefix: ports.prefix, hash }
    return { model, transform: null, endpoint: planEndpoint(served, { ...step.endpoint, weights: [] }, maker) }
  }
  if (step.transform === null) return { model, transform: null }
  const { output: to, ...settings } = step.transform
  const texts = [settings.input, to ?? ""]
  const account = texts.some((text) => text.includes("{account}")) ? await ports.account() : ""
  const row = { run: run.run, index, attempt: attemptNumber(job), region: model.region, account }
  const where = to === null ? null : fillStepText(to, row)
  const given = where !== null && isHere ? locatedUri(where, run.storageMap, stateFolder) : where
  const filled = { ...settings, input: fillStepText(settings.input, row) }
  const transform = planTransform(model, filled, { given, root: output }, (text) => {
    const digest = ports.world.digest()
    digest.update(tryText(attempt, text))
    return digest.hex()
  })
  return { model, transform }
}
