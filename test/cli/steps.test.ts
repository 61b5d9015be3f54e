import { beforeEach, describe, expect, test } from "vitest"
import type { StepRow } from "../../src/core/after/step-rows.ts"
import { ToldModels } from "../steps.ts"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

const AFTER = `local: {serving: {image: serve}}
after:
  - do: model
    rows: best
    metric: accuracy
  - do: transform
    input: s3://data-{region}/batch/
    instance_type: ml.m5.xlarge
`

let bed: TestBed
let models: ToldModels
beforeEach(() => {
  bed = new TestBed({ [`${HOME}/regatta.yaml`]: `${SETTINGS}${AFTER}` })
  models = new ToldModels(() => bed.clock.now())
  bed.models = models
})

async function submitted(): Promise<string> {
  const { code, out, err } = await bed.call("submit good.csv -y")
  expect([code, err]).toEqual([0, expect.stringContaining("a follower was started")])
  await bed.rest()
  return out.trim()
}

async function steps(): Promise<readonly StepRow[]> {
  const { json } = await bed.json("status @last --no-refresh")
  return (json as { after: readonly StepRow[] }).after
}

describe("steps after a run", () => {
  test("are refused by name where the platform makes no models", async () => {
    bed.models = null
    for (const line of ["submit good.csv -y", "plan good.csv"]) {
      const { code, err } = await bed.call(line)
      expect([code, err]).toEqual([2, expect.stringContaining('the step "model" after a run')])
    }
  })

  test("that make endpoints are warned of before anything is submitted", async () => {
    const step = "after: [{do: endpoint, rows: best, metric: accuracy, instance_type: ml.m5.large}]\n"
    bed = new TestBed({ [`${HOME}/regatta.yaml`]: `${SETTINGS}local: {serving: {image: serve}}\n${step}` })
    bed.models = models
    const { err } = await bed.call("plan good.csv")
    expect(err).toContain('warning: the step "endpoint" after the run makes an endpoint for the row best by accuracy')
    expect(err).toContain("until it is deleted")
  })

  test("wait for the follower, which is told; it carries them out, and status shows them", async () => {
    const run = await submitted()
    expect(bed.queue.followed).toEqual([run])
    const before = await bed.call("status @last")
    expect(before.err).toContain(`no follower is at work: regatta follow ${run}`)
    expect(before.out).toContain("after the run, transform: pending 4")

    expect((await bed.call(`follow ${run}`)).code).toBe(0)
    const after = await steps()
    expect(after.map(({ reason }) => reason)).toEqual(Array(5).fill(null))
    expect(after.map(({ step, row, status }) => [step, row, status])).toEqual([
      ["model", 1, "completed"],
      ...[0, 1, 2, 3].map((row) => ["transform", row, "completed"]),
    ])
    expect(models.transforms.values().next().value?.plan).toMatchObject({ input: "s3://data-us-east-1/batch/" })
    const { out, err } = await bed.call("status @last")
    expect(out).toContain(`row 1: completed, model ${run}-r1-a1`)
    expect(out).toContain("row 2: completed, predictions in ")
    expect(err).toBe("")
    expect((await bed.call("watch @last")).code).toBe(0)
  })

  test("that failed are tried anew by retry --after, and by nothing else", async () => {
    models.ends.push(...Array(8).fill("failed"))
    const run = await submitted()
    await bed.call(`follow ${run}`)
    expect((await steps()).filter(({ status }) => status === "failed")).toHaveLength(4)
    const shown = await bed.call("status @last")
    expect(shown.out).toContain("row 0: failed (try 2): bad data")
    expect(shown.err).toContain(`regatta retry ${run} --after`)
    expect((await bed.call("watch @last")).code).toBe(3)
    expect((await bed.call("retry @last --after --rows 1 -y")).code).toBe(2)
    expect((await bed.call("retry @last --after --dry-run")).out).toContain("would retry 4 steps")

    const { code, out } = await bed.call("retry @last --after -y")
    expect([code, out]).toEqual([0, `retrying 4 steps after ${run}\n`])
    await bed.call(`follow ${run}`)
    expect((await steps()).every(({ status }) => status === "completed")).toBe(true)
    expect((await bed.call("retry @last --after -y")).out).toContain("nothing to retry")
  })

  test("are not waited for where nobody carries them, and whoever waits is told", async () => {
    const { code, err } = await bed.call("submit good.csv -y --wait --no-follower")
    expect(code).toBe(5)
    expect(err).toContain("what is to follow the run is done with")
    expect(err).toContain("5 steps after the run still to be done, and no follower is at work")
  })

  test("that are under way are stopped with the run when its rows have ended", async () => {
    models.takesMs = 3_600_000
    const run = await submitted()
    await bed.call(`follow ${run}`, { after: [60_000, (call) => call.interrupt()] })
    expect((await steps()).filter(({ status }) => status === "running")).toHaveLength(4)
    const { code, out } = await bed.call("stop @last -y")
    expect([code, out]).toEqual([0, `stopped 4 steps after ${run}\n`])
    expect((await steps()).filter(({ status }) => status === "stopped")).toHaveLength(4)
  })
})
