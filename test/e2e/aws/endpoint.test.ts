// Two ways of distributing data from one manifest: two trainings, two models, one endpoint with two variants, a comparison of
// their predictions, and nothing left. And endpoints that never come into service.
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { ACCOUNT, AwsBench, HOME } from "./aws-bench.ts"

const INPUT = `s3://imagenet-${HOME}/train/`

const SETTINGS = `on: aws
home: ${HOME}
account: "${ACCOUNT}"
table: dynamodb:regatta
batch:
  queue: regatta
  image: ${ACCOUNT}.dkr.ecr.${HOME}.amazonaws.com/regatta-worker:1
  job_role: arn:aws:iam::${ACCOUNT}:role/RegattaWorker
  execution_role: arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole
defaults:
  role: arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole
  algorithm: linear-learner
  output: s3://artifacts-{region}/out/
  instance_type: ml.c4.2xlarge
  instance_count: 5
  max_runtime: 30m
  volume_gb: 10
  channel.train.content_type: text/csv
  channel.validation: ${INPUT}
  channel.validation.content_type: text/csv
  hp: {feature_dim: 25, mini_batch_size: 500, predictor_type: regressor, epochs: 2, num_models: 32, loss: absolute_loss}
`

const MANIFEST = `region,s3_location,channel.train.distribution
${HOME},${INPUT},FullyReplicated
${HOME},${INPUT},ShardedByS3Key
`

const WORLD = `jobs: [{training: 5s}]
prices: {all: {ml.m5.large: 0.1}}
images: [{repository: missing, tags: ["2"]}, {repository: regatta-worker, tags: ["1"]}]
endpoints:
  - {match: {name: "rg-never-*"}, creating: 240s, end: never}
  - {match: {name: "rg-broken-*"}, creating: 20s, end: failed, reason: "The primary container did not pass the ping health check."}
  - {match: {model: "*-r0-a1"}, creating: 20s, deleting: 10s, prediction: "2"}
  - {match: {model: "*-r1-a1"}, prediction: "3.5"}
`

const bundle = buildBundle()
let bench: AwsBench
let sagemaker: SageMakerClient

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: WORLD })
  bench.write("regatta.yaml", SETTINGS)
  bench.write("ways.csv", MANIFEST)
  bench.write("test.csv", "1,10,20\n2,11,21\n3,12,22\n4,13,23\n")
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = bench.env
  sagemaker = new SageMakerClient({
    endpoint: bench.endpoint,
    region: HOME,
    credentials: { accessKeyId, secretAccessKey },
  })
  await bench.succeed("submit", "ways.csv", "-y", "--wait")
})

afterAll(async () => {
  sagemaker.destroy()
  await bench.close()
  bundle.remove()
})

interface Endpoint {
  readonly name: string
  readonly status: string
  readonly owner: string
  readonly costUsd: number | null
  readonly usdPerHour: number | null
  readonly reason: string | null
  readonly variants: readonly { readonly name: string; readonly model: string }[]
}

const MACHINES = ["--instance-type", "ml.m5.large"]

