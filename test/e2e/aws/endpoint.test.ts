// Two ways of distributing data from one manifest: two trainings, two models, one endpoint with two variants, a comparison of
// their predictions, and nothing left. And endpoints that never come into service.

import { spawn } from "node:child_process"
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { PolicyDocument } from "../../../src/core/policy/build-policy.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import type { Ended } from "../regatta-process.ts"
import { FaultyProxy } from "../wire/faulty-proxy.ts"
import { ACCOUNT, ACCOUNT_SETTINGS, AwsBench, HOME } from "./aws-bench.ts"
import { type IamRequest, iamRequests, isAllowed, isAllowedBy } from "./iam-requests.ts"

const INPUT = `s3://imagenet-${HOME}/train/`

const SETTINGS = `${ACCOUNT_SETTINGS}defaults:
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
  - {match: {name: "rg-sharded-*"}, creating: 120s, prediction: "3.5"}
  - {match: {model: "*-r0-a1"}, creating: 20s, deleting: 10s, prediction: "2"}
  - {match: {model: "*-r1-a1"}, prediction: "3.5"}
`

const bundle = buildBundle()
let bench: AwsBench
let sagemaker: SageMakerClient
/** What the commands asked, as IAM sees it. */
const asked: IamRequest[] = []
const proxy = { answers: null as FaultyProxy | null, url: "" }

function call(...parameters: readonly string[]): Promise<Ended> {
  return bench.callWith({ AWS_ENDPOINT_URL: proxy.url }, ...parameters)
}

async function json<T>(...parameters: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await call(...parameters, "-o", "json")
  if (code === 0) return JSON.parse(stdout) as T
  throw new Error(`regatta ${parameters.join(" ")} exited with ${code}:\n${stdout}\n${stderr}`)
}

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
  proxy.answers = new FaultyProxy({
    target: bench.endpoint,
    seed: 0,
    odds: () => 0,
    longestMs: 0,
    onAnswered: (wire, body, status) => asked.push(...iamRequests(wire, body, status)),
  })
  proxy.url = await proxy.answers.open()
})

afterAll(async () => {
  sagemaker.destroy()
  await proxy.answers?.close()
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
    const { made, endpoint } = await json<{ made: string; endpoint: Endpoint }>(
      ...["endpoint", "create", "@last", "0", "1", "-y", ...MACHINES],
    )
    expect([made, endpoint.status, endpoint.usdPerHour]).toEqual(["created", "inService", 0.24])
    expect(endpoint.variants.map(({ name }) => name)).toEqual(["row-0", "row-1"])
    const again = await json<{ made: string }>("endpoint", "create", "@last", "0", "1", "-y", ...MACHINES)
    expect(again.made).toBe("exists")

    const { endpoints } = await json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")
    expect(endpoints).toMatchObject([
      { name: endpoint.name, owner: expect.stringContaining("arn:aws:"), usdPerHour: 0.24 },
    ])
    expect(endpoints[0]?.costUsd).toEqual(expect.any(Number))

    const one = await json<{ variant: string; prediction: string }>(
      ...["endpoint", "invoke", endpoint.name, "--data", "10,20", "--variant", "row-1"],
    )
    expect([one.variant, one.prediction]).toEqual(["row-1", "3.5\n"])

    const { items, predictions, conclusion } = await json<Compared>(
      ...["endpoint", "compare", endpoint.name, "--variants", "--file", "test.csv", "--labels", "first"],
    )
    expect(items).toMatchObject([
      { label: "row-0", requests: 4, failures: 0, measure: { rmse: Math.sqrt(1.5), mae: 1 } },
      { label: "row-1", requests: 4, failures: 0, measure: { rmse: 1.5, mae: 1.25 } },
    ])
    expect(items[0]?.latencyMs.p90).toBeGreaterThan(0)
    expect(predictions[3]).toEqual({ label: "4", predictions: [["2"], ["3.5"]] })
    expect(conclusion).toContain("RMSE higher (1.5 against 1.225), which these records do not tell from chance")

    const gone = await json<{ endpoints: readonly { isGone: boolean; deletedModels: readonly string[] }[] }>(
      ...["endpoint", "delete", endpoint.name, "--models", "-y"],
    )
    const models = endpoint.variants.map(({ model }) => model)
    expect(gone.endpoints).toMatchObject([{ isGone: true, deletedModels: models }])
    await expectNothingLeft(endpoint.name, models)
    const ended = await json<{ endpoints: readonly Endpoint[] }>("endpoint", "list", "--ended")
    expect(ended.endpoints).toMatchObject([{ name: endpoint.name, status: "deleted" }])
  }, 120_000)

  test("the requests of a dry run are those of the service, and nothing is made", async () => {
    const { requests } = await json<{ requests: readonly { operation: string; request: object }[] }>(
      ...["endpoint", "create", "@last", "0", "1", "--dry-run", ...MACHINES],
    )
    expect(requests.map(({ operation }) => operation)).toEqual([
      ...["CreateModel", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"],
    ])
    const { endpoints } = await json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")
    expect(endpoints).toEqual([])
  })
})

