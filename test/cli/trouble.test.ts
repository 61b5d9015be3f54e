import { beforeEach, describe, expect, test } from "vitest"
import { RegattaError } from "../../src/core/errors.ts"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

let bed = new TestBed()
beforeEach(() => {
  bed = new TestBed()
})

/** The queue answers nobody until the function that is returned is called. */
function breakQueue(code: "unavailable" | "denied"): () => void {
  const { submit, counts } = bed.queue
  const refuse = () => Promise.reject(new RegattaError(code, "the queue does not answer"))
  Object.assign(bed.queue, { submit: refuse, counts: refuse })
  return () => Object.assign(bed.queue, { submit: submit.bind(bed.queue), counts: counts.bind(bed.queue) })
}

describe("trouble", () => {
  test("a submission cut short exits 5, is told by watch, and is completed by --resume", async () => {
    const mend = breakQueue("unavailable")
    const cut = await bed.call("submit good.csv -y")
    expect([cut.code, cut.out]).toEqual([5, ""])
    expect(cut.err).toMatch(/hint: `regatta submit --resume rg-\S+` goes on/)
    mend()
    const watched = await bed.call("watch @last --timeout 1s")
    expect(watched.err).toMatch(
      /1 of 1 array jobs are not submitted yet; if nobody is at it:\n {2}regatta submit --resume rg-/,
    )
    expect((await bed.call("submit --resume @last --wait")).code).toBe(0)
  })

  test("where the services refuse, the table is shown, and that it was not refreshed", async () => {
    await bed.call("submit good.csv -y")
    breakQueue("denied")
    const { code, out, err } = await bed.call("status @last")
    expect(code).toBe(0)
    expect(out).toContain("running 2  pending 2")
    expect(err).toContain("not refreshed: the queue does not answer; shown is what the table holds")
  })

  test("watch -o jsonl says in a line of its own that the services do not answer", async () => {
    await bed.call("submit good.csv -y")
    breakQueue("unavailable")
    const { out } = await bed.call("watch @last -o jsonl --timeout 5s")
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    expect(lines.filter((line) => "trouble" in line)).toMatchObject([
      { version: 1, trouble: "the queue does not answer", silentRegions: [] },
    ])
  })

  test("a table that does not answer exits 1 with one line", async () => {
    await bed.call("submit good.csv -y")
    bed.table.listRuns = () => {
      throw new RegattaError("unavailable", "cannot open table.sqlite: it is locked", { hint: "try again" })
    }
    const { code, err } = await bed.call("list")
    expect([code, err]).toEqual([1, "error: cannot open table.sqlite: it is locked\nhint: try again\n"])
  })

  test("text that others wrote cannot move the cursor", async () => {
    bed.files.put(`${HOME}/evil.csv`, 'name,region\n"a\u001b[2Jb",us-east-1\n')
    const { out, err } = await bed.call("submit evil.csv -y --wait", { isTerminal: true })
    expect(out + err).not.toContain("\u001b[2J")
    expect((await bed.call("status @last", { isTerminal: true })).out).not.toContain("\u001b[2J")
  })
})

