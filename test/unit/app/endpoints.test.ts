import { beforeEach, describe, expect, test } from "vitest"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { askEndpoints } from "../../../src/app/ask-endpoints.ts"
import { deleteUnusedModels, type EndpointPorts, endEndpoint, modelsMadeFor } from "../../../src/app/end-endpoint.ts"
import { noteEndpoint, readEndpointRecords } from "../../../src/app/endpoint-book.ts"
import { chooseEndpoint, endpointRegions, searchEndpoints } from "../../../src/app/find-endpoints.ts"
import { type ServeRequest, serveModels } from "../../../src/app/serve-models.ts"
import { AWS_TIMING } from "../../../src/core/decision/policy.ts"
import type { EndpointPlan } from "../../../src/core/endpoint/endpoint-plan.ts"
import type { EndpointRecord } from "../../../src/core/endpoint/endpoint-record.ts"
import type { EndpointState, EndpointStatus } from "../../../src/core/endpoint/endpoint-state.ts"
import type { Invocation } from "../../../src/core/endpoint/invocation.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { ModelPlan } from "../../../src/core/job/model-plan.ts"
import type { EndpointService } from "../../../src/ports/endpoint-service.ts"
import type { ModelService } from "../../../src/ports/model-service.ts"

const REGION = "us-east-1"
const silence = new RegattaError("unavailable", "no answer")

const PLAN: EndpointPlan = {
  name: "rg-1-e1",
  region: REGION,
  variants: [
    { name: "row-0", model: "m0", instanceType: "ml.m5.large", instances: 1, weight: 1, startupSeconds: null },
    { name: "row-1", model: "m1", instanceType: "ml.m5.large", instances: 1, weight: 1, startupSeconds: null },
  ],
  tags: { "regatta:owner": "ada" },
}

/** A service of one region whose endpoints go through the statuses that a test lists, one at each look. */
class Bed {
  now = 0
  course: EndpointStatus[] = ["creating", "inService"]
  readonly models = new Set<string>()
  readonly there = new Map<string, EndpointState>()
  /** Errors of the next calls, by operation. */
  readonly faults = new Map<string, RegattaError[]>()
  readonly asked: string[] = []
  readonly ports: EndpointPorts

  constructor() {
    const meet = (operation: string) => {
      this.asked.push(operation)
      const fault = this.faults.get(operation)?.shift()
      if (fault !== undefined) throw fault
    }
    const endpoints = {
      prepare: () => [],
      create: async (plan) => {
        meet("create")
        if (this.there.has(plan.name)) return "exists"
        this.there.set(plan.name, stateOf(plan, "creating"))
        return "created"
      },
      describe: async (_, name) => {
        meet("describe")
        const state = this.there.get(name)
        if (state === undefined) return null
        const status = state.status === "creating" ? (this.course.shift() ?? "creating") : state.status
        const next = { ...state, status, raw: status, reason: status === "failed" ? "no ping" : "" }
        this.there.set(name, next)
        return next
      },
      list: async function* (this: void) {
        yield* [...there.values()]
      },
      delete: async (_, name) => {
        meet("delete")
        const state = this.there.get(name)
        if (state === undefined) return "gone"
        if (state.status === "creating") {
          this.there.set(name, { ...state, status: this.course.shift() ?? "failed" })
          return "busy"
        }
        this.there.delete(name)
        return "deleting"
      },
      invoke: async () => {
        throw silence
      },
    } satisfies EndpointService
    const { there } = this
    const models: Pick<ModelService, "createModel" | "deleteModel"> = {
      createModel: async ({ name }) => {
        meet(`createModel ${name}`)
        if (this.models.has(name)) return "exists"
        this.models.add(name)
        return "created"
      },
      deleteModel: async (_, name) => (this.models.delete(name) ? "deleted" : "absent"),
    }
    const clock = {
      now: () => this.now,
      sleep: async (until: number) => {
        this.now = Math.max(this.now, until)
      },
    }
    const world = { clock } as EndpointPorts["world"]
    this.ports = { world, timing: AWS_TIMING, endpoints, models: models as ModelService }
  }

  serve(change: Partial<ServeRequest> = {}, signal = new AbortController().signal) {
    const models = PLAN.variants.map(({ model }) => ({ name: model, region: REGION }) as ModelPlan)
    const request = { plan: PLAN, models, prefix: "rg", giveUpAfter: 3_600_000, isOnlyBegun: false, ...change }
    return serveModels(this.ports, request, { onState() {}, onMade: async () => {}, onEnding() {} }, signal)
  }
}

function stateOf({ name, region, variants, tags }: EndpointPlan, status: EndpointStatus): EndpointState {
  return {
    name,
    region,
    status,
    raw: status,
    reason: "",
    createdAt: 0,
    variants: variants.map(({ startupSeconds: _, ...variant }) => variant),
    tags,
  }
}

