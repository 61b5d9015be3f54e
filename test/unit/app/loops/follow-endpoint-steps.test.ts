import { beforeEach, describe, expect, test } from "vitest"
import { readSteps, type StepPorts } from "../../../../src/app/carry-steps.ts"
import { followRuns } from "../../../../src/app/follow-run.ts"
import { retrySteps, stopSteps } from "../../../../src/app/order-steps.ts"
import { ownerId } from "../../../../src/core/decision/owner.ts"
import { planEndpoint } from "../../../../src/core/endpoint/endpoint-plan.ts"
import type { EndpointState, EndpointStatus } from "../../../../src/core/endpoint/endpoint-state.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import type { EndpointService } from "../../../../src/ports/endpoint-service.ts"
import { aModelPlan, anEndpointStep, ToldModels } from "../../../steps.ts"
import { ALWAYS, FOLLOWER, LoopBed, MINUTE, PERSON, START } from "./bed.ts"

const SECOND = ownerId({ kind: "follower", process: "here.1.5.5" })

/** One that is being made cannot be deleted, as SageMaker has it. */
class ToldEndpoints implements EndpointService {
  readonly there = new Map<string, { readonly endsAt: number; readonly end: EndpointStatus }>()
  readonly created: string[] = []
  /** How the next ones end, and what their creation throws after it happened. */
  readonly ends: EndpointStatus[] = []
  readonly lost: RegattaError[] = []
  takesMs = 5 * MINUTE
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  prepare() {
    return []
  }

  async create({ name }: { readonly name: string }): Promise<"created" | "exists"> {
    if (this.there.has(name)) return "exists"
    this.there.set(name, { endsAt: this.#now() + this.takesMs, end: this.ends.shift() ?? "inService" })
    this.created.push(name)
    const lost = this.lost.shift()
    if (lost !== undefined) throw lost
    return "created"
  }

  async describe(region: string, name: string): Promise<EndpointState | null> {
    const status = this.#status(name)
    const reason = status === "failed" ? "no ping" : ""
    return status === null
      ? null
      : { name, region, status, raw: status, reason, createdAt: START, variants: [], tags: {} }
  }

  async *list() {}

  async delete(_region: string, name: string): Promise<"deleting" | "busy" | "gone"> {
    const status = this.#status(name)
    if (status === null) return "gone"
    if (status === "creating") return "busy"
    this.there.delete(name)
    return "deleting"
  }

  async invoke(): Promise<never> {
    throw new RegattaError("notFound", "not asked here")
  }

  #status(name: string): EndpointStatus | null {
    const found = this.there.get(name)
    if (found === undefined) return null
    return found.endsAt <= this.#now() ? found.end : "creating"
  }
}

describe("endpoints as steps after a run", () => {
  let bed: LoopBed
  let endpoints: ToldEndpoints

  beforeEach(async () => {
    bed = await LoopBed.open({ after: [anEndpointStep({ rows: { best: "accuracy", direction: "max" } })] })
    endpoints = new ToldEndpoints(() => bed.clock.now())
    for (let index = 0; index < 10; index++) {
      const waiting = { status: "waiting", reason: "quota", detail: "", until: START, since: START } as const
      await bed.put(index, { owner: null, state: index < 2 ? waiting : { status: "completed", reason: "" } })
    }
    bed.training.metrics.set(0, { accuracy: 0.7 })
    bed.training.metrics.set(1, { accuracy: 0.9 })
  })

  const steps = (): Pick<StepPorts, "models" | "endpoints" | "planOf"> => ({
    models: new ToldModels(() => bed.clock.now()),
    endpoints,
    async planOf(run, { job, step }) {
      const model = aModelPlan({ name: job })
      if (step.endpoint === undefined) return { model, transform: null }
      const maker = { owner: "ada", prefix: "rg", hash: () => "0123456789" }
      const served = [{ variant: "AllTraffic", model, run: run.run }]
      return { model, transform: null, endpoint: planEndpoint(served, { ...step.endpoint, weights: [] }, maker) }
    },
  })

  const follow = (me: OwnerId = FOLLOWER) =>
    bed.until(followRuns(bed.ports, [bed.run.run], me, { prefix: "rg", untilEnded: true, steps: steps() }, ALWAYS))

  async function states() {
    return [...(await readSteps(bed.table, bed.run)).values()].map(({ state }) => state)
  }

  test("one for the best row is in service when the step has completed", async () => {
    await follow()
    const [name = ""] = endpoints.created
    expect(await states()).toMatchObject([{ index: 1, status: "completed", endpoint: { name }, claim: null }])
    expect([...endpoints.there.keys()]).toEqual([name])
  })

  test("one that fails is deleted and made again under its name; after the last try nothing is left", async () => {
    endpoints.ends.push("failed", "failed", "inService")
    await follow()
    expect(await states()).toMatchObject([{ status: "failed", attempt: 2, reason: "no ping", endpoint: null }])
    expect([endpoints.created.length, new Set(endpoints.created).size, endpoints.there.size]).toEqual([2, 1, 0])

    await retrySteps(bed.ports, bed.run.run)
    await follow(SECOND)
    expect(await states()).toMatchObject([{ status: "completed", attempt: 3 }])
    expect(endpoints.there.size).toBe(1)
  })

  test("one whose creation got no answer is found, and not made twice", async () => {
    endpoints.lost.push(new RegattaError("unavailable", "no answer"))
    await follow()
    expect(await states()).toMatchObject([{ status: "completed", attempt: 1 }])
    expect(endpoints.created).toHaveLength(1)
  })

  test("one that is never in service is given up, and deleted as soon as that is allowed", async () => {
    endpoints.takesMs = 90 * MINUTE
    await follow()
    expect(await states()).toMatchObject([
      { status: "failed", reason: "it was still creating when its time was over", endpoint: null },
    ])
    expect(endpoints.there.size).toBe(0)
  })

  test("a run that is stopped leaves none that does not serve yet", async () => {
    endpoints.takesMs = 40 * MINUTE
    bed.after(30 * MINUTE, async () => {
      expect(endpoints.there.size).toBe(1)
      await stopSteps({ ...bed.ports, ...steps() }, bed.run.run, PERSON, "ada", ALWAYS)
      expect(endpoints.there.size).toBe(0)
    })
    await follow()
    expect(await states()).toMatchObject([{ status: "stopped", reason: "the run was stopped", endpoint: null }])
  })
})
