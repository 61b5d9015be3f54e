// A run with steps after it: its rows train, then the follower makes the models and transforms by itself, and tells people.
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { DescribeTransformJobCommand, SageMakerClient } from "@aws-sdk/client-sagemaker"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import type { StepRow } from "../../../src/core/after/step-rows.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import { processesOf } from "../wire/worker-pids.ts"
import { ACCOUNT, ACCOUNT_SETTINGS, AwsBench, HOME } from "./aws-bench.ts"

const SECRET = "planted-9b1f6f1c"
const TOPIC = `arn:aws:sns:${HOME}:${ACCOUNT}:runs`
const SETTINGS = (port: number) => `${ACCOUNT_SETTINGS}notify:
  webhook: {url: "http://127.0.0.1:${port}/hook", secret_file: secret}
  sns: {topic: "${TOPIC}"}
after:
  - do: model
  - do: transform
    input: s3://imagenet-{region}/train/
    instance_type: ml.m5.xlarge
    content_type: text/csv
    split: Line
  - do: endpoint
    instance_type: ml.m5.large
defaults:
  role: arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole
  algorithm: xgboost:1.5-1
  output: s3://artifacts-{region}/out/
  instance_type: ml.m4.4xlarge
  max_runtime: 1h
  channel.train.content_type: text/csv
  tag.team: forecasting
`
const SOON = { timeout: 90_000, interval: 50 }

const bundle = buildBundle()
let bench: AwsBench
let sagemaker: SageMakerClient
let receiver: Server
const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: "jobs: [{training: 5s}]", speed: 40 })
  receiver = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      received.push({ headers: request.headers, body })
      response.writeHead(204).end()
    })
  }).listen(0, "127.0.0.1")
  await once(receiver, "listening")
  bench.write("regatta.yaml", SETTINGS((receiver.address() as AddressInfo).port))
  bench.write("secret", `${SECRET}\n`)
  bench.write("forecast.csv", `region,s3_location\n${HOME},s3://imagenet-${HOME}/train/\n`)
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = bench.env
  sagemaker = new SageMakerClient({
    endpoint: bench.endpoint,
    region: HOME,
    credentials: { accessKeyId, secretAccessKey },
  })
})

afterAll(async () => {
  sagemaker.destroy()
  receiver.close()
  receiver.closeAllConnections()
  await bench.close()
  bundle.remove()
})

test("one manifest trains, makes the model and transforms; the follower is killed meanwhile, and nothing is done twice", async () => {
  const run = (await bench.succeed("submit", "forecast.csv", "-y", "-o", "name")).trim()
  const followers = () => processesOf("follow", `AWS_ENDPOINT_URL=${bench.endpoint}\0`)
  await expect.poll(() => transformsBegun(), SOON).toBe(1)
  const [first = ""] = followers()
  expect(signalProcess(first, "SIGKILL")).toBe(true)

  const watched = await bench.call("watch", run)
  expect([watched.code, watched.stdout]).toEqual([0, expect.stringContaining("after the run, transform: completed 1")])
  const { after } = await bench.json<{ readonly after: readonly StepRow[] }>("status", run)
  const model = `${run}-r0-a1`
  expect(after).toMatchObject([
    { step: "model", row: 0, status: "completed", region: HOME, model },
    { step: "transform", row: 0, status: "completed", attempt: 1, model, output: expect.stringContaining(model) },
    { step: "endpoint", row: 0, status: "completed", attempt: 1, region: HOME, model },
  ])
  const { transform } = after[1] ?? {}
  const job = await sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: transform ?? "" }))
  expect(job).toMatchObject({ TransformJobStatus: "Completed", ModelName: model })
  expect(await transformsBegun()).toBe(1)
  await expect.poll(() => followers(), SOON).toEqual([])

  // The end of rows and steps was told once, signed; the secret stands nowhere.
  const [notice, ...others] = received
  expect(others).toEqual([])
  expect(JSON.parse(notice?.body ?? "")).toMatchObject({ event: "ended", run: { id: run }, after: { completed: 3 } })
  const signed = `${notice?.headers["x-regatta-timestamp"]}.${notice?.body}`
  const mac = createHmac("sha256", SECRET).update(signed).digest("hex")
  expect(notice?.headers["x-regatta-signature"]).toBe(`v1=${mac}`)
  const { messages } = await bench.state()
  expect(messages).toMatchObject([{ topic: TOPIC, message: notice?.body }])
  expect(await bench.succeed("status", run, "-o", "json")).not.toContain(SECRET)

  // By hand the same is found.
  const made = await bench.json<{ readonly made: string }>("model", "create", run, "0")
  expect(made.made).toBe("exists")
  const create = ["endpoint", "create", run, "0", "--instance-type", "ml.m5.large", "-y"]
  const served = await bench.json<{ readonly made: string; readonly endpoint: { readonly name: string } }>(...create)
  expect(served).toMatchObject({ made: "exists", endpoint: { name: after[2]?.endpoint } })
  await bench.succeed("endpoint", "delete", served.endpoint.name, "-y")
}, 180_000)

/** Requests that began one; how the emulator counts. */
async function transformsBegun(): Promise<number> {
  const { requests } = await bench.state()
  const byRegion = (requests["sagemaker.CreateTransformJob"] ?? {}) as Readonly<Record<string, number>>
  return byRegion[HOME] ?? 0
}