let bed: Bed

beforeEach(() => {
  bed = new Bed()
})

describe("serving models", () => {
  test("waits until they serve, and says which models were made for it", async () => {
    bed.models.add("m0")
    const served = await bed.serve()
    expect(served).toMatchObject({ kind: "inService", made: "created" })
    expect(modelsMadeFor(served.state)).toEqual(["m1"])
  })

  test("finds what is there, and makes nothing twice", async () => {
    await bed.serve()
    expect(await bed.serve()).toMatchObject({ kind: "inService", made: "exists" })
    expect(bed.there.size).toBe(1)
  })

  test("goes on through silence of the service", async () => {
    bed.course = ["creating", "creating", "inService"]
    const silences = [silence]
    const faults: RegattaError[] = []
    bed.faults.set("describe", faults)
    const serving = serveModels(
      bed.ports,
      { plan: PLAN, models: [], prefix: "rg", giveUpAfter: 3_600_000, isOnlyBegun: false },
      {
        onState: () => {
          faults.push(...silences.splice(0))
        },
        onMade: async () => {},
        onEnding() {},
      },
      new AbortController().signal,
    )
    expect(await serving).toMatchObject({ kind: "inService" })
  })

  test.each([
    ["that fails", ["creating", "failed"] as EndpointStatus[], {}, "failed", "no ping"],
    ["that is too slow", [], { giveUpAfter: 100_000 }, "notInTime", "it was still creating when its time was over"],
  ])("ends one %s, with the models that were made for it", async (_, course, change, outcome, reason) => {
    bed.course = course
    bed.models.add("m0")
    expect(await bed.serve(change)).toMatchObject({
      kind: "ended",
      outcome,
      reason,
      isGone: true,
      deletedModels: ["m1"],
    })
    expect([bed.there.size, [...bed.models]]).toEqual([0, ["m0"]])
  })

  test("one that failed before is ended and made anew", async () => {
    bed.there.set(PLAN.name, stateOf(PLAN, "failed"))
    expect(await bed.serve()).toMatchObject({ kind: "inService", made: "created" })
  })

  test("leaves it alone when the signal fires, as it does when nobody waits", async () => {
    bed.course = []
    const left = new AbortController()
    left.abort()
    expect(await bed.serve({}, left.signal)).toMatchObject({ kind: "begun" })
    expect(await bed.serve({ isOnlyBegun: true })).toMatchObject({ kind: "begun", made: "exists" })
    expect(bed.there.size).toBe(1)
  })

  test("after a refusal nothing of it is left", async () => {
    bed.faults.set("createModel m1", [new RegattaError("invalid", "no such image")])
    await expect(bed.serve()).rejects.toMatchObject({ message: "no such image" })
    expect(bed.models.size).toBe(0)
    bed.faults.set("create", [new RegattaError("refused", "a quota")])
    await expect(bed.serve()).rejects.toMatchObject({ code: "refused" })
    expect([bed.models.size, bed.there.size]).toEqual([0, 0])
  })

  test("without an answer nothing is undone: it may be there", async () => {
    bed.faults.set("create", [silence])
    await expect(bed.serve()).rejects.toMatchObject({ code: "unavailable" })
    expect(bed.asked).not.toContain("delete")
    expect(bed.models.size).toBe(2)
  })

  test("another's configuration of the name is not touched", async () => {
    bed.faults.set("create", [new RegattaError("conflict", "another configuration")])
    await expect(bed.serve()).rejects.toMatchObject({ code: "conflict" })
    expect(bed.asked).not.toContain("delete")
  })
})

describe("an end", () => {
  test("waits for one that is being made, and through silence", async () => {
    bed.there.set(PLAN.name, stateOf(PLAN, "creating"))
    bed.course = ["creating", "inService"]
    bed.faults.set("delete", [silence])
    const steps: string[] = []
    const isGone = await endEndpoint(bed.ports, PLAN, (step) => steps.push(step), new AbortController().signal)
    expect([isGone, steps]).toEqual([true, ["silent", "busy", "busy", "deleting"]])
  })

  test("that the signal breaks off is not called one", async () => {
    bed.there.set(PLAN.name, stateOf(PLAN, "inService"))
    const signal = new AbortController()
    signal.abort()
    expect(await endEndpoint(bed.ports, PLAN, () => {}, signal.signal)).toBe(false)
  })

  test("keeps a model that another endpoint serves", async () => {
    bed.there.set("rg-2", stateOf({ ...PLAN, name: "rg-2", variants: PLAN.variants.slice(0, 1) }, "inService"))
    bed.models.add("m0").add("m1")
    expect(await deleteUnusedModels(bed.ports, REGION, ["m0", "m1"], "rg")).toEqual(["m1"])
  })
})

