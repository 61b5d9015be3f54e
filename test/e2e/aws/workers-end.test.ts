import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import { AwsBench } from "./aws-bench.ts"
import { BatchWorkers } from "./batch-workers.ts"

const SOON = { timeout: 60_000, interval: 100 }
const MOST_ATTEMPTS = 10
const JOBS = `jobs:
  - match: {hyperparameters: {outcome: long}}
    training: 6000s
    stopping: 100s
  - match: {hyperparameters: {outcome: minutes}}
    training: 300s
  - training: 20s
`

const bundle = buildBundle()
let bench: AwsBench
let workers: BatchWorkers

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: JOBS, speed: 30 })
  workers = new BatchWorkers(bench)
})

afterAll(async () => {
  workers.close()
  await bench.close()
  bundle.remove()
})

async function submit(name: string, rows: number, outcome: string): Promise<string> {
  const line = `us-west-2,s3://imagenet-us-west-2/train/,${outcome}\n`
  bench.write(`${name}.csv`, `region,s3_location,hp.outcome\n${line.repeat(rows)}`)
  return (await bench.succeed("submit", `${name}.csv`, "-y", "-o", "name")).trim()
}

describe("what SIGTERM means to a worker", () => {
  test("alone: it leaves with 75, the training job goes on, and the next attempt carries the very same one", async () => {
    const run = await submit("alone", 1, "long")
    await expect.poll(() => workers.statuses(run), SOON).toEqual(["running"])
    const job = await workers.jobOf(run)
    const [first] = workers.living(run)
    expect(workers.signal(run, "SIGTERM")).toBe(1)
    await expect.poll(async () => (await workers.describe(job)).exits, SOON).toEqual([75])
    await expect.poll(() => workers.living(run).filter((each) => each !== first).length, SOON).toBe(1)
    expect(await workers.trainingJobs(run)).toMatchObject([{ name: `${run}-r0-a1`, endedAt: null }])
    expect(await workers.statuses(run)).toEqual(["running"])

    // A stop of the run: the table's order and TerminateJob at once.
    await bench.succeed("stop", run, "-y")
    expect(await workers.statuses(run)).toEqual(["stopped"])
    await expect.poll(async () => (await workers.describe(job)).status, SOON).toBe("FAILED")
    expect((await workers.describe(job)).exits).toHaveLength(2)
    expect(await workers.trainingJobs(run)).toMatchObject([{ name: `${run}-r0-a1`, status: "Stopped" }])
  })

  test("with a person's TerminateJob: the stop is asked for at once, and the job's end is the row's", async () => {
    const run = await submit("terminated", 2, "long")
    await expect.poll(() => workers.statuses(run), SOON).toEqual(["running", "running"])
    const job = await workers.jobOf(run)
    await workers.terminate(`${job}:0`, "no longer of use")
    await expect.poll(async () => (await workers.describe(`${job}:0`)).status, SOON).toBe("FAILED")
    const [stopping, other] = (await workers.trainingJobs(run)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    expect(stopping?.status).toMatch(/^Stopp(?:ing|ed)$/)
    expect(other).toMatchObject({ status: "InProgress" })
    expect((await workers.statuses(run))[0]).toMatch(/^stopp(?:ing|ed)$/)
    await expect.poll(() => workers.statuses(run), SOON).toEqual(["stopped", "running"])
    // Exactly one attempt, and no second training job.
    expect((await workers.describe(`${job}:0`)).exits).toHaveLength(1)
    await bench.succeed("stop", run, "-y")
    expect(await workers.statuses(run)).toEqual(["stopped", "stopped"])
    expect((await workers.trainingJobs(run)).map(({ status }) => status)).toEqual(["Stopped", "Stopped"])
  })
})

describe("a worker that is killed until Batch's ten attempts are used up", () => {
  /** Kills each worker of the run as soon as `when` holds, until Batch gives up. */
  async function killAll(run: string, when: () => Promise<boolean>): Promise<void> {
    const job = await workers.jobOf(run)
    const killed = new Set<string>()
    while (killed.size < MOST_ATTEMPTS) {
      const living = workers.living(run)
      if (living.length === 0 || !(await when())) await new Promise((done) => setImmediate(done))
      else for (const worker of living) if (signalProcess(worker, "SIGKILL")) killed.add(worker)
    }
    await expect.poll(async () => (await workers.describe(job)).status, SOON).toBe("FAILED")
  }

  test("before it wrote anything: the row is failed with Batch's reason, and nothing was launched", async () => {
    const run = await submit("unborn", 1, "short")
    await killAll(run, async () => true)
    const { rows, run: record } = await workers.status(run)
    expect(rows).toMatchObject([{ status: "failed", trainingJob: null }])
    expect(rows[0]?.reason).toMatch(/\S/)
    expect(record.status).toBe("ended")
    expect(await workers.trainingJobs(run)).toEqual([])
  })

  test("with its training job at work: the job goes on, and its end is the row's", async () => {
    const run = await submit("orphaned", 1, "minutes")
    await killAll(run, async () => (await workers.trainingJobs(run)).length > 0)
    expect(await workers.statuses(run)).toEqual(["running"])
    await expect.poll(() => workers.statuses(run), SOON).toEqual(["completed"])
    expect(await workers.trainingJobs(run)).toMatchObject([{ status: "Completed" }])
  })
})
