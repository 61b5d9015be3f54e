// Batch transforms of several rows: each in its own row's region, all carried and followed together.
// One row's trouble is that row's alone; a transform that was begun is never stopped here.
import { fillStepText } from "../core/after/after-step.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { JobName } from "../core/ids.ts"
import type { ModelPlan } from "../core/job/model-plan.ts"
import { planTransform, type TransformPlan, type TransformSettings } from "../core/job/transform-plan.ts"
import { attemptNumber } from "../core/run/names.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { ModelService } from "../ports/model-service.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { beginTransform, type EarlierTry, tryText } from "./create-model.ts"
import { inLanes } from "./in-lanes.ts"

/** What one row's transform is made of; the texts may hold placeholders. */
export interface RowWish {
  readonly settings: TransformSettings
  /** null: below the row's own output. */
  readonly to: string | null
  /** Of filled texts; null: the run is not on this machine. */
  readonly locate: ((place: string) => string) | null
  readonly account: string
}

export interface RowTransform {
  readonly index: number
  readonly model: ModelPlan
  readonly planOf: (attempt: number) => TransformPlan
}

export interface RowOutcome {
  readonly index: number
  readonly plan: TransformPlan
  /** `planned`: not begun; `created`, `exists`: begun or found, and not looked at since;
   *  `unseen`: it goes on, and may not be looked at; else as the service tells it. */
  readonly status:
    | "planned"
    | "created"
    | "exists"
    | "running"
    | "stopping"
    | "completed"
    | "failed"
    | "stopped"
    | "unknown"
    | "unseen"
  /** Empty where there is none. */
  readonly reason: string
}

/** The transform of one row, its texts filled as those of a step after the run. Errors: as `planTransform`. */
export function rowTransform(
  { world }: Pick<OpenPorts, "world">,
  { run }: Pick<RunRecord, "run">,
  index: number,
  { model, output: root }: { readonly model: ModelPlan; readonly output: string },
  { settings, to, locate, account }: RowWish,
): RowTransform {
  const attempt = attemptNumber(model.name as JobName)
  const fill = (text: string) => fillStepText(text, { run, index, attempt, region: model.region, account })
  const place = (text: string) => (locate === null ? fill(text) : locate(fill(text)))
  // On this machine an input in S3 stays as it is: storage.map is the service's to know.
  const input = settings.input.startsWith("s3://") ? fill(settings.input) : place(settings.input)
  const given = to === null ? null : place(to)
  const planOf = (attempted: number) =>
    planTransform(model, { ...settings, input }, { given, root }, (text) => {
      const digest = world.digest()
      digest.update(new TextEncoder().encode(tryText(attempted, text)))
      return digest.hex()
    })
  return { index, model, planOf }
}

/** Refuses two rows whose predictions would lie in one place, where files of one name overwrite each other. Error `conflict`. */
export function refuseSameOutput(rows: readonly RowTransform[]): void {
  const byOutput = Map.groupBy(rows, ({ planOf }) => planOf(1).output.replace(/\/+$/, ""))
  for (const [output, [one, other]] of byOutput) {
    if (one === undefined || other === undefined) continue
    throw new RegattaError(
      "conflict",
      `rows ${one.index} and ${other.index} would both write to ${output}, and overwrite each other's predictions`,
      { hint: "put {row} into --to, or leave --to out: then each row's are below its own output" },
    )
  }
}

/** Calls under way at once in one region. */
const PER_REGION = 4

export interface CarryOptions {
  /** Transforms that run at once; those on this machine share its cores. */
  readonly atOnce: number
  /** false: all are begun, and none is followed. */
  readonly wait: boolean
  readonly onEarlier: EarlierTry
  readonly onRound: (outcomes: readonly RowOutcome[]) => void
}

/** Begins or finds each transform and follows all to their ends, or until the signal: then what was begun goes on. */
export async function carryTransforms(
  ports: Pick<OpenPorts, "world" | "timing"> & { readonly models: ModelService },
  rows: readonly RowTransform[],
  { atOnce, wait, onEarlier, onRound }: CarryOptions,
  signal: AbortSignal,
): Promise<readonly RowOutcome[]> {
  const { models, timing } = ports
  const { clock } = ports.world
  const outcomes = new Map(rows.map((row) => [row, planned(row)]))
  const inState = (states: readonly RowOutcome["status"][]) =>
    rows.filter((row) => states.includes((outcomes.get(row) ?? planned(row)).status))
  const each = (some: readonly RowTransform[], work: (row: RowTransform) => Promise<RowOutcome>) =>
    inLanes(
      some,
      ({ model }) => model.region,
      PER_REGION,
      async (row) => {
        if (!signal.aborted) outcomes.set(row, await work(row))
      },
    )
  const begin = (row: RowTransform) => beginRow(models, row, onEarlier)
  const look = (row: RowTransform) => lookAt(models, outcomes.get(row) ?? planned(row))
  for (;;) {
    const room = wait ? Math.max(0, atOnce - inState(OPEN).length) : rows.length
    await each(inState(["planned"]).slice(0, room), begin)
    if (wait) await each(inState(OPEN), look)
    const now = [...outcomes.values()]
    onRound(now)
    if (!wait || signal.aborted || inState(["planned", ...OPEN]).length === 0) return now
    await clock.sleep(clock.now() + timing.poll, signal)
  }
}

const OPEN = ["created", "exists", "running", "stopping", "unknown"] as const

/** Whether a transform of this outcome was begun and has not ended, as far as is known. */
export function isUnderWay({ status }: RowOutcome): boolean {
  return OPEN.some((open) => open === status)
}

function planned({ index, planOf }: RowTransform): RowOutcome {
  return { index, plan: planOf(1), status: "planned", reason: "" }
}

async function beginRow(models: ModelService, row: RowTransform, onEarlier: EarlierTry): Promise<RowOutcome> {
  try {
    await models.createModel(row.model)
    const { plan, begun } = await beginTransform(models, row.planOf, onEarlier)
    return { index: row.index, plan, status: begun, reason: "" }
  } catch (error) {
    return { ...planned(row), status: "failed", reason: messageOf(error) }
  }
}

async function lookAt(models: ModelService, before: RowOutcome): Promise<RowOutcome> {
  const { name, region } = before.plan
  try {
    const state = await models.describeTransform(region, name)
    if (state === null) return { ...before, status: "failed", reason: `the transform ${name} in ${region} is gone` }
    return { ...before, status: state.status, reason: state.reason }
  } catch (error) {
    // A region that does not answer is asked again; what is not allowed now is not allowed at the next look either.
    if (isRegattaError(error, "unavailable", "timeout")) return { ...before, reason: error.message }
    return { ...before, status: "unseen", reason: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  if (!isRegattaError(error) || error.code === "fault") throw error
  return error.message
}