describe("two endpoints", () => {
  test("one of which was begun and left, are compared by name and deleted together", async () => {
    const parameters = ["endpoint", "create", "@last", "1", "-y", "--name", "sharded", ...MACHINES]
    const { code, stderr } = await interrupted(parameters, "sharded")
    expect([code, stderr]).toEqual([
      130,
      expect.stringMatching(/is billed until it is deleted: .*endpoint delete rg-sharded-e/),
    ])
    const { made } = await json<{ made: string }>(...parameters)
    expect(made).toBe("exists")
    await json("endpoint", "create", "@last", "0", "-y", "--name", "replicated", ...MACHINES)
    const { items, conclusion } = await json<Compared>(
      ...["endpoint", "compare", "replicated", "sharded", "--file", "test.csv", "--labels", "first", "--batch", "3"],
    )
    expect(items).toMatchObject([
      { model: expect.stringContaining("-r0-a1"), requests: 2, measure: { rmse: Math.sqrt(1.5) } },
      { model: expect.stringContaining("-r1-a1"), requests: 2, measure: { rmse: 1.5 } },
    ])
    expect(conclusion).toContain("It is 4 records, 3 in a request")
    const gone = await json<{ endpoints: readonly { isGone: boolean }[] }>(
      "endpoint",
      "delete",
      "--all",
      "--models",
      "-y",
    )
    expect(gone.endpoints.map(({ isGone }) => isGone)).toEqual([true, true])
    expect((await json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")).endpoints).toEqual([])
  }, 60_000)
})

describe("an endpoint that does not come into service", () => {
  test.each([
    ["broken", [], "did not pass the ping health check"],
    ["never", ["--give-up-after", "1s"], "still Creating"],
  ])(
    "%s: shown with its reason, cleaned up and recorded",
    async (label, more, reason) => {
      const { code, stdout, stderr } = await call(
        ...["endpoint", "create", "@last", "0", "-y", "--name", label, "-o", "json", ...MACHINES, ...more],
      )
      expect([code, stderr]).toEqual([3, expect.any(String)])
      const { endpoint, ...told } = JSON.parse(stdout) as { endpoint: Endpoint; reason: string; isGone: boolean }
      expect(told).toMatchObject({ reason: expect.stringContaining(reason), isGone: true })
      await expectNothingLeft(
        endpoint.name,
        endpoint.variants.map(({ model }) => model),
      )
      const { endpoints } = await json<{ endpoints: readonly Endpoint[] }>("endpoint", "list", "--ended")
      expect(endpoints).toContainEqual(
        expect.objectContaining({ name: endpoint.name, reason: expect.stringContaining(reason) }),
      )
    },
    120_000,
  )

  test("a model whose image is missing is refused, and nothing is left", async () => {
    const image = `${ACCOUNT}.dkr.ecr.${HOME}.amazonaws.com/missing:1`
    const { code, stderr } = await call(...["endpoint", "create", "@last", "0", "-y", "--image", image, ...MACHINES])
    expect([code, stderr]).toEqual([2, expect.stringContaining("Please check if your ECR repository and image exist")])
    const { endpoints } = await json<{ endpoints: readonly Endpoint[] }>("endpoint", "list")
    expect(endpoints).toEqual([])
  })

  test("without a yes and without a terminal none is made", async () => {
    const { code, stderr } = await call("endpoint", "create", "@last", "0", ...MACHINES)
    expect([code, stderr]).toEqual([7, expect.stringContaining("$0.12 per hour")])
  })
})

test("the policy of a command allows each request about endpoints and models, and of endpoints no more", async () => {
  const policy = JSON.parse((await call("policy", "command", "ways.csv")).stdout) as PolicyDocument
  const about = asked.filter(
    ({ resource, action }) => /:(?:endpoint|endpoint-config|model)\//.test(resource) || /List/.test(action),
  )
  expect(about.filter((request) => !isAllowed(policy, request))).toEqual([])
  const statement = policy.Statement.find(({ Sid }) => Sid === "Endpoints")
  if (statement === undefined) throw new Error("the policy says nothing of endpoints")
  const used = new Set(asked.filter((request) => isAllowedBy(statement, request)).map(({ action }) => action))
  expect([...used].toSorted()).toEqual(statement.Action)
})

/** Ctrl-C as soon as the endpoint is there. */
async function interrupted(parameters: readonly string[], label: string) {
  const child = spawn(process.execPath, [bundle.entry, ...parameters], { cwd: bench.folder, env: { ...bench.env } })
  const said: string[] = []
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  await expect
    .poll(async () => (await sagemaker.send(new ListEndpointsCommand({ NameContains: label }))).Endpoints?.length, {
      timeout: 30_000,
      interval: 20,
    })
    .toBe(1)
  child.kill("SIGINT")
  return { code: await ended, stderr: said.join("") }
}

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
