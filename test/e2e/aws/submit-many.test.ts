import { afterAll, beforeAll, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { AwsBench, REGIONS } from "./aws-bench.ts"

const MANY = 2_000

const bundle = buildBundle()
let bench: AwsBench

beforeAll(async () => {
  // Children that do nothing ask nothing: all that is counted is the submission's.
  const parameters = ["--container", "true"]
  bench = await AwsBench.open({ entry: bundle.entry, parameters, settings: "follow: detached" })
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

/** Requests by service and operation, over all regions. */
async function submission(rows: number): Promise<Readonly<Record<string, number>>> {
  const lines = Array.from({ length: rows }, (_, row) => {
    const region = REGIONS[row % REGIONS.length]
    return `${region},s3://imagenet-${region}/train/,${row}\n`
  })
  bench.write(`${rows}.csv`, `region,s3_location,hp.seed\n${lines.join("")}`)
  await bench.control("DELETE", "requests")
  await bench.succeed("submit", `${rows}.csv`, "-y")
  const counts = Object.entries((await bench.state()).requests).map(([operation, byRegion]) => {
    const each = Object.values(byRegion as Readonly<Record<string, number>>)
    return [operation, each.reduce((sum, count) => sum + count, 0)] as const
  })
  return Object.fromEntries(counts)
}

test("a submission costs the same requests whatever the number of its rows", async () => {
  // The first makes what the account did not have yet.
  await submission(REGIONS.length)
  const few = await submission(REGIONS.length * 2)
  expect(await submission(MANY)).toEqual(few)
  expect(few["batch.SubmitJob"]).toBe(2)
})
