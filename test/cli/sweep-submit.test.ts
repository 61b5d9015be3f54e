import { beforeEach, describe, expect, test } from "vitest"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

const SPACE = `method: asha
samples: 9
metric: accuracy
parallel: 3
seed: 3
resource: {column: hp.epochs, min: 1, max: 9}
parameters:
  quality: {type: float, min: 0.5, max: 0.9}
  outcome: [completed]
columns:
  region: us-east-1
`

interface Shown {
  readonly run: { readonly id: string; readonly status: string; readonly size: number }
  readonly search: {
    readonly trials: number
    readonly best: { readonly value: number } | null
    readonly isOver: boolean
  }
  readonly rows: readonly {
    readonly index: number
    readonly trial: number
    readonly rung: number
    readonly status: string
  }[]
}

let bed: TestBed
beforeEach(() => {
  bed = new TestBed({
    [`${HOME}/space.yaml`]: SPACE,
    [`${HOME}/regatta.yaml`]: `${SETTINGS}  output: s3://out/\n  checkpoint: true\n`,
  })
})

describe("sweep --submit", () => {
  test("makes a run that grows, stays until its search is over, and every reader shows trials and rungs", async () => {
    const { code, json } = await bed.json("sweep space.yaml --submit -y")
    expect(code).toBe(0)
    const shown = json as Shown
    expect(shown.run).toMatchObject({ status: "ended" })
    expect(shown.search).toMatchObject({ trials: 9, trialsInAll: 9, isOver: true, end: "done" })
    expect(shown.rows.filter(({ rung }) => rung === 0)).toHaveLength(9)
    expect(shown.rows.some(({ rung }) => rung > 0)).toBe(true)
    const results = (await bed.json("results @last")).json as { items: { trial: number; rung: number; rank: number }[] }
    expect(results.items[0]).toMatchObject({ rank: 1, trial: expect.any(Number), rung: expect.any(Number) })
    expect((await bed.call("results @last")).out).toMatch(/TRIAL +RUNG/)
    expect((await bed.call("status @last")).out).toMatch(
      /asha: 9 of 9 trials, \d.* further up; best accuracy 0\.\d+ \(row \d+, trial \d+/,
    )
    expect((await bed.json("list")).json).toMatchObject({ runs: [{ status: "ended", size: shown.run.size }] })
    const replay = await bed.call("sweep --replay @last")
    expect(replay).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^same: \d+ rounds, \d+ rows, 0 early stops\n$/),
    })
    expect((await bed.json("sweep --replay @last")).json).toMatchObject({ same: true, difference: null })
  })

  test("Ctrl-C leaves what trains running and says how to come back; --resume goes on to the end", async () => {
    const left = await bed.call("sweep space.yaml --submit -y", { after: [15_000, (call) => call.interrupt()] })
    expect(left.code).toBe(130)
    expect(left.err).toContain("sweep --resume rg-")
    expect((await bed.json("status @last")).json).toMatchObject({
      run: { status: "active" },
      search: { isOver: false },
    })
    await bed.rest()
    expect((await bed.json("status @last")).json).toMatchObject({ run: { status: "active" } })
    const { code, json } = await bed.json("sweep --resume @last")
    expect(code).toBe(0)
    expect((json as Shown).search).toMatchObject({ trials: 9, isOver: true })
    expect((await bed.call("sweep --replay @last")).code).toBe(0)
    expect((await bed.call("sweep --resume @last")).err).toContain("is over")
  })

  test("stop ends the search as well, and a retry of its rows goes no further", async () => {
    await bed.call("sweep space.yaml --submit -y", { after: [5_000, (call) => call.interrupt()] })
    const refused = await bed.call("retry @last -y --rows 0")
    expect(refused.code).toBe(0)
    const stopped = await bed.call("stop @last -y")
    expect(stopped).toMatchObject({ code: 0, out: expect.stringContaining("and the search") })
    expect((await bed.json("status @last")).json).toMatchObject({
      run: { status: "ended" },
      search: { end: "stopped" },
    })
    expect((await bed.call("retry @last -y --wait")).code).toBe(0)
    expect((await bed.json("status @last")).json).toMatchObject({ run: { status: "ended", size: 3 } })
  })

  test("a search that begins with rows that cannot be promoted or planned begins nothing", async () => {
    bed.files.put(
      `${HOME}/regatta.yaml`,
      `${SETTINGS}  output: s3://out/\n  checkpoint: s3://kept/same/\n  checkpoint_shared: true\n`,
    )
    const shared = await bed.call("sweep space.yaml --submit -y")
    expect(shared).toMatchObject({ code: 2, err: expect.stringContaining("checkpoint_shared") })
    bed.files.put(`${HOME}/regatta.yaml`, SETTINGS.replace("instance_type: ml.m5.large", "instance_type: nothing"))
    expect((await bed.call("sweep space.yaml --submit -y")).code).toBe(2)
    expect((await bed.call("list")).out).not.toContain("rg-")
  })

  test("says that rows without a checkpoint begin anew, and refuses what a search does not have", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, SETTINGS)
    expect((await bed.call("sweep space.yaml --submit -y")).err).toContain("keep no checkpoint")
    bed.files.put(`${HOME}/space.yaml`, SPACE.replace("region: us-east-1", "region: auto"))
    expect((await bed.call("sweep space.yaml --submit -y")).err).toContain("are not chosen")
    bed.files.put(`${HOME}/space.yaml`, SPACE.replace("  region: us-east-1", "  max_runtime: 1h"))
    const spread = await bed.call("sweep space.yaml --submit -y --regions us-east-1,eu-west-1")
    expect(spread).toMatchObject({ code: 2, err: expect.stringContaining("not spread over regions") })
    bed.files.put(
      `${HOME}/space.yaml`,
      SPACE.replace("parallel: 3", "parallel: 1").replace("samples: 9", "samples: 900"),
    )
    expect((await bed.call("sweep space.yaml --submit -y")).err).toContain("set parallel to at least 3")
  })

  test("is asked first, and without a terminal needs --yes", async () => {
    expect(await bed.call("sweep space.yaml --submit")).toMatchObject({
      code: expect.any(Number),
      err: expect.stringContaining("Search accuracy by asha over 9 trials, 3 rows at once"),
    })
    expect((await bed.call("list")).out).not.toContain("rg-")
  })

  test("--dry-run shows the first rows' plan and makes nothing, of every method", async () => {
    const shown = await bed.call("sweep space.yaml --submit --dry-run")
    expect(shown).toMatchObject({
      code: 0,
      err: expect.stringMatching(
        /search accuracy by asha over 9 trials, 3 rows at once[\s\S]*dry run: nothing was submitted/,
      ),
    })
    expect((await bed.json("sweep space.yaml --submit --dry-run")).json).toMatchObject({ size: 3 })
    bed.files.put(
      `${HOME}/regatta.yaml`,
      `${SETTINGS}  checkpoint: true\n  max_runtime: 1h\nprices:\n  us-east-1: {ml.m5.large: 2}\n`,
    )
    // 9 trials of one rung, 4.5 rows above them.
    expect((await bed.call("sweep space.yaml --submit --dry-run")).err).toContain(
      "up to about $27.00 in all (estimate)",
    )
    const drawn = await bed.json("sweep space.yaml --submit --dry-run --method random --samples 5")
    expect(drawn).toMatchObject({ code: 0, json: { size: 5 } })
    expect((await bed.call("list")).out).not.toContain("rg-")
  })

  test("a metric that no row shows is refused before anything begins, and the nearest is named", async () => {
    bed.files.put(`${HOME}/space.yaml`, SPACE.replace("metric: accuracy", "metric: acuracy"))
    const { code, err } = await bed.call("sweep space.yaml --submit -y")
    expect(code).toBe(2)
    expect(err).toContain("needs the metric acuracy, which its rows do not show")
    expect(err).toContain('did you mean "accuracy"?')
    expect((await bed.call("list")).out).not.toContain("rg-")
  })

  test("the live metric of early stops is one that the rows show", async () => {
    const stop = SPACE.replace("max: 9}", "max: 9, metric: epochs}\nhalving: stop")
    bed.files.put(`${HOME}/space.yaml`, stop)
    expect((await bed.call("sweep space.yaml --submit -y")).err).toContain("needs the metric epochs")
  })

  test("a search that has tried every point of its space says that there are no further ones", async () => {
    bed.files.put(
      `${HOME}/space.yaml`,
      SPACE.replace("{type: float, min: 0.5, max: 0.9}", "[0.5, 0.6]")
        .replace("method: asha", "method: tpe")
        .replace(/resource.*\n/, ""),
    )
    const { code, out } = await bed.call("sweep space.yaml --submit -y")
    expect(code).toBe(0)
    expect(out).toContain("tpe: 2 of 9 trials; best accuracy")
    expect(out).toContain("the space has no further points")
  })

  test("another method in place of the file's is one run of all points, trained in full", async () => {
    const { code, json } = await bed.json("sweep space.yaml --submit -y --method random --samples 4")
    expect(code).toBe(0)
    const shown = json as { run: { size: number }; search?: unknown; rows: { hyperparameters: { epochs: number } }[] }
    expect(shown.run.size).toBe(4)
    expect(shown.search).toBeUndefined()
    expect(shown.rows.map(({ hyperparameters }) => hyperparameters.epochs)).toEqual([9, 9, 9, 9])
  })

  test("rows that fail give exit 3, and the search goes on without them", async () => {
    bed.files.put(`${HOME}/space.yaml`, SPACE.replace("[completed]", "[completed, failed]"))
    const { code, json } = await bed.json("sweep space.yaml --submit -y")
    expect(code).toBe(3)
    expect((json as Shown).search).toMatchObject({ trials: 9, isOver: true })
    expect((await bed.call("retry @last --failed -y --wait")).code).toBe(0)
  })

  test.each([
    ["sweep", "name a search space"],
    ["sweep --resume @last --replay @last", "exclude each other"],
    ["sweep space.yaml --resume @last", "name none"],
    ["sweep space.yaml --yes", "goes with --submit"],
    ["sweep space.yaml --dry-run", "goes with --submit"],
    ["sweep --resume @last --dry-run", "what --submit would do"],
    ["sweep space.yaml --submit --out x.csv", "does not go with --submit"],
  ])("%s is refused", async (line, message) => {
    const { code, err } = await bed.call(line)
    expect(code).not.toBe(0)
    expect(err).toContain(message)
  })

  test("a run without a search is neither resumed nor replayed", async () => {
    await bed.call("submit good.csv --wait -y")
    expect((await bed.call("sweep --resume @last")).err).toContain("has no search")
    expect((await bed.call("sweep --replay @last")).err).toContain("has no search")
  })
})
