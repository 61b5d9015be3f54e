import { expect, test } from "vitest"
import { beginTransform } from "../../../src/app/create-model.ts"
import type { TransformPlan } from "../../../src/core/job/transform-plan.ts"
import { ToldModels } from "../../steps.ts"

const base = { region: "us-east-1", model: "rg-1-r0-a1" } as TransformPlan
const planOf = (attempt: number): TransformPlan => ({ ...base, name: `try-${attempt}` })

function begin(models: ToldModels, earlier: string[] = []) {
  return beginTransform(models, planOf, ({ name }, { status }) => earlier.push(`${name} ${status}`))
}

test("the same wish finds a transform that runs or completed", async () => {
  let now = 0
  const models = new ToldModels(() => now)
  expect(await begin(models)).toMatchObject({ begun: "created", plan: { name: "try-1" } })
  expect(await begin(models)).toMatchObject({ begun: "exists", plan: { name: "try-1" } })
  now += models.takesMs
  expect(await begin(models)).toMatchObject({ begun: "exists", plan: { name: "try-1" } })
  expect([...models.transforms.keys()]).toEqual(["try-1"])
})

test("of one that failed and one that was stopped the next try is begun once, and both are told", async () => {
  let now = 0
  const models = new ToldModels(() => now)
  models.ends.push("failed")
  await begin(models)
  now += models.takesMs
  await begin(models)
  await models.stopTransform("us-east-1", "try-2")
  const earlier: string[] = []
  expect(await begin(models, earlier)).toMatchObject({ begun: "created", plan: { name: "try-3" } })
  expect(earlier).toEqual(["try-1 failed", "try-2 stopped"])
  expect(await begin(models)).toMatchObject({ begun: "exists", plan: { name: "try-3" } })
})
