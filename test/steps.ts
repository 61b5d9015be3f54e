// Steps after a run for tests: valid by default, and a service of models that does as it is told.
import type { AfterStep, CompletedRow, StepTarget } from "../src/core/after/after-step.ts"
import type { StepState } from "../src/core/after/step-state.ts"
import type { Instant, OwnerId, Uri } from "../src/core/ids.ts"
import type { ModelPlan } from "../src/core/job/model-plan.ts"
import type { TransformPlan, TransformState } from "../src/core/job/transform-plan.ts"
import { jobName } from "../src/core/run/names.ts"
import type { ModelService } from "../src/ports/model-service.ts"
import { aRun } from "./builders.ts"

export const NOW: Instant = Date.UTC(2026, 10, 20, 15)
export const FOLLOWER_ME = "follower|here.1.1.1" as OwnerId

export function aModelStep(difference: Partial<AfterStep> = {}): AfterStep {
  return { name: "model", rows: "completed", image: null, maxAttempts: 2, transform: null, ...difference }
}

export function aTransformStep(difference: Partial<AfterStep> = {}): AfterStep {
  const transform = {
    ...({ input: "s3://data-{region}/batch/", output: null, dataType: "S3Prefix", contentType: "text/csv" } as const),
    ...({ split: "Line", strategy: null, accept: null, assemble: null, join: null } as const),
    ...{ inputFilter: null, outputFilter: null, instanceType: "ml.m5.xlarge", instances: 1 },
    ...{ maxPayloadMb: null, maxConcurrent: null },
  }
  return aModelStep({ name: "transform", transform, ...difference })
}

export function anEndpointStep(difference: Partial<AfterStep> = {}): AfterStep {
  const endpoint = { instanceType: "ml.m5.large", instances: 1, startupSeconds: null, label: null }
  return aModelStep({ name: "endpoint", endpoint: { ...endpoint, giveUpAfter: 3_600_000 }, ...difference })
}

export function aCompletedRow(difference: Partial<CompletedRow> = {}): CompletedRow {
  const index = difference.index ?? 0
  return { index, job: jobName(aRun().run, index, 1), metrics: {}, ...difference }
}

export function aStepTarget(difference: Partial<StepTarget> = {}): StepTarget {
  const { index, job } = aCompletedRow()
  return { key: `step/transform/${job}`, step: aTransformStep(), index, job, ...difference }
}

/** Claimed by `FOLLOWER_ME` just now. */
export function aStepState(difference: Partial<StepState> = {}): StepState {
  const { index, job } = aCompletedRow()
  return {
    ...{ step: "transform", index, job, status: "running", attempt: 1, granted: 2 },
    claim: { by: FOLLOWER_ME, until: NOW + 360_000 },
    ...{ region: null, model: null, transform: null, output: null, reason: "" },
    ...{ since: NOW, until: NOW, at: NOW },
    ...difference,
  }
}

export function aModelPlan(difference: Partial<ModelPlan> = {}): ModelPlan {
  return {
    ...{ name: aCompletedRow().job, region: "us-east-1", role: "arn:aws:iam::123456789012:role/Training" },
    ...{ image: "trainer:1", environment: {}, artifact: "s3://out/model.tar.gz" as Uri, tags: {} },
    ...difference,
  }
}

/** Transforms take `takesMs` and complete, unless a test says otherwise for their name. */
export class ToldModels implements ModelService {
  readonly calls: string[] = []
  readonly models = new Map<string, ModelPlan>()
  readonly transforms = new Map<string, { readonly plan: TransformPlan; readonly endsAt: Instant; stopped: boolean }>()
  /** What the next calls throw; null: nothing. */
  readonly faults: (Error | null)[] = []
  /** How the transforms end, in the order of their beginning; after the last they complete. */
  readonly ends: TransformState["status"][] = []
  takesMs = 60_000
  readonly #now: () => Instant
  readonly #ends = new Map<string, TransformState["status"]>()

  constructor(now: () => Instant) {
    this.#now = now
  }

  async createModel(model: ModelPlan): Promise<"created" | "exists"> {
    this.#called(`model ${model.name}`)
    const isNew = !this.models.has(model.name)
    this.models.set(model.name, model)
    return isNew ? "created" : "exists"
  }

  prepareModel(model: ModelPlan) {
    return { service: "sagemaker", region: model.region, operation: "CreateModel", request: model }
  }

  async deleteModel(_region: string, name: string): Promise<"deleted" | "absent"> {
    return this.models.delete(name) ? "deleted" : "absent"
  }

  async startTransform(plan: TransformPlan): Promise<"created" | "exists"> {
    this.#called(`transform ${plan.name}`)
    if (this.transforms.has(plan.name)) return "exists"
    this.transforms.set(plan.name, { plan, endsAt: this.#now() + this.takesMs, stopped: false })
    this.#ends.set(plan.name, this.ends.shift() ?? "completed")
    return "created"
  }

  async describeTransform(_region: string, name: string): Promise<TransformState | null> {
    this.#called(`look ${name}`)
    const found = this.transforms.get(name)
    if (found === undefined) return null
    if (found.stopped) return { status: "stopped", raw: "Stopped", reason: "" }
    const isOver = found.endsAt <= this.#now()
    const status = isOver ? (this.#ends.get(name) ?? "completed") : "running"
    return { status, raw: status, reason: status === "failed" ? "bad data" : "" }
  }

  async stopTransform(_region: string, name: string): Promise<void> {
    this.#called(`stop ${name}`)
    const found = this.transforms.get(name)
    if (found !== undefined) found.stopped = true
  }

  named(kind: string): readonly string[] {
    return this.calls.filter((call) => call.startsWith(`${kind} `))
  }

  #called(call: string): void {
    this.calls.push(call)
    const fault = this.faults.shift() ?? null
    if (fault !== null) throw fault
  }
}
