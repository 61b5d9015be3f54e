import { expect, test } from "vitest"
import { planView } from "../../../../src/cli/views/plan-view.ts"
import { plan } from "../../../plan-bed.ts"

test.each([
  [1.2301, 1.2302, "cost: $1.23 (estimate"],
  [0.001, 0.002, "cost: <$0.01 (estimate"],
  [1.23, 1.25, "cost: $1.23 to $1.25 (estimate"],
])("a cost from %d to %d reads %s", async (lowUsd, highUsd, said) => {
  const { plan: planned } = await plan("region,s3_location\nus-east-1,s3://bkt/x\n")
  if (planned === null) throw new Error("the manifest is wrong")
  const cost = {
    lowUsd,
    highUsd,
    expectedUsd: 0,
    dearestRowUsd: lowUsd,
    unknownRows: 0,
    basis: "max_runtime",
    earlierRuntimeSeconds: null,
  }
  expect(planView({ ...planned, cost }).below?.join("\n")).toContain(said)
})
