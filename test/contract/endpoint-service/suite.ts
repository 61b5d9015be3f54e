import { afterEach, describe, expect, test } from "vitest"
import { ENDPOINT_TAG, type EndpointPlan } from "../../../src/core/endpoint/endpoint-plan.ts"
import type { EndpointStatus } from "../../../src/core/endpoint/endpoint-state.ts"
import type { Invocation } from "../../../src/core/endpoint/invocation.ts"
import type { EndpointService } from "../../../src/ports/endpoint-service.ts"

/** A service with two models, `models`, that answer a record of two numbers. */
export interface EndpointBench {
  readonly service: EndpointService
  readonly models: readonly [string, string]
  /** Lets time pass until the endpoint has another status than this, or until it would have. */
  untilNot(status: EndpointStatus, name: string): Promise<void>
  close(): Promise<void>
}

export const REGION = "us-east-1"

/** Both of a bench's models, three requests of four for the second. */
export function anEndpoint(
  [first, second]: EndpointBench["models"],
  difference: Partial<EndpointPlan> = {},
): EndpointPlan {
  const machine = { instanceType: "ml.m5.xlarge", instances: 1, startupSeconds: null }
  const name = difference.name ?? "rg-1-e0123456789"
  return {
    name,
    region: REGION,
    variants: [
      { name: "row-0", model: first, weight: 1, ...machine },
      { name: "row-1", model: second, weight: 3, ...machine },
    ],
    tags: { [ENDPOINT_TAG]: name, "regatta:owner": "ada" },
    ...difference,
  }
}

export function anInvocation(body: string, difference: Partial<Invocation> = {}): Invocation {
  return { variant: null, contentType: "text/csv", accept: null, body: new TextEncoder().encode(body), ...difference }
}

export function endpointServiceContract(name: string, open: () => Promise<EndpointBench>): void {
  describe(`endpoint service: ${name}`, () => {
    const benches: EndpointBench[] = []
    afterEach(async () => {
      for (const bench of benches.splice(0)) await bench.close()
    })
    const opened = async () => {
      const bench = await open()
      benches.push(bench)
      return bench
    }

    test("one is made once, comes into service, and is deleted until nothing is left", async () => {
      const bench = await opened()
      const { service } = bench
      const plan = anEndpoint(bench.models)
      expect(await service.create(plan)).toBe("created")
      expect(await service.create(plan)).toBe("exists")
      await bench.untilNot("creating", plan.name)
      expect(await service.describe(REGION, plan.name)).toMatchObject({
        name: plan.name,
        region: REGION,
        status: "inService",
        reason: "",
        createdAt: expect.any(Number),
        variants: [
          { name: "row-0", model: bench.models[0], instanceType: "ml.m5.xlarge", instances: 1, weight: 1 },
          { name: "row-1", model: bench.models[1], instanceType: "ml.m5.xlarge", instances: 1, weight: 3 },
        ],
        tags: plan.tags,
      })
      expect(await service.delete(REGION, plan.name)).toBe("deleting")
      await untilGone(bench, plan.name)
      expect(await service.describe(REGION, plan.name)).toBeNull()
      expect(await service.delete(REGION, plan.name)).toBe("gone")
    })

    test("another of the same name is refused, and one of a model that is not there", async () => {
      const bench = await opened()
      const { service } = bench
      const plan = anEndpoint(bench.models)
      await service.create(plan)
      const [first] = plan.variants
      if (first === undefined) throw new Error("a plan has variants")
      await expect(service.create({ ...plan, variants: [first] })).rejects.toMatchObject({ code: "conflict" })
      const other = anEndpoint(bench.models, { name: "rg-2-e0" })
      await expect(
        service.create({ ...other, variants: [{ ...first, model: "no-such-model" }] }),
      ).rejects.toMatchObject({ code: "invalid", message: expect.stringMatching(/could not find/i) })
      await bench.untilNot("creating", plan.name)
      await untilGone(bench, plan.name)
    })

    test("requests are shared by weight, or go to the variant that is named", async () => {
      const bench = await opened()
      const { service } = bench
      const plan = anEndpoint(bench.models)
      await service.create(plan)
      await bench.untilNot("creating", plan.name)
      const answered: (string | null)[] = []
      for (let turn = 0; turn < 8; turn += 1) {
        const { variant, body } = await service.invoke(plan, anInvocation("1,2"))
        answered.push(variant)
        expect(Number(new TextDecoder().decode(body))).not.toBeNaN()
      }
      expect(answered.filter((variant) => variant === "row-1").length).toBeGreaterThan(4)
      expect((await service.invoke(plan, anInvocation("1,2", { variant: "row-0" }))).variant).toBe("row-0")
      await expect(service.invoke(plan, anInvocation("1,2", { variant: "row-9" }))).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:notFound|invalid)$/),
        message: expect.stringContaining("row-9"),
      })
      await untilGone(bench, plan.name)
    })

    test("what is not in service answers nothing", async () => {
      const bench = await opened()
      await expect(bench.service.invoke({ region: REGION, name: "none" }, anInvocation("1"))).rejects.toMatchObject({
        code: "notFound",
      })
      expect(await bench.service.describe(REGION, "none")).toBeNull()
    })

    test("all of a prefix are listed, oldest first, each region its own", async () => {
      const bench = await opened()
      const { service } = bench
      const names = ["rg-b-e1", "rg-a-e2"]
      for (const each of names) {
        await service.create(anEndpoint(bench.models, { name: each }))
        await bench.untilNot("creating", each)
      }
      const listed = async (region: string, prefix: string) =>
        (await Array.fromAsync(service.list(region, prefix))).map((state) => state.name)
      expect(await listed(REGION, "rg-")).toEqual(names)
      expect(await listed(REGION, "rg-a")).toEqual(["rg-a-e2"])
      expect(await listed("eu-west-1", "rg-")).toEqual([])
      for (const each of names) await untilGone(bench, each)
    })
  })
}

async function untilGone({ service, untilNot }: EndpointBench, name: string): Promise<void> {
  while ((await service.delete(REGION, name)) !== "gone") await untilNot("deleting", name)
}
