// CreateModel and CreateTransformJob as the SageMaker SDK 2.257.6 sends them for the same wishes, tags aside.
import { describe, expect, test } from "vitest"
import { modelRequest, transformRequest } from "../../../src/adapters/model-service/sagemaker/request.ts"
import type { JobName, Uri } from "../../../src/core/ids.ts"
import { planModel } from "../../../src/core/job/model-plan.ts"
import { planTransform, type TransformSettings } from "../../../src/core/job/transform-plan.ts"
import { aRun, aSpec } from "../../builders.ts"

const ROLE = "arn:aws:iam::111122223333:role/SageMakerExecutionRole"
const XGBOOST = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.5-1"

const SOURCE = {
  run: aRun(),
  spec: aSpec({ region: "us-west-2", role: ROLE, trains: { kind: "algorithm", name: "xgboost", version: "1.5-1" } }),
  job: "job-1" as JobName,
  artifact: "s3://out/xgb/job-1/output/model.tar.gz" as Uri,
  image: null,
  trainingImage: XGBOOST,
}

const SETTINGS: TransformSettings = {
  input: "s3://b/batch/",
  dataType: "S3Prefix",
  contentType: "text/csv",
  split: "Line",
  strategy: "MultiRecord",
  accept: "text/csv",
  assemble: "Line",
  join: "Input",
  inputFilter: "$[1:]",
  outputFilter: "$[0,-1]",
  instanceType: "ml.m5.xlarge",
  instances: 2,
  maxPayloadMb: 6,
  maxConcurrent: 4,
}

const hash = () => "0123456789abcdef"

describe("models and transforms", () => {
  test("a built-in algorithm's model and its transform are the SDK's requests", () => {
    const model = planModel(SOURCE)
    const { Tags, ...request } = modelRequest(model)
    expect(request).toEqual({
      ModelName: "job-1",
      ExecutionRoleArn: ROLE,
      PrimaryContainer: { Image: XGBOOST, Environment: {}, ModelDataUrl: "s3://out/xgb/job-1/output/model.tar.gz" },
    })
    expect(Tags).toContainEqual({ Key: "regatta:run", Value: aRun().run })
    const plan = planTransform(model, SETTINGS, { given: "s3://out/xgb/job-1/transform", root: "s3://out/" }, hash)
    const { Tags: _, ...transform } = transformRequest(plan)
    expect(transform).toEqual({
      TransformJobName: "job-1-t0123456789",
      ModelName: "job-1",
      TransformInput: {
        DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://b/batch/" } },
        ContentType: "text/csv",
        SplitType: "Line",
      },
      TransformOutput: { S3OutputPath: "s3://out/xgb/job-1/transform", AssembleWith: "Line", Accept: "text/csv" },
      TransformResources: { InstanceCount: 2, InstanceType: "ml.m5.xlarge" },
      BatchStrategy: "MultiRecord",
      MaxConcurrentTransforms: 4,
      MaxPayloadInMB: 6,
      DataProcessing: { InputFilter: "$[1:]", OutputFilter: "$[0,-1]", JoinSource: "Input" },
    })
  })

  test("script mode tells the container where its script is", () => {
    const program = { entryPoint: "train.py", sourceDir: "s3://code/a.tar.gz", dependencies: [], archive: null }
    const spec = { ...SOURCE.spec, program, trains: { ...framework("xgboost", "1.5-1") } }
    expect(planModel({ ...SOURCE, spec }).environment).toEqual({
      SAGEMAKER_PROGRAM: "train.py",
      SAGEMAKER_SUBMIT_DIRECTORY: "s3://code/a.tar.gz",
      SAGEMAKER_CONTAINER_LOG_LEVEL: "20",
      SAGEMAKER_REGION: "us-west-2",
    })
  })

  test.each([
    [{ spec: { ...SOURCE.spec, role: null } }, "it has no role"],
    [{ artifact: "s3://out/model/" as Uri }, "is no model.tar.gz"],
    [{ spec: { ...SOURCE.spec, trains: framework("pytorch", "2.3") } }, "the training image of pytorch:2.3 does not serve"],
    [{ trainingImage: null }, "no rule gives its image"],
  ])("%j is refused: %s", (difference, message) => {
    expect(() => planModel({ ...SOURCE, ...difference })).toThrow(message)
  })

  test("an image of the user's serves whatever trained", () => {
    const spec = { ...SOURCE.spec, trains: framework("pytorch", "2.3") }
    expect(planModel({ ...SOURCE, spec, image: "serve:1" }).image).toBe("serve:1")
  })

  test.each([
    [{ input: "batch/" }, "an s3:// location"],
    [{ inputFilter: `$[${"0,".repeat(40)}1]` }, "at most 63 characters"],
    [{ maxPayloadMb: 50, maxConcurrent: 3 }, "more than 100 MB"],
  ])("a transform with %j is refused: %s", (difference, message) => {
    const plan = () => planTransform(planModel(SOURCE), { ...SETTINGS, ...difference }, { given: null, root: "" }, hash)
    expect(plan).toThrow(message)
  })

  test("the name of a transform is never longer than the service allows", () => {
    const model = { ...planModel(SOURCE), name: "a".repeat(63) }
    expect(planTransform(model, SETTINGS, { given: null, root: "s3://o" }, hash).name).toHaveLength(63)
  })
})

function framework(name: string, version: string) {
  return { kind: "framework", name, version, python: null, image: null } as const
}