describe("two models at one endpoint", () => {
  test("are made, compared and deleted until nothing is left", async () => {
    const { made, endpoint } = await bench.json<{ made: string; endpoint: Endpoint }>(
      ...["endpoint", "create", "@last", "0", "1", "-y", ...MACHINES],
    )
    expect([made, endpoint.status, endpoint.usdPerHour]).toEqual(["created", "inService", 0.24])
    expect(endpoint.variants.map(({ name }) => name)).toEqual(["row-0", "row-1"])
    const again = await bench.json<{ made: string }>("endpoint", "create", "@last", "0", "1", "-y", ...MACHINES)
    expect(again.made).toBe("exists")

    const { endpoints } = await bench.json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")
    expect(endpoints).toMatchObject([
      { name: endpoint.name, owner: expect.stringContaining("arn:aws:"), usdPerHour: 0.24 },
    ])
    expect(endpoints[0]?.costUsd).toEqual(expect.any(Number))

    const one = await bench.json<{ variant: string; prediction: string }>(
      ...["endpoint", "invoke", endpoint.name, "--data", "10,20", "--variant", "row-1"],
    )
    expect([one.variant, one.prediction]).toEqual(["row-1", "3.5\n"])

    const { items, predictions, conclusion } = await bench.json<Compared>(
      ...["endpoint", "compare", endpoint.name, "--variants", "--file", "test.csv", "--labels", "first"],
    )
    expect(items).toMatchObject([
      { label: "row-0", requests: 4, failures: 0, measure: { rmse: Math.sqrt(1.5), mae: 1 } },
      { label: "row-1", requests: 4, failures: 0, measure: { rmse: 1.5, mae: 1.25 } },
    ])
    expect(items[0]?.latencyMs.p90).toBeGreaterThan(0)
    expect(predictions[3]).toEqual({ label: "4", predictions: [["2"], ["3.5"]] })
    expect(conclusion).toContain("RMSE higher (1.5 against 1.225), which these records do not tell from chance")

    const gone = await bench.json<{ endpoints: readonly { isGone: boolean; deletedModels: readonly string[] }[] }>(
      ...["endpoint", "delete", endpoint.name, "--models", "-y"],
    )
    const models = endpoint.variants.map(({ model }) => model)
    expect(gone.endpoints).toMatchObject([{ isGone: true, deletedModels: models }])
    await expectNothingLeft(endpoint.name, models)
    const ended = await bench.json<{ endpoints: readonly Endpoint[] }>("endpoint", "list", "--ended")
    expect(ended.endpoints).toMatchObject([{ name: endpoint.name, status: "deleted" }])
  }, 120_000)

  test("the requests of a dry run are those of the service, and nothing is made", async () => {
    const { requests } = await bench.json<{ requests: readonly { operation: string; request: object }[] }>(
      ...["endpoint", "create", "@last", "0", "1", "--dry-run", ...MACHINES],
    )
    expect(requests.map(({ operation }) => operation)).toEqual([
      ...["CreateModel", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"],
    ])
    const { endpoints } = await bench.json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")
    expect(endpoints).toEqual([])
  })
})

describe("an endpoint that does not come into service", () => {
  test.each([
    ["broken", [], "did not pass the ping health check"],
    ["never", ["--give-up-after", "1s"], "still Creating"],
  ])(
    "%s: shown with its reason, cleaned up and recorded",
    async (label, more, reason) => {
      const { code, stdout, stderr } = await bench.call(
        ...["endpoint", "create", "@last", "0", "-y", "--name", label, "-o", "json", ...MACHINES, ...more],
      )
      expect([code, stderr]).toEqual([3, expect.any(String)])
      const { endpoint, ...told } = JSON.parse(stdout) as { endpoint: Endpoint; reason: string; isGone: boolean }
      expect(told).toMatchObject({ reason: expect.stringContaining(reason), isGone: true })
      await expectNothingLeft(
        endpoint.name,
        endpoint.variants.map(({ model }) => model),
      )
      const { endpoints } = await bench.json<{ endpoints: readonly Endpoint[] }>("endpoint", "list", "--ended")
      expect(endpoints).toContainEqual(
        expect.objectContaining({ name: endpoint.name, reason: expect.stringContaining(reason) }),
      )
    },
    120_000,
  )

  test("a model whose image is missing is refused, and nothing is left", async () => {
    const image = `${ACCOUNT}.dkr.ecr.${HOME}.amazonaws.com/missing:1`
    const { code, stderr } = await bench.call(
      ...["endpoint", "create", "@last", "0", "-y", "--image", image, ...MACHINES],
    )
    expect([code, stderr]).toEqual([2, expect.stringContaining("Please check if your ECR repository and image exist")])
    const { endpoints } = await bench.json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")
    expect(endpoints).toEqual([])
  })

  test("without a yes and without a terminal none is made", async () => {
    const { code, stderr } = await bench.call("endpoint", "create", "@last", "0", ...MACHINES)
    expect([code, stderr]).toEqual([7, expect.stringContaining("$0.12 per hour")])
  })
})

interface Compared {
  readonly items: readonly { readonly latencyMs: { readonly p90: number } }[]
  readonly predictions: readonly object[]
  readonly conclusion: string
}

async function expectNothingLeft(name: string, models: readonly string[]): Promise<void> {
  await expect(sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }))).rejects.toThrow("Could not find")
  await expect(sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }))).rejects.toThrow(
    "Could not find",
  )
  for (const model of models)
    await expect(sagemaker.send(new DescribeModelCommand({ ModelName: model }))).rejects.toThrow("Could not find")
}
