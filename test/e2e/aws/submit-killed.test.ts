import { spawn } from "node:child_process"
import { afterAll, beforeAll, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { AwsBench } from "./aws-bench.ts"
import { KillingProxy, type Moment } from "./killing-proxy.ts"

/** As few as make an array. */
const REGIONS = ["us-east-1", "eu-central-1"]
const bundle = buildBundle()
let bench: AwsBench
let proxy: KillingProxy
let endpoint: string

interface Listed {
  readonly runs: readonly { readonly id: string; readonly name: string }[]
}

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry })
  proxy = new KillingProxy(bench.endpoint)
  endpoint = await proxy.open()
})

afterAll(async () => {
  await proxy.close()
  await bench.close()
  bundle.remove()
})

/** `regatta submit` over the proxy; its exit code, null where it was killed. */
function submit(manifest: string, nth: number, moment: Moment): Promise<number | null> {
  const child = spawn(process.execPath, [bundle.entry, "submit", manifest, "-y"], {
    cwd: bench.folder,
    env: { ...bench.env, AWS_ENDPOINT_URL: endpoint },
    stdio: "ignore",
  })
  proxy.arm(nth, moment, () => child.kill("SIGKILL"))
  return new Promise((done) => child.once("close", (code) => done(code)))
}

function write(manifest: string): void {
  bench.write(manifest, REGIONS.map((region) => `${region},s3://imagenet-${region}/train/\n`).join(""))
}

test("a submitter killed at any of its writes leaves nothing, or a run that is resumed to one array and a training job for each row", async () => {
  const resumedRuns: string[] = []
  const ends: string[] = []
  let died = true
  for (let nth = 1; died; nth += 1) {
    for (const moment of ["before", "after"] as const) {
      const manifest = `killed-${nth}-${moment}.csv`
      write(manifest)
      died = (await submit(manifest, nth, moment)) === null
      proxy.disarm()
      if (!died) break
      const resumed = await bench.call("submit", "--resume", manifest, "-o", "name")
      const { runs } = await bench.json<Listed>("list")
      const own = runs.filter(({ name }) => name === manifest.replace(".csv", ""))
      if (resumed.code === 0) {
        expect(own.map(({ id }) => id)).toEqual([resumed.stdout.trim()])
        resumedRuns.push(resumed.stdout.trim())
      } else {
        expect(resumed).toMatchObject({ code: 2, stderr: expect.stringContaining("no run of yours") })
        expect(own).toEqual([])
      }
      ends.push(resumed.code === 0 ? "resumed" : "nothing")
    }
  }
  // The pinned rows, the run's record, the claim on its array, the array, its record; before or after each.
  expect(ends.length).toBeGreaterThanOrEqual(10)
  expect(new Set(ends)).toEqual(new Set(["nothing", "resumed"]))
  for (const run of resumedRuns) {
    await bench.succeed("submit", "--resume", run, "--wait")
    const { trainingJobs } = await bench.state()
    const jobs = trainingJobs.filter(({ name }) => name.startsWith(`${run}-`))
    expect(jobs.map(({ region, status }) => `${region} ${status}`).sort()).toEqual(
      REGIONS.map((region) => `${region} Completed`).sort(),
    )
  }
}, 300_000)

test("two that resume one run at once submit its array once", async () => {
  write("twice.csv")
  await submit("whole.csv", 0, "before")
  const created = proxy.writes.lastIndexOf("submitjob") + 1
  await submit("twice.csv", created, "before")
  proxy.disarm()
  const both = await Promise.all(
    [0, 1].map(() => bench.call("submit", "--resume", "twice.csv", "--wait", "-o", "name")),
  )
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(new Set(both.map(({ stdout }) => stdout)).size).toBe(1)
  const { trainingJobs } = await bench.state()
  expect(trainingJobs.filter(({ name }) => name.startsWith(`${both[0]?.stdout.trim()}-`))).toHaveLength(2)
}, 120_000)
