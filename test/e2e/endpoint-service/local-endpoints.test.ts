// Endpoints of local as real processes: who answers, what fails, and that nothing runs on.
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, describe, expect, test } from "vitest"
import { LocalEndpoints } from "../../../src/adapters/endpoint-service/local-process/local-endpoints.ts"
import type { EndpointStatus } from "../../../src/core/endpoint/endpoint-state.ts"
import { fileUri } from "../../../src/core/file-uri.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import {
  anEndpoint,
  anInvocation,
  type EndpointBench,
  endpointServiceContract,
  REGION,
} from "../../contract/endpoint-service/suite.ts"
import { ADDER, aLocalBench, type LocalModelBench } from "../model-service/local-bench.ts"

const LONGEST_MS = 60_000

interface LocalEndpointBench extends EndpointBench {
  readonly models: readonly [string, string]
  readonly bench: LocalModelBench
}

/** Two models: the second adds up and multiplies by ten, the first by two. */
async function aBench(server: string = ADDER): Promise<LocalEndpointBench> {
  const bench = aLocalBench({ server })
  const service = new LocalEndpoints({ ...bench.options })
  const artifact = fileUri(bench.write("second/model.tar.gz", gzipTar({ "weight.txt": "10" })))
  const second = { ...bench.model, name: "rg-1-r1-a1", artifact }
  for (const model of [bench.model, second]) await bench.service.createModel(model)
  return {
    service,
    bench,
    models: [bench.model.name, second.name],
    async untilNot(status: EndpointStatus, name: string) {
      await until(async () => (await service.describe(REGION, name))?.status !== status)
    },
    async close() {
      for await (const { name } of service.list(REGION, "")) {
        await until(async () => (await service.delete(REGION, name)) === "gone")
      }
      await bench.close()
    },
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const patience = performance.now() + LONGEST_MS
  while (!(await holds())) {
    if (performance.now() > patience) throw new Error("it never came to hold")
    await delay(30)
  }
}

endpointServiceContract("local, real processes", () => aBench())

describe("endpoints of local", () => {
  const open: LocalEndpointBench[] = []
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close()
  })
  const opened = async (server?: string) => {
    const bench = await aBench(server)
    open.push(bench)
    return bench
  }

  test("each variant answers with its own model, and what a container refuses is told in its words", async () => {
    const { service, models, untilNot } = await opened()
    const plan = anEndpoint(models)
    await service.create(plan)
    await untilNot("creating", plan.name)
    const asked = async (variant: string) =>
      new TextDecoder().decode((await service.invoke(plan, anInvocation("1,2\n3,4", { variant }))).body)
    expect([await asked("row-0"), await asked("row-1")]).toEqual(["6\n14", "30\n70"])
    await expect(service.invoke(plan, anInvocation("one,two", { variant: "row-1" }))).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("(row-1) answered 400: a line is no list of numbers"),
    })
  })

  test("one whose server ends before it is ready fails with its last words, and leaves no process", async () => {
    const { service, models, untilNot, bench } = await opened('throw new Error("the weights are of another version")')
    const plan = anEndpoint(models)
    await service.create(plan)
    await untilNot("creating", plan.name)
    expect(await service.describe(REGION, plan.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("Error: the weights are of another version"),
    })
    await until(() => bench.processes().length === 0)
    await expect(service.invoke(plan, anInvocation("1"))).rejects.toMatchObject({ code: "notFound" })
  })

  test("one whose server never answers is failed when its time is over", async () => {
    const { service, models, untilNot } = await opened("setInterval(() => {}, 1000)")
    const plan = anEndpoint(models)
    const variants = plan.variants.map((variant) => ({ ...variant, startupSeconds: 1 }))
    await service.create({ ...plan, variants })
    await untilNot("creating", plan.name)
    expect(await service.describe(REGION, plan.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("was not ready within 1 s"),
    })
  })

  test("of one whose process was killed nothing runs on, and whoever looks says so", async () => {
    const { service, models, untilNot, bench } = await opened()
    const plan = anEndpoint(models)
    await service.create(plan)
    await untilNot("creating", plan.name)
    const folder = join(bench.folder, "endpoints", plan.name)
    const { process: carrier } = JSON.parse(readFileSync(join(folder, "supervisor.json"), "utf8")) as {
      process: string
    }
    process.kill(Number(carrier.split(".").at(-2)), "SIGKILL")
    await until(() => bench.processes().length === 0)
    await untilNot("inService", plan.name)
    expect(await service.describe(REGION, plan.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("killed"),
    })
  })

  test("one whose record is removed by hand ends by itself", async () => {
    const { service, models, untilNot, bench } = await opened()
    const plan = anEndpoint(models)
    await service.create(plan)
    await untilNot("creating", plan.name)
    expect(bench.processes().length).toBeGreaterThanOrEqual(3)
    rmSync(join(bench.folder, "endpoints", plan.name), { recursive: true })
    await until(() => bench.processes().length === 0)
    expect(existsSync(join(bench.folder, "endpoints", plan.name))).toBe(false)
  })

  test("one that is still being made can be deleted", async () => {
    const { service, models, bench } = await opened("setInterval(() => {}, 1000)")
    const plan = anEndpoint(models)
    await service.create(plan)
    await until(async () => (await service.delete(REGION, plan.name)) === "gone")
    await until(() => bench.processes().length === 0)
  })
})
