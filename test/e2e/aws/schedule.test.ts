import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { ACCOUNT, AwsBench, HOME } from "./aws-bench.ts"
import type { RunStatus } from "./batch-workers.ts"

const SOON = { timeout: 60_000, interval: 250 }

interface Listed {
  readonly runs: readonly {
    readonly id: string
    readonly name: string
    readonly status: string
    readonly size: number
  }[]
}

const bundle = buildBundle()
let bench: AwsBench

beforeAll(async () => {
  bench = await AwsBench.open({
    entry: bundle.entry,
    world: "double_firings: true",
    settings: `schedules: {role: "arn:aws:iam::${ACCOUNT}:role/RegattaScheduler"}`,
  })
  const rows = ["us-east-1", "eu-west-1"].map((region) => `${region},s3://imagenet-${region}/train/,train.py,code`)
  bench.write("manifests/nightly.csv", `region,s3_location,entry_point,source_dir\n${rows.join("\n")}\n`)
  bench.write("manifests/code/train.py", "print('accuracy=0.9')\n")
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

describe("a schedule on aws", () => {
  test("fires into Batch, submits from its copy in S3, and makes one run though it is fired twice", async () => {
    const added = await bench.json<{ readonly schedule: { readonly manifest: string } }>(
      ...["schedule", "add", "often", "manifests/nightly.csv", "--rate", "2 hours"],
    )
    expect(added.schedule.manifest).toMatch(
      new RegExp(`^s3://sagemaker-${HOME}-${ACCOUNT}/.*schedules/often/[0-9a-f]{16}/manifests/nightly.csv$`),
    )
    const runs = async () => (await bench.json<Listed>("list")).runs.filter(({ name }) => name === "often")
    await expect.poll(async () => (await runs()).map(({ status }) => status), SOON).toEqual(["ended"])
    const [run] = await runs()
    expect(run?.id).toMatch(/^rg-\d{14}-often-[0-9a-z]{4}$/)
    const { counts } = await bench.json<RunStatus>("status", run?.id ?? "")
    expect(counts["completed"]).toBe(2)
    const { trainingJobs, batch } = await bench.state()
    expect(trainingJobs.map(({ name }) => name).toSorted()).toEqual([`${run?.id}-r0-a1`, `${run?.id}-r1-a1`])
    // Two jobs that submit, and the array.
    expect(batch).toHaveLength(3)
  })

  test("is listed, shown, paused, resumed and removed", async () => {
    const listed = await bench.json<{ readonly schedules: readonly { readonly name: string }[] }>("schedule", "list")
    expect(listed.schedules).toMatchObject([
      {
        name: "often",
        state: "active",
        expression: "rate(2 hours)",
        createdBy: `arn:aws:iam::${ACCOUNT}:user/regatta`,
      },
    ])
    await bench.succeed("schedule", "pause", "often")
    expect(await bench.succeed("schedule", "list")).toContain("paused")
    await bench.succeed("schedule", "resume", "often")
    expect(await bench.succeed("schedule", "next", "often")).toContain("often")
    await bench.succeed("schedule", "remove", "often", "-y")
    expect((await bench.call("schedule", "list")).stderr).toContain("there are no schedules")
  })

  test("what a firing could not submit from elsewhere is refused", async () => {
    const path = `${bench.folder}/manifests/code`
    const row = `us-east-1,s3://imagenet-us-east-1/train/,train.py,${path}`
    bench.write("manifests/absolute.csv", `region,s3_location,entry_point,source_dir\n${row}\n`)
    const { code, stderr } = await bench.call("schedule", "add", "n", "manifests/absolute.csv", "--rate", "1 hour")
    expect([code, stderr]).toEqual([2, expect.stringContaining("could not submit this from another machine")])
    const dry = await bench.json("schedule", "add", "n", "s3://bkt/m.csv", "--cron", "0 2 * * *", "--dry-run")
    expect(dry).toMatchObject({ dryRun: true, request: { Name: "n", ScheduleExpression: "cron(0 2 * * ? *)" } })
  })
})
