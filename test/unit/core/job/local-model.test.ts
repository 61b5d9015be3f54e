import { describe, expect, test } from "vitest"
import type { JobName, Uri } from "../../../../src/core/ids.ts"
import type { JobSpec } from "../../../../src/core/job/job-spec.ts"
import { type LocalModelSource, planLocalModel } from "../../../../src/core/job/local-model.ts"
import { planTransform, type TransformSettings } from "../../../../src/core/job/transform-plan.ts"
import { STAND_IN_COMMANDS } from "../../../../src/core/manifest/stand-ins.ts"
import { anObjectRef, aRun, aSpec, localSettings } from "../../../builders.ts"

const PROGRAM = { entryPoint: "train.py", sourceDir: null, dependencies: [], archive: anObjectRef() }

function aSource(spec: Partial<JobSpec>, difference: Partial<LocalModelSource> = {}): LocalModelSource {
  return {
    run: aRun({ local: localSettings({ algorithms: STAND_IN_COMMANDS }) }),
    spec: aSpec(spec),
    job: "rg-1-r0-a1" as JobName,
    artifact: "file:///out/model.tar.gz" as Uri,
    image: null,
    serving: {},
    ...difference,
  }
}

const XGBOOST = { kind: "algorithm", name: "xgboost", version: "1.5-1" } as const

describe("what serves a model", () => {
  test.each([
    [
      "a stand-in what a stand-in trained",
      { trains: XGBOOST, program: null },
      {},
      ["regatta", "local-algorithm-server", "xgboost"],
    ],
    ["the functions of a Python script", { program: PROGRAM }, {}, null],
    ["the command of its name", { trains: XGBOOST, program: null }, { xgboost: ["serve"] }, ["serve"]],
    [
      "that of its version before it",
      { trains: XGBOOST, program: null },
      { xgboost: ["a"], "xgboost:1.5-1": ["b"] },
      ["b"],
    ],
    ["the command of rows with an image", { program: PROGRAM }, { image: ["serve", "it"] }, ["serve", "it"]],
  ] as const)("is %s", (_, spec, serving, command) => {
    expect(planLocalModel(aSource(spec, { serving })).local?.command).toEqual(command)
  })

  test.each([
    ["a script that is not Python", { program: { ...PROGRAM, entryPoint: "train.mjs" } }, "local.serving.image"],
    [
      "an algorithm without a stand-in",
      { trains: { ...XGBOOST, name: "kmeans" }, program: null },
      "local.serving.kmeans",
    ],
  ] as const)("is missing of %s, with the setting to make", (_, spec, key) => {
    expect(() => planLocalModel(aSource(spec))).toThrow(
      expect.objectContaining({ code: "invalid", hint: expect.stringContaining(key) }),
    )
  })

  test("is no image", () => {
    expect(() => planLocalModel(aSource({ program: PROGRAM }, { image: "a:1" }))).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    )
  })
})

describe("a transform on local", () => {
  const model = planLocalModel(aSource({ program: PROGRAM }))
  const settings: TransformSettings = {
    input: "file:///data/",
    dataType: "S3Prefix",
    contentType: "text/csv",
    split: "Line",
    strategy: null,
    accept: null,
    assemble: null,
    join: null,
    inputFilter: null,
    outputFilter: null,
    instanceType: "local",
    instances: 1,
    maxPayloadMb: null,
    maxConcurrent: null,
  }
  const plan = (difference: Partial<TransformSettings>) =>
    planTransform(model, { ...settings, ...difference }, { given: null, root: "file:///out" }, () => "0123456789")

  test("reads files as well as s3:// locations", () => {
    expect(plan({}).input).toBe("file:///data/")
    expect(plan({ input: "s3://data/x/" }).output).toBe("file:///out/rg-1-r0-a1/transform/0123456789")
  })

  test.each([
    [{ split: "RecordIO" }, "RecordIO"],
    [{ split: "TFRecord" }, "TFRecord"],
    [{ instances: 2 }, "--instances is 2"],
    [{ join: "Input", contentType: "text/libsvm" }, "--content-type is text/libsvm"],
    [{ join: "Input", accept: "application/json" }, "both are CSV, or both JSON"],
  ] as const)("refuses %j by name", (difference, message) => {
    expect(() => plan(difference)).toThrow(
      expect.objectContaining({ code: "unsupported", message: expect.stringContaining(message) }),
    )
  })

  test("refuses a filter that is no path", () => {
    expect(() => plan({ inputFilter: "features" })).toThrow(expect.objectContaining({ code: "invalid" }))
  })
})
