import { beforeAll, describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../src/adapters/file-system/memory/memory-file-system.ts"
import { loadConfig } from "../../src/app/load-config.ts"
import { type Rehearsed, type RehearseOptions, rehearse } from "../../src/app/rehearse.ts"
import { compose } from "../../src/compose/compose.ts"
import { mergeConfig } from "../../src/config.ts"
import { aShell } from "../fake-shell.ts"

const YAML = `on: aws
home: us-east-1
account: "123456789012"
prices: {us-east-1: {ml.p3.16xlarge: 28}, eu-west-1: {ml.p3.16xlarge: 30}}
defaults:
  role: arn:aws:iam::123456789012:role/Train
  image: "{account}.dkr.ecr.{region}.amazonaws.com/t:1"
  instance_type: ml.p3.16xlarge
  instance_count: 10
  expected_runtime: 1h
`

async function rehearsed(
  rows: readonly string[],
  options: Partial<RehearseOptions> = {},
  yaml = YAML,
): Promise<Rehearsed> {
  const files = new MemoryFileSystem({
    "/p/regatta.yaml": yaml,
    "/p/m.csv": `region,s3_location,spot\n${rows.join("\n")}\n`,
  })
  const file = await loadConfig({ files }, { manifest: "/p/m.csv", cwd: "/p", named: null })
  const config = mergeConfig(file, { env: {}, cwd: "/p", flags: { on: null, table: null, stateFolder: null } })
  const shell = aShell({})
  const ports = compose(config, shell)
  const simulator = await ports.simulator?.()
  if (simulator === undefined) throw new Error("no simulator")
  const request = { manifest: "/p/m.csv", columns: null, allowPlainEnv: [], name: null, row: null }
  return rehearse({ files, world: shell, service: await ports.preview(), simulator }, config, request, {
    seeds: [1, 2, 3],
    faults: false,
    world: {},
    maxCostUsd: null,
    words: (seconds) => `${Math.round(seconds / 60)} min`,
    ...options,
  })
}

const US = "us-east-1,s3://d-us-east-1/x/,"
const EU = "eu-west-1,s3://d-eu-west-1/x/,"

describe("a rehearsal of rows that all fit", () => {
  let all: Rehearsed
  beforeAll(async () => {
    all = await rehearsed([US, EU, US, EU])
  })

  test("takes one training and what the service needs beside it", () => {
    const { p50 } = all.rehearsal?.makespanSeconds ?? { p50: null }
    expect(p50).toBeGreaterThan(3600 * 0.9)
    expect(p50).toBeLessThan(3600 * 1.1 + 600)
  })

  test("costs what its machines cost for that time", () => {
    // Four rows of ten machines, an hour each, at 28 and 30 dollars.
    const { p50 } = all.rehearsal?.costUsd ?? { p50: 0 }
    expect(p50).toBeGreaterThan(2 * 10 * (28 + 30) * 0.9)
    expect(p50).toBeLessThan(2 * 10 * (28 + 30) * 1.25)
  })

  test("waits for nothing, and has no advice to give", () => {
    expect(all.rehearsal).toMatchObject({ waitingSeconds: {}, failures: {}, advice: [], completed: { p50: 4, p90: 4 } })
  })

  test("counts the requests by service", () => {
    expect(all.rehearsal?.requests).toMatchObject({ "sagemaker.CreateTrainingJob": 4, "batch.SubmitJob": 1 })
  })
})

test("the same seeds give the same rehearsal, faults included", async () => {
  const once = await rehearsed([US, US, EU, `${US}true`], { faults: true })
  const again = await rehearsed([US, US, EU, `${US}true`], { faults: true })
  expect(again.rehearsal).toEqual(once.rehearsal)
})

test("a quota that holds two rows at once makes the others wait, and more of it is what would help", async () => {
  const world = { regions: { "us-east-1": { quotas: { "ml.p3.16xlarge": 20 } } } }
  const { rehearsal } = await rehearsed([US, US, US, US, US, US], { world })
  expect(rehearsal?.waitingSeconds["quota"]).toBeGreaterThan(3600)
  expect(rehearsal?.advice).toContainEqual(
    expect.stringMatching(
      /^a quota of 40 in place of 20 for ml.p3.16xlarge in us-east-1: \d+ min in place of \d+ min$/,
    ),
  )
})

describe("a place to fall back to", () => {
  const quotas = { "ml.p3.16xlarge": 10, "ml.p3.16xlarge/spot": 0 }
  const world = { regions: { "us-east-1": { quotas }, "eu-west-1": { quotas: { "ml.p3.16xlarge": 100 } } } }
  const anywhere = ["us-east-1,,", "us-east-1,,", "us-east-1,,", "us-east-1,,", "eu-west-1,,"]
  const advised = 'fallback: "eu-west-1/*/*" for rows of us-east-1'

  test("is advised where the run was shorter with it, with what was taken for its quota", async () => {
    const { rehearsal } = await rehearsed(anywhere, { world, seeds: [1] })
    expect(rehearsal?.advice[0]).toMatch(
      / \(ml\.p3\.16xlarge in eu-west-1, with its quota of 100\): \d+ min in place of \d+ min$/,
    )
    expect(rehearsal?.advice[0]).toContain(advised)
  })

  test("is not advised where its region takes the data of nobody else", async () => {
    const { rehearsal } = await rehearsed(
      anywhere,
      { world },
      `${YAML}  residency: "us-east-1; eu-west-1"\nregions: {us-east-1: {residency: us-east-1}}\n`,
    )
    expect(rehearsal?.advice.join()).not.toContain(advised)
    expect(rehearsal?.advice.join()).toContain("a quota of 20 in place of 10")
  })
})

test("a quota of 0 fails its rows at once, with the quota's name and how to raise it", async () => {
  const world = { regions: { "us-east-1": { quotas: { "ml.p3.16xlarge": 0 } } } }
  const { rehearsal } = await rehearsed([US, EU], { world })
  const [reason = ""] = Object.keys(rehearsal?.failures ?? {})
  expect(reason).toContain('"ml.p3.16xlarge for training job usage" in us-east-1 is 0')
  expect(reason).toContain("request-service-quota-increase")
  expect(rehearsal?.makespanSeconds.p50).toBeLessThan(3600 * 1.1 + 600)
})

test("limits of regatta.yaml are quotas where no world says otherwise; unknown prices are unknown", async () => {
  const yaml = `${YAML.replace(/^prices:.*\n/m, "")}limits: {us-east-1/ml.p3.16xlarge: 10}\n`
  const { rehearsal } = await rehearsed([US, US], {}, yaml)
  expect(rehearsal?.costUsd).toBeNull()
  expect(rehearsal?.makespanSeconds.p50).toBeGreaterThan(2 * 3600 * 0.9)
})

test("a manifest with errors is not rehearsed", async () => {
  const { planned, rehearsal } = await rehearsed(["us-east-1,nowhere,"])
  expect(rehearsal).toBeNull()
  expect(planned.problems).not.toEqual([])
})

test("a follower with a queue of events lists less, and the rehearsal counts what it asks of the queue", async () => {
  const yaml = `${YAML}follow: detached\n`
  const events = 'events: {queue: "arn:aws:sqs:us-east-1:123456789012:changes"}\n'
  const [listing, hearing] = [await rehearsed([US, EU], {}, yaml), await rehearsed([US, EU], {}, `${yaml}${events}`)]
  const count = ({ rehearsal }: Rehearsed, operation: string) => rehearsal?.requests[operation] ?? 0
  expect(count(listing, "sqs.ReceiveMessage")).toBe(0)
  expect(count(hearing, "sqs.ReceiveMessage")).toBeGreaterThan(0)
  expect(count(hearing, "sagemaker.ListTrainingJobs")).toBeLessThan(count(listing, "sagemaker.ListTrainingJobs") / 3)
})
