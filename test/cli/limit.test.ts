import { beforeEach, describe, expect, test } from "vitest"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { HOME, TestBed } from "./test-bed.ts"

const HANGING = "region,hp.outcome\nus-east-1,hangs\nus-east-1,hangs\neu-west-1,hangs\n"

describe("limit", () => {
  let bed: TestBed
  let id: string

  beforeEach(async () => {
    bed = new TestBed({ [`${HOME}/hangs.csv`]: HANGING })
    id = (await bed.call("submit hangs.csv -y")).out.trim()
  })

  test("changes what a place may have at once, and status shows it", async () => {
    const { code, json } = await bed.json("limit @last us-east-1 ml.m5.large=1 ml.m5.large/spot=0 -y")
    const limits = { "us-east-1/ml.m5.large": 1, "us-east-1/ml.m5.large/spot": 0 }
    expect([code, json]).toEqual([0, { version: 1, run: id, dryRun: false, limits, budgetUsd: null }])
    expect(((await bed.json("status @last")).json as StatusDocument).limits).toEqual(limits)
    expect((await bed.call("status @last")).out).toContain("at most at once: us-east-1/ml.m5.large 1")
  })

  test("changes the budget, and takes a limit away", async () => {
    await bed.call("limit @last us-east-1 ml.m5.large=1 -y")
    const { json } = await bed.json("limit @last us-east-1 ml.m5.large=none --max-cost 12.50 -y")
    expect(json).toMatchObject({ limits: {}, budgetUsd: 12.5 })
    expect(((await bed.json("status @last")).json as StatusDocument).cost.budgetUsd).toBe(12.5)
    const raised = await bed.call("limit @last --max-cost 20 -y")
    expect(raised.err).toContain(`retry ${id} --reason budget`)
  })

  test("says that what was launched without a limit is not counted, and that no row trains there", async () => {
    const { err } = await bed.call("limit @last us-east-1 ml.m5.large=1 -y")
    expect(err).toContain("is not counted")
    expect((await bed.call("limit @last us-west-2 ml.p4d.24xlarge=1 -y")).err).toContain("no row of")
  })

  test("--dry-run changes nothing, and the same again is said to be so", async () => {
    await bed.call("limit @last us-east-1 ml.m5.large=1 --dry-run")
    expect(((await bed.json("status @last")).json as StatusDocument).limits).toEqual({})
    await bed.call("limit @last us-east-1 ml.m5.large=1 -y")
    expect((await bed.call("limit @last us-east-1 ml.m5.large=1")).err).toContain("nothing changes")
  })

  test.each([
    ["limit @last", "say what is to be changed"],
    ["limit @last us-east-1", "say what is to be changed"],
    ["limit @last ml.m5.large=1", "begins with a region"],
    ["limit @last us-east-1 ml.m5.large=many", "a limit is TYPE=N"],
    ["limit @last --max-cost 0", "--max-cost is an amount"],
  ])("%s is refused", async (command, message) => {
    const { code, err } = await bed.call(`${command} -y`)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
  })

  test("asks, and changes nothing without a yes; another's run is not changed unasked", async () => {
    expect((await bed.call("limit @last us-east-1 ml.m5.large=1")).code).toBe(7)
    expect((await bed.call(`limit ${id} us-east-1 ml.m5.large=1 -y`, { user: "bob" })).code).toBe(7)
    expect(((await bed.json("status @last")).json as StatusDocument).limits).toEqual({})
  })
})