describe("money", () => {
  test("is estimated by the plan, and counted from the seconds that were billed", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, `${SETTINGS}  max_runtime: 1h\nprices:\n  us-east-1:\n    ml.m5.large: 36\n`)
    bed.files.put(`${HOME}/one.csv`, "region,hp.a\nus-east-1,1\nus-east-1,2\n")
    expect((await bed.call("plan one.csv")).out).toContain("cost: $72.00 (estimate:")
    const { json } = await bed.json("submit one.csv -y --wait --max-cost 100")
    const { cost, rows } = json as StatusDocument
    expect(cost).toMatchObject({ estimatedUsd: 72, actualUsd: 0.2 })
    expect(rows.map(({ costUsd }) => costUsd)).toEqual([0.1, 0.1])
    const { out } = await bed.call("status @last")
    expect(out).toContain("cost so far $0.20, estimated at most $72.00 in all")
    // The earlier run took ten seconds per row, $0.20 in all: from now on that is the least that is expected.
    expect((await bed.call("submit one.csv -y --max-cost 0.1")).code).toBe(7)
    expect((await bed.call("submit one.csv -y --max-cost 0.3 --dry-run")).code).toBe(0)
  })

  test("of a run that nobody has seen before is expected for its longest time", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, `${SETTINGS}  max_runtime: 1h\nprices:\n  us-east-1:\n    ml.m5.large: 36\n`)
    bed.files.put(`${HOME}/one.csv`, "region,hp.a\nus-east-1,1\nus-east-1,2\n")
    const refused = await bed.call("submit one.csv -y --max-cost 35")
    expect([refused.code, refused.err]).toEqual([7, expect.stringContaining("one row alone may cost $36.00")])
  })

  test("beyond the budget only by max_runtime is warned of, not refused: rows may end before", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, `${SETTINGS}  max_runtime: 1h\nprices:\n  us-east-1:\n    ml.m5.large: 36\n`)
    bed.files.put(`${HOME}/one.csv`, "region,hp.a\nus-east-1,1\nus-east-1,2\n")
    const { code, err } = await bed.call("submit one.csv -y --wait --max-cost 71")
    expect([code, err]).toEqual([0, expect.stringContaining("cost $72.00 together, the budget is $71.00")])
    bed.files.put(`${HOME}/said.csv`, "region,hp.a,expected_runtime\nus-east-1,1,1h\nus-east-1,2,1h\n")
    const refused = await bed.call("submit said.csv -y --max-cost 71")
    expect([refused.code, refused.err]).toEqual([7, expect.stringContaining("expected to cost at least $72.00")])
  })

  test("an unknown price stays unknown", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, `${SETTINGS}prices:\n  us-east-1:\n    ml.m5.large: 36\n`)
    const { json } = await bed.json("submit good.csv -y --wait")
    const { cost, rows } = json as StatusDocument
    expect(cost).toMatchObject({ estimatedUsd: null, actualUsd: null })
    expect(rows.map(({ costUsd }) => costUsd)).toEqual([0.1, 0.1, null, null])
  })
})

describe("demo", () => {
  test("runs the package's example into the caller's state, and ends in a leaderboard", async () => {
    const folder = "/package/manifests/01-demo-languages"
    bed.files.put(`${folder}/manifest.csv`, "region,hp.quality\nus-east-1,0.7\neu-west-1,0.9\n")
    bed.files.put(`${folder}/regatta.yaml`, SETTINGS)
    bed.files.put(`${folder}/train.mjs`, "")
    const { code, out, err } = await bed.call("demo")
    expect(code).toBe(0)
    expect(out).toContain("2 rows in 2 regions")
    expect(out).toMatch(/1 +1 +0\.9/)
    expect(err).toContain(`its state lies in ${HOME}/.regatta`)
    const { json } = await bed.json("demo")
    expect((json as StatusDocument).counts.completed).toBe(2)
    expect((await bed.call("demo --dry-run")).out).toContain("2 rows in 2 regions")
    expect((await bed.call("list -o name")).out.trim().split("\n")).toHaveLength(2)
  })

  test("Ctrl-C before the run exists ends with 130, and nothing was submitted", async () => {
    const folder = "/package/manifests/01-demo-languages"
    bed.files.put(`${folder}/manifest.csv`, "region\nus-east-1\n")
    bed.files.put(`${folder}/regatta.yaml`, SETTINGS)
    bed.files.put(`${folder}/train.mjs`, "")
    const stream = bed.files.stream.bind(bed.files)
    bed.files.stream = async function* (path) {
      await bed.clock.sleep(bed.clock.now() + 10_000)
      yield* stream(path)
    }
    const { code, err } = await bed.call("demo", { after: [1_000, (call) => call.interrupt()] })
    expect(code).toBe(130)
    expect(err).toContain("interrupted: nothing was submitted")
    expect(bed.training.created).toEqual([])
  })

  test("exits 3 when a row failed", async () => {
    const folder = "/package/manifests/01-demo-languages"
    bed.files.put(`${folder}/manifest.csv`, "region,hp.outcome\nus-east-1,failed\n")
    bed.files.put(`${folder}/regatta.yaml`, SETTINGS)
    bed.files.put(`${folder}/train.mjs`, "")
    expect((await bed.call("demo")).code).toBe(3)
  })
})
