import { TrainingInstanceType } from "@aws-sdk/client-sagemaker"
import { describe, expect, test } from "vitest"
import { gpusOf, KNOWN_INSTANCE_TYPES } from "../../../../src/core/manifest/instance-types.ts"

describe("instance types", () => {
  test("are those of the SageMaker API", () => {
    expect([...KNOWN_INSTANCE_TYPES].toSorted()).toEqual(Object.values(TrainingInstanceType).toSorted())
  })

  test.each([
    ["ml.p3.16xlarge", 8],
    ["ml.p3.8xlarge", 4],
    ["ml.g5.16xlarge", 1],
    ["ml.p6-b200.48xlarge", 8],
    ["ml.m5.large", null],
    ["ml.g9.large", null],
  ])("%s has %s GPUs", (type, gpus) => {
    expect(gpusOf(type)).toBe(gpus)
  })
})
