import { afterEach, describe, expect, test } from "vitest"
import type { ModelPlan } from "../../../src/core/job/model-plan.ts"
import { planTransform, type TransformPlan, type TransformSettings } from "../../../src/core/job/transform-plan.ts"
import type { ModelService } from "../../../src/ports/model-service.ts"

/** A service with the artifact of one model in storage, and two files of records below `input`. */
export interface ModelBench {
  readonly service: ModelService
  readonly model: ModelPlan
  /** Prefix of `a.csv` (two records) and `sub/b.csv` (one). */
  readonly input: string
  /** Prefix that a transform may write to. */
  readonly root: string
  /** Resolves once the transform is over, or time has passed in which it would be. */
  untilOver(name: string): Promise<void>
  /** Text of what was written; null: nothing was. */
  readOutput(uri: string): Promise<string | null>
  /** Puts something that is no archive where the artifact was. */
  spoilArtifact(): Promise<void>
  close(): Promise<void>
}

const SETTINGS: Omit<TransformSettings, "input"> = {
  dataType: "S3Prefix",
  contentType: "text/csv",
  split: "Line",
  strategy: "MultiRecord",
  accept: "text/csv",
  assemble: "Line",
  join: "Input",
  inputFilter: null,
  outputFilter: null,
  instanceType: "ml.m5.xlarge",
  instances: 1,
  maxPayloadMb: null,
  maxConcurrent: null,
}

export function modelServiceContract(name: string, open: () => Promise<ModelBench>): void {
  describe(`model service: ${name}`, () => {
    const benches: ModelBench[] = []
    afterEach(async () => {
      for (const bench of benches.splice(0)) await bench.close()
    })
    const opened = async () => {
      const bench = await open()
      benches.push(bench)
      return bench
    }

    test("an equal model that exists is found, another one is refused", async () => {
      const { service, model } = await opened()
      expect(await service.createModel(model)).toBe("created")
      expect(await service.createModel(model)).toBe("exists")
      const other = { ...model, artifact: `${model.artifact}.other` as ModelPlan["artifact"] }
      await expect(service.createModel(other)).rejects.toMatchObject({ code: "conflict" })
    })

    test("a model is deleted once, and can be made anew", async () => {
      const { service, model } = await opened()
      await service.createModel(model)
      expect(await service.deleteModel(model.region, model.name)).toBe("deleted")
      expect(await service.deleteModel(model.region, model.name)).toBe("absent")
      expect(await service.createModel(model)).toBe("created")
    })

    test("a transform is begun once, followed to its end, and leaves its predictions beside their records", async () => {
      const bench = await opened()
      const { service, model } = bench
      await service.createModel(model)
      const transform = aTransform(bench)
      expect(await service.startTransform(transform)).toBe("created")
      expect(await service.startTransform(transform)).toBe("exists")
      await bench.untilOver(transform.name)
      expect(await service.describeTransform(model.region, transform.name)).toMatchObject({
        status: "completed",
        reason: "",
      })
      expect(await bench.readOutput(`${transform.output}/a.csv.out`)).toMatch(/^7,1,[\d.]+\n8,2,[\d.]+\n$/)
      expect(await bench.readOutput(`${transform.output}/sub/b.csv.out`)).toMatch(/^9,3,[\d.]+\n$/)
      // Whatever became of it: it is not begun again.
      expect(await service.startTransform(transform)).toBe("exists")
    })

    test("another transform of the same name is refused", async () => {
      const bench = await opened()
      await bench.service.createModel(bench.model)
      const transform = aTransform(bench)
      await bench.service.startTransform(transform)
      await expect(
        bench.service.startTransform({ ...transform, output: `${transform.output}-2` }),
      ).rejects.toMatchObject({ code: "conflict" })
      await bench.untilOver(transform.name)
    })

    test("without its model none is begun", async () => {
      const bench = await opened()
      await expect(bench.service.startTransform(aTransform(bench))).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:invalid|notFound)$/),
        message: expect.stringContaining(bench.model.name),
      })
    })

    test("without input it fails, and the reason names the input", async () => {
      const bench = await opened()
      await bench.service.createModel(bench.model)
      const transform = aTransform(bench, { input: `${bench.input}none/` })
      await bench.service.startTransform(transform)
      await bench.untilOver(transform.name)
      expect(await bench.service.describeTransform(bench.model.region, transform.name)).toMatchObject({
        status: "failed",
        reason: expect.stringContaining(`${bench.input}none/`),
      })
    })

    test("an artifact that is no archive is told by the model or by its transform", async () => {
      const bench = await opened()
      await bench.spoilArtifact()
      const told = await bench.service.createModel(bench.model).then(
        async () => {
          const transform = aTransform(bench)
          await bench.service.startTransform(transform)
          await bench.untilOver(transform.name)
          return (await bench.service.describeTransform(bench.model.region, transform.name))?.reason
        },
        (error: Error) => error.message,
      )
      expect(told).toMatch(/no .*tar archive/)
    })

    test("a stop is seen by its end; of one that has ended nothing is asked", async () => {
      const bench = await opened()
      const { service, model } = bench
      await service.createModel(model)
      const transform = aTransform(bench)
      await service.startTransform(transform)
      await service.stopTransform(model.region, transform.name)
      await bench.untilOver(transform.name)
      expect(await service.describeTransform(model.region, transform.name)).toMatchObject({ status: "stopped" })
      await service.stopTransform(model.region, transform.name)
      await service.stopTransform(model.region, "none")
      expect(await service.describeTransform(model.region, "none")).toBeNull()
    })
  })
}

export function aTransform(
  { model, input, root }: Pick<ModelBench, "model" | "input" | "root">,
  difference: Partial<TransformSettings> = {},
): TransformPlan {
  const digits = (text: string) => Array.from(text).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7)
  const settings = { ...SETTINGS, input, ...difference }
  return planTransform(model, settings, { given: null, root }, (text) => String(digits(text)).padStart(10, "0"))
}