describe("finding endpoints", () => {
  const at = (name: string, tags = {}) => stateOf({ ...PLAN, name, tags }, "inService")

  test("a region that does not answer holds up no other", async () => {
    const list = async function* (region: string) {
      if (region === "eu-west-1") throw silence
      yield at(`rg-in-${region}`)
    }
    const found = await searchEndpoints({ list }, ["us-east-1", "eu-west-1"], "rg-")
    expect(found.found.map(({ name }) => name)).toEqual(["rg-in-us-east-1"])
    expect(found.silent).toEqual([{ region: "eu-west-1", message: "no answer" }])
  })

  test("one is named by its name, its beginning or its label, and never guessed", () => {
    const found = [at("rg-a"), at("rg-ab"), at("rg-c", { "regatta:name": "mine" })]
    const silent = [{ region: "eu-west-1", message: "no answer" }]
    expect(chooseEndpoint({ found, silent }, "rg-a").name).toBe("rg-a")
    expect(chooseEndpoint({ found, silent }, "mine").name).toBe("rg-c")
    expect(() => chooseEndpoint({ found, silent }, "rg-")).toThrow('"rg-" could be 3 endpoints')
    expect(() => chooseEndpoint({ found, silent }, "none")).toThrow("no answer from eu-west-1")
  })

  test("regions are those of the settings and wherever one was made", () => {
    const records = [{ region: "eu-west-1" }] as EndpointRecord[]
    expect(endpointRegions(["us-east-1", "eu-west-1"], records)).toEqual(["eu-west-1", "us-east-1"])
  })
})

describe("the record of an endpoint", () => {
  const record: EndpointRecord = {
    name: "rg-a",
    region: REGION,
    owner: "ada",
    variants: [],
    outcome: "creating",
    reason: "",
    createdAt: 5,
    endedAt: null,
    endedBy: null,
    usdPerHour: null,
  }

  test("is written once for each endpoint there was, its newest word last", async () => {
    const table = new MemoryRunTable({ retryAfter: AWS_TIMING.backOff })
    const failed: EndpointRecord = { ...record, outcome: "failed", reason: "no ping", endedAt: 9 }
    for (const each of [record, failed, failed]) await noteEndpoint(table, "rg", each)
    await noteEndpoint(table, "rg", { ...record, createdAt: 20 })
    expect(await readEndpointRecords(table, "rg")).toEqual([failed, { ...record, createdAt: 20 }])
    expect(await readEndpointRecords(table, "other")).toEqual([])
  })
})

describe("asking endpoints", () => {
  const target = (label: string) => ({
    label,
    endpoint: label,
    region: REGION,
    variant: null,
    model: null,
    instanceType: null,
  })
  const asking = { records: ["1", "2", "3"], batch: 2, contentType: "text/csv", accept: null }

  test("they take turns, each gets the same, and the first request is not timed", async () => {
    const sent: string[] = []
    let now = 0
    const invoke = async ({ name }: { readonly name: string }, { body }: Invocation) => {
      const text = new TextDecoder().decode(body)
      sent.push(`${name} ${text.trim().replaceAll("\n", "+")}`)
      now += sent.length <= 2 ? 1000 : 10
      return { variant: null, contentType: "text/csv", body }
    }
    const clock = { now: () => now, sleep: async () => {} }
    const answers = await askEndpoints(
      { endpoints: { invoke }, clock },
      [target("a"), target("b")],
      asking,
      () => {},
      new AbortController().signal,
    )
    expect(sent).toEqual(["a 1+2", "b 1+2", "a 1+2", "b 1+2", "b 3", "a 3"])
    expect(answers.map(({ latencies, predictions }) => [latencies, predictions])).toEqual([
      [
        [10, 10],
        [["1"], ["2"], ["3"]],
      ],
      [
        [10, 10],
        [["1"], ["2"], ["3"]],
      ],
    ])
  })

  test("a request without an answer is sent once more, one that is refused is not, and both are counted", async () => {
    const sent: string[] = []
    const invoke = async ({ name }: { readonly name: string }) => {
      sent.push(name)
      throw name === "a" ? silence : new RegattaError("invalid", "no number")
    }
    const clock = { now: () => 0, sleep: async () => {} }
    const answers = await askEndpoints(
      { endpoints: { invoke }, clock },
      [target("a"), target("b")],
      { ...asking, batch: 3 },
      () => {},
      new AbortController().signal,
    )
    expect(sent).toEqual(["a", "b", "a", "a", "b"])
    expect(answers.map(({ failures, failure, predictions }) => [failures, failure, predictions])).toEqual([
      [1, "no answer", [null, null, null]],
      [1, "no number", [null, null, null]],
    ])
  })
})
