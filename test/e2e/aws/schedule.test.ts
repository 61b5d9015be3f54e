import { readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { ACCOUNT, AwsBench, HOME } from "./aws-bench.ts"
import type { RunStatus } from "./batch-workers.ts"

const SOON = { timeout: 120_000, interval: 250 }

interface Added {
  readonly schedule: { readonly manifest: string; readonly source: string }
}

interface Listed {
  readonly runs: readonly {
    readonly id: string
    readonly name: string
    readonly status: string
    readonly size: number
  }[]
}

/** Crossed with a manifest that the copy must hold too. */
const SPACE = `method: random
samples: 2
cross: nightly.csv
parameters:
  learning_rate: {type: log, min: 0.01, max: 1}
`
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
  bench.write("manifests/space.yaml", SPACE)
  bench.write("manifests/rows.sql", "select :day as name, region, 'code/train.py' as entry_point from rows")
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

describe("a schedule on aws", () => {
  test("fires into Batch, submits from its copy in S3, and makes one run though it is fired twice", async () => {
    const added = await bench.json<Added>(...["schedule", "add", "often", "manifests/nightly.csv", "--rate", "2 hours"])
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
    const removed = await bench.json<{ readonly files: readonly string[] }>("schedule", "remove", "often", "-y")
    expect(removed.files.map((uri) => uri.replace(/.*\/often\/[0-9a-f]{16}\//, ""))).toEqual([
      "manifests/code/train.py",
      "manifests/nightly.csv",
      "regatta.yaml",
    ])
    expect((await bench.call("schedule", "list")).stderr).toContain("there are no schedules")
  })

  test("a sweep is drawn and a query is run by the job that submits, each from its copy", async () => {
    const catalog = join(bench.folder, "catalog.sqlite")
    const database = new DatabaseSync(catalog)
    database.exec("create table rows (region text); insert into rows values ('us-east-1')")
    database.close()
    bench.write(
      "manifests/regatta.yaml",
      `${readFileSync(join(bench.folder, "regatta.yaml"), "utf8")}catalog: sqlite:${catalog}\n`,
    )
    const config = ["--config", "manifests/regatta.yaml", "--rate", "2 hours"]
    const drawn = ["--sweep", "manifests/space.yaml", "--seed", "{scheduled.seconds}"]
    const asked = ["--catalog", "manifests/rows.sql", "--param", "day={scheduled.date}"]
    const { schedule } = await bench.json<Added>("schedule", "add", "drawn", ...drawn, ...config)
    expect(schedule).toMatchObject({ source: "sweep", manifest: expect.stringMatching(/^s3:.*\/space\.yaml$/) })
    await bench.succeed("schedule", "add", "asked", ...asked, ...config)
    const runs = async () =>
      (await bench.json<Listed>("list")).runs
        .filter(({ name }) => ["drawn", "asked"].includes(name))
        .map(({ name, status, size }) => [name, status, size])
        .toSorted()
    await expect.poll(runs, SOON).toEqual([
      ["asked", "ended", 1],
      ["drawn", "ended", 4],
    ])
    for (const name of ["drawn", "asked"]) await bench.succeed("schedule", "remove", name, "-y")
    // Its own URL would be known here and nowhere else.
    const hidden = await bench.callWith(
      { REGATTA_CATALOG: `sqlite:${catalog}` },
      ...["schedule", "add", "n", ...asked, "--rate", "1 hour"],
    )
    expect([hidden.code, hidden.stderr]).toEqual([2, expect.stringContaining("do not know REGATTA_CATALOG")])
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
