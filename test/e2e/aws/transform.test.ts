// Forecasting from one manifest: a sharded training, a model of its artifact, a batch transform, predictions in storage.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { DescribeModelCommand, DescribeTransformJobCommand, SageMakerClient } from "@aws-sdk/client-sagemaker"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { ACCOUNT, ACCOUNT_SETTINGS, AwsBench, HOME } from "./aws-bench.ts"

const XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"
const INPUT = `s3://imagenet-${HOME}/train/`

const SETTINGS = `${ACCOUNT_SETTINGS}defaults:
  role: arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole
  algorithm: xgboost:1.5-1
  output: s3://artifacts-{region}/out/
  instance_type: ml.m4.4xlarge
  instance_count: 2
  max_runtime: 1h
  channel.train.distribution: ShardedByS3Key
  channel.train.content_type: text/csv
  hp: {objective: "reg:tweedie", num_round: 30}
`

const bundle = buildBundle()
let bench: AwsBench
let clients: { readonly sagemaker: SageMakerClient; readonly s3: S3Client }

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: "jobs: [{training: 5s}]" })
  bench.write("regatta.yaml", SETTINGS)
  bench.write("forecast.csv", `region,s3_location\n${HOME},${INPUT}\n`)
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = bench.env
  const options = { endpoint: bench.endpoint, region: HOME, credentials: { accessKeyId, secretAccessKey } }
  clients = { sagemaker: new SageMakerClient(options), s3: new S3Client({ ...options, forcePathStyle: true }) }
})

afterAll(async () => {
  clients.sagemaker.destroy()
  clients.s3.destroy()
  await bench.close()
  bundle.remove()
})

const TRANSFORM = [
  "--input",
  INPUT,
  "--instance-type",
  "ml.m5.xlarge",
  "--content-type",
  "text/csv",
  "--split",
  "Line",
  "--strategy",
  "MultiRecord",
  "--assemble",
  "Line",
  "--join",
  "Input",
]

interface Transformed {
  readonly status: string
  readonly transform: { readonly name: string; readonly model: string; readonly output: string }
}

describe("a model and its predictions", () => {
  test("row, model, transform and predictions from one manifest", async () => {
    await bench.succeed("submit", "forecast.csv", "-y", "--wait")
    const made = await bench.json<{ made: string; model: { name: string; artifact: string } }>(
      "model",
      "create",
      "@last",
      "0",
    )
    expect(made.made).toBe("created")
    const again = await bench.json<{ made: string }>("model", "create", "@last", "0")
    expect(again.made).toBe("exists")

    const { status, transform } = await bench.json<Transformed>("transform", "@last", "0", "-y", ...TRANSFORM)
    expect([status, transform.model]).toEqual(["completed", made.model.name])
    const model = await clients.sagemaker.send(new DescribeModelCommand({ ModelName: made.model.name }))
    expect(model).toMatchObject({
      ExecutionRoleArn: `arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole`,
      PrimaryContainer: { Image: XGBOOST, ModelDataUrl: made.model.artifact },
    })
    const job = await clients.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: transform.name }))
    expect(job).toMatchObject({
      TransformJobStatus: "Completed",
      BatchStrategy: "MultiRecord",
      TransformInput: { ContentType: "text/csv", SplitType: "Line" },
      DataProcessing: { JoinSource: "Input" },
    })
    expect(await textOf(`${transform.output}/part-0.tfrecord.out`)).toBe("one,0.5\n")
    // The same wish finds the transform that is there.
    const found = await bench.json<Transformed>("transform", "@last", "0", "-y", ...TRANSFORM)
    expect(found.transform.name).toBe(transform.name)
    // As one of all rows it is the same wish still.
    const texts = TRANSFORM.map((each) => each.replace(`imagenet-${HOME}`, "imagenet-{region}"))
    const { rows } = await bench.json<{ rows: readonly Transformed[] }>("transform", "@last", "--all", "-y", ...texts)
    expect(rows.map((row) => [row.status, row.transform.name])).toEqual([["completed", transform.name]])
  }, 120_000)

  test("a transform that fails is told with its reason and exits 3", async () => {
    const none = TRANSFORM.map((each) => (each === INPUT ? `${INPUT}none/` : each))
    const { code, stdout } = await bench.call("transform", "@last", "0", "-y", ...none)
    expect([code, stdout]).toEqual([3, expect.stringContaining("failed: ClientError: No S3 objects found")])
  }, 60_000)

  test("without a yes and without a terminal nothing is begun", async () => {
    const { code, stderr } = await bench.call("transform", "@last", "0", ...TRANSFORM, "--accept", "text/csv")
    expect([code, stderr]).toEqual([7, expect.stringContaining("billed until it ends")])
  })
})

async function textOf(uri: string): Promise<string> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? []
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  return (await Body?.transformToString()) ?? ""
}
