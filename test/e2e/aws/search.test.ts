import { afterAll, beforeAll, expect, test } from "vitest"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import { AwsBench } from "./aws-bench.ts"

const WORLD = `jobs:
  - training: 60s
    log: ["accuracy=0.5"]
`
const SPACE = `method: asha
samples: 4
metric: accuracy
parallel: 2
resource: {column: hp.epochs, min: 1, max: 3}
parameters:
  learning_rate: {type: log, min: 0.001, max: 1}
  where: {values: [us-east-1, eu-west-1], column: region}
columns: {s3_location: "s3://imagenet-{region}/train/"}
`

const bundle = buildBundle()
let bench: AwsBench

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: WORLD, settings: "  checkpoint: true" })
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

test("a search grows its run on Batch, SageMaker and DynamoDB, over two regions, and goes on from checkpoints", async () => {
  bench.write("space.yaml", SPACE)
  const { run, rows, search } = await bench.json<StatusDocument>("sweep", "space.yaml", "--submit", "-y")
  expect(search).toMatchObject({ trials: 4, isOver: true, end: "done" })
  expect(rows.map(({ status }) => status)).toEqual(rows.map(() => "completed"))
  expect(run.manifest.parts?.length).toBeGreaterThan(1)
  const [promoted] = rows.filter(({ rung }) => rung === 1)
  const below = rows.find(({ trial, rung }) => trial === promoted?.trial && rung === 0)
  expect(promoted?.region).toBe(below?.region)
  const { trainingJobs, batch } = await bench.state()
  expect(trainingJobs).toHaveLength(rows.length)
  expect(batch.length).toBeGreaterThan(1)
  expect(await bench.succeed("sweep", "--replay", "@last")).toMatch(/^same: /)
})
