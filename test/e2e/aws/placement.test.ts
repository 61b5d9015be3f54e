import { afterAll, beforeAll, expect, test } from "vitest"
import type { Plan } from "../../../src/core/run/plan.ts"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import { ACCOUNT, AwsBench } from "./aws-bench.ts"

const bundle = buildBundle()
let bench: AwsBench

beforeAll(async () => {
  const settings = `prices:
  us-east-1: {ml.p3.16xlarge: 10}
  us-west-2: {ml.p3.16xlarge: 30}
  eu-west-1: {ml.p3.16xlarge: 40}
  eu-central-1: {ml.p3.16xlarge: 50}
placement: {transfer_usd_per_gb: 0.02}
`
  const world = "jobs:\n  - {starting: 5s, downloading: 2s, training: 5s, uploading: 2s, log: [accuracy=0.9]}\n"
  bench = await AwsBench.open({ entry: bundle.entry, world, settings })
  const rows = [
    "auto,s3://imagenet-us-west-2/train/,",
    "eu-central-1,s3://imagenet-eu-central-1/train/,cheapest",
    "eu-west-1,s3://imagenet-eu-west-1/train/,cheapest",
  ]
  bench.write("rows.csv", `region,s3_location,place\n${rows.join("\n")}\n`)
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

test("regions are asked of buckets, prices and quotas weighed, data copied by the service, and rows trained on the copies", async () => {
  const { placement } = await bench.json<Plan>("plan", "rows.csv", "--save", "plan.json")
  expect(placement?.rows.map(({ region, from }) => [region, from])).toEqual([
    ["us-west-2", "us-west-2"],
    ["us-east-1", "eu-central-1"],
    ["us-east-1", "eu-west-1"],
  ])
  expect(placement?.copies.map(({ source, objects, rows }) => [source, objects, rows])).toEqual([
    ["s3://imagenet-eu-central-1/train/", 2, [1]],
    ["s3://imagenet-eu-west-1/train/", 2, [2]],
  ])
  await bench.succeed("submit", "plan.json", "-y", "--wait")
  const status = await bench.json<StatusDocument>("status", "@last")
  expect(status.rows.map(({ region, status: of }) => [region, of])).toEqual([
    ["us-west-2", "completed"],
    ["us-east-1", "completed"],
    ["us-east-1", "completed"],
  ])
  const { request } = await bench.json<{ readonly request: { readonly InputDataConfig: readonly unknown[] } }>(
    ...["run-row", "--run", "@last", "2", "--dry-run"],
  )
  const uri = JSON.stringify(request.InputDataConfig).match(/s3:\/\/[^"]+/)?.[0] ?? ""
  expect(uri).toBe(placement?.copies[1]?.target)
  expect(uri).toMatch(new RegExp(`^s3://sagemaker-us-east-1-${ACCOUNT}/regatta/copies/\\w{32}/$`))
  const copied = await bench.json<Plan>("plan", "rows.csv", "--place", "data")
  expect(copied.placement?.copies).toEqual([])
})
