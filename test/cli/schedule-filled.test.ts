import { beforeEach, describe, expect, test } from "vitest"
import type { RunRecord } from "../../src/core/run/run.ts"
import { type CatalogScript, ScriptedCatalog } from "../fakes/scripted-catalog.ts"
import { HOME, TestBed } from "./test-bed.ts"

const SPACE = `method: random
samples: 3
parameters:
  quality: {type: float, min: 0.1, max: 0.9}
columns:
  region: us-east-1
  hp.outcome: completed
`
const QUERY = "select region, quality from datasets where day = :day order by region"
const COLUMNS = { region: "text", "hp.quality": "number", "hp.outcome": "text" } as const
const answering = (...qualities: readonly string[]): CatalogScript => ({
  columns: COLUMNS,
  batches: [qualities.map((quality) => ["us-east-1", quality, "completed"])],
})
const at = (time: string) => ["--schedule", "filled", "--scheduled-time", time, "-y"] as const
const SWEEP = ["submit", "--sweep", "space.yaml"] as const
const CATALOG = ["submit", "--catalog", "query.sql", "--param", "day={scheduled.date}"] as const
const URL = { env: { REGATTA_CATALOG: "postgres://ada@db.example/catalog" } }

let bed: TestBed
beforeEach(() => {
  bed = new TestBed({ [`${HOME}/space.yaml`]: SPACE, [`${HOME}/query.sql`]: QUERY })
})

function answers(script: CatalogScript): ScriptedCatalog {
  const catalog = new ScriptedCatalog(script)
  bed.catalog = async () => catalog
  return catalog
}

const runsOf = (): Promise<readonly RunRecord[]> => Array.fromAsync(bed.table.listRuns("rg-"))
const specsOf = async (run: RunRecord | undefined) => {
  const [part] = run?.parts ?? []
  if (part === undefined) throw new Error("no run")
  const text = Buffer.concat(await Array.fromAsync(bed.objects.stream(part.rows))).toString()
  return text.trimEnd().split("\n")
}

describe("schedule add of what is filled when it fires", () => {
  test("a sweep is planned, kept as its firings need it, and shown with its space", async () => {
    const added = await bed.call([
      ...["schedule", "add", "weekly", "--sweep", "space.yaml", "--seed", "{scheduled.seconds}"],
      ...["--cron", "0 2 * * SUN", "--time-zone", "Europe/Berlin"],
    ])
    expect([added.code, added.err]).toEqual([0, expect.stringContaining(`3 rows drawn from ${HOME}/space.yaml`)])
    expect(added.out).toContain(`submits sweep of ${HOME}/space.yaml`)
    expect(await bed.schedules.read("weekly")).toMatchObject({
      source: "sweep",
      manifest: `${HOME}/space.yaml`,
      config: `${HOME}/regatta.yaml`,
      options: ["--seed", "{scheduled.seconds}", "--time-zone", "Europe/Berlin"],
    })
    expect((await bed.json("schedule list")).json).toMatchObject({
      schedules: [{ name: "weekly", source: "sweep", manifest: `${HOME}/space.yaml` }],
    })
    expect((await bed.json("schedule next weekly -n 1")).json).toMatchObject({
      firings: [{ schedule: "weekly", source: "sweep", manifest: `${HOME}/space.yaml` }],
    })
    expect((await bed.call("schedule next", { columns: 200 })).out).toContain(`sweep of ${HOME}/space.yaml`)
    expect(await runsOf()).toEqual([])
  })

  test("a query is asked as its next firing would ask it, and its URL is kept nowhere", async () => {
    const catalog = answers(answering("0.5"))
    const { code } = await bed.call(
      [
        ...["schedule", "add", "daily", "--catalog", "query.sql", "--param", "day={scheduled.date}"],
        ...["--cron", "30 0 * * *", "--time-zone", "Europe/Berlin"],
      ],
      URL,
    )
    expect(code).toBe(0)
    // It is the 20th; half past midnight of the 21st in Berlin is still the 20th in UTC.
    expect(catalog.asked.map(({ values }) => values)).toEqual([["2026-11-21"]])
    const kept = await bed.schedules.read("daily")
    expect(kept).toMatchObject({
      source: "catalog",
      manifest: `${HOME}/query.sql`,
      options: ["--param", "day={scheduled.date}", "--time-zone", "Europe/Berlin"],
    })
    expect(JSON.stringify(kept)).not.toContain("db.example")
    expect(catalog.open).toBe(0)
  })

  test.each([
    [["--sweep", "space.yaml", "--catalog", "query.sql"], "give one of them"],
    [["good.csv", "--sweep", "space.yaml"], "give one of them"],
    [[], "say what is submitted"],
    [["good.csv", "--param", "a=b"], "goes with --catalog"],
    [["--sweep", "space.yaml", "--param", "a=b"], "goes with --catalog"],
    [["--catalog", "query.sql", "--seed", "3"], "goes with --sweep"],
    [["--sweep", "space.yaml", "--columns", "region"], "not of --sweep"],
    [["--sweep", "space.yaml", "--seed", "soon"], "--seed is a whole number"],
    [["--sweep", "space.yaml", "--seed", "{scheduled.week}"], "there is no {scheduled.week}"],
    [["--catalog", "query.sql", "--param", "day={scheduled.day}"], "--param day: there is no {scheduled.day}"],
    [["--catalog", "query.sql"], "parameter :day has no value"],
    [["--sweep", "missing.yaml"], "no search space"],
    [["--sweep", "adaptive.yaml"], "a schedule does not take tpe"],
  ])("%j is refused", async (what, message) => {
    answers(answering("0.5"))
    bed.files.put(
      `${HOME}/adaptive.yaml`,
      SPACE.replace("method: random", "method: tpe\nmetric: accuracy\ngoal: maximize"),
    )
    const { code, err } = await bed.call(["schedule", "add", "n", ...what, "--rate", "1 hour"], URL)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
    expect(await Array.fromAsync(bed.schedules.list())).toEqual([])
  })

  test("a catalog that nobody names, and a sweep whose rows could not be submitted", async () => {
    answers(answering("0.5"))
    const nameless = await bed.call("schedule add n --catalog query.sql --param day=2026-11-20 --rate 1hour".split(" "))
    expect(nameless.code).toBe(2)
    bed.files.put(`${HOME}/space.yaml`, SPACE.replace("us-east-1", "us-nowhere-1"))
    const wrong = await bed.call(["schedule", "add", "n", "--sweep", "space.yaml", "--rate", "1 hour"])
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("us-nowhere-1")])
  })
})

describe("a firing that fills its manifest", () => {
  test("draws the sweep as it is then, and the first run of a time stands", async () => {
    const first = await bed.call([...SWEEP, ...at("2026-11-20T14:00:00Z")])
    expect([first.code, first.err]).toEqual([0, expect.stringContaining("3 rows drawn from")])
    expect(first.out).toMatch(/^rg-20261120140000-filled-[0-9a-z]{4}\n$/)
    bed.files.put(`${HOME}/space.yaml`, SPACE.replace("samples: 3", "samples: 5"))
    const again = await bed.call([...SWEEP, ...at("2026-11-20T14:00:00Z")])
    expect([again.code, again.out]).toEqual([0, first.out])
    expect(again.err).toContain("the run of this firing was there already")
    expect(again.err).not.toContain("drawn")
    await bed.rest()
    expect((await bed.call([...SWEEP, ...at("2026-11-20T15:00:00Z")])).code).toBe(0)
    expect((await runsOf()).map(({ name, parts }) => [name, parts[0]?.size])).toEqual([
      ["filled", 5],
      ["filled", 3],
    ])
  })

  test("draws other points at another time where its seed is the firing's, the same where it is not", async () => {
    const drawn = async (time: string, ...seed: readonly string[]) => {
      expect((await bed.call([...SWEEP, ...at(time), ...seed, "--overlap", "allow"])).code).toBe(0)
      const [run] = (await runsOf()).filter(({ run: id }) => id.includes(time.slice(11, 16).replace(":", "")))
      return (await specsOf(run)).map((line) => JSON.parse(line).hyperparameters.quality)
    }
    const SEED = ["--seed", "{scheduled.seconds}"]
    expect(await drawn("2026-11-20T11:11:00Z", ...SEED)).not.toEqual(await drawn("2026-11-20T12:12:00Z", ...SEED))
    expect(await drawn("2026-11-20T13:13:00Z")).toEqual(await drawn("2026-11-20T14:14:00Z"))
  })

  test("asks the catalog of that day, and makes the run of its answer", async () => {
    const catalog = answers(answering("0.7", "0.8"))
    const { code, err } = await bed.call([...CATALOG, ...at("2026-11-20T23:30:00Z"), "--time-zone", "Asia/Tokyo"], URL)
    expect([code, err]).toEqual([0, expect.stringContaining(`2 rows of ${HOME}/query.sql`)])
    expect(catalog.asked.map(({ values }) => values)).toEqual([["2026-11-21"]])
    const [run] = await runsOf()
    expect(run?.manifest.file).toBe(`${HOME}/query.sql.csv`)
    expect((await specsOf(run)).map((line) => JSON.parse(line).hyperparameters.quality)).toEqual(["0.7", "0.8"])
    await bed.rest()
    expect((await bed.table.counts(run?.run ?? ("" as never))).completed).toBe(2)
  })

  test("fired twice at once with two answers, the first wins and its rows stand", async () => {
    const given = [answering("0.1"), answering("0.2", "0.3")]
    bed.catalog = async () => new ScriptedCatalog(given.shift() ?? answering("0.9"))
    const both = await Promise.all([1, 2].map(() => bed.call([...CATALOG, ...at("2026-11-20T14:00:00Z")], URL)))
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(new Set(both.map(({ out }) => out)).size).toBe(1)
    const runs = await runsOf()
    expect(runs).toHaveLength(1)
    const rows = (await specsOf(runs[0])).map((line) => JSON.parse(line).hyperparameters.quality)
    expect([["0.1"], ["0.2", "0.3"]]).toContainEqual(rows)
    expect(runs[0]?.arrays.map(({ size }) => size)).toEqual([rows.length])
  })

  test.each([
    ["fails", { columns: COLUMNS, error: new Error("the server went away") }],
    ["gives no row", { columns: COLUMNS }],
    ["gives a wrong row", { columns: COLUMNS, batches: [[["nowhere", "0.5", "completed"]]] }],
  ])("a query that %s makes no run, and holds the next firing up no longer", async (_, script) => {
    answers(script)
    expect((await bed.call([...CATALOG, ...at("2026-11-20T14:00:00Z")], URL)).code).not.toBe(0)
    expect(await runsOf()).toEqual([])
    answers(answering("0.5"))
    expect((await bed.call([...CATALOG, ...at("2026-11-20T15:00:00Z")], URL)).code).toBe(0)
    expect(await runsOf()).toHaveLength(1)
  })

  test("Ctrl-C while the query runs ends it, and nothing is submitted", async () => {
    const catalog = answers({ columns: COLUMNS, isEndless: true })
    const { code } = await bed.call([...CATALOG, ...at("2026-11-20T14:00:00Z")], {
      ...URL,
      after: [50, (call) => call.interrupt()],
    })
    expect(code).not.toBe(0)
    expect([catalog.open, await runsOf()]).toEqual([0, []])
  })

  test("without a schedule it is an ordinary submission, named by what fills it", async () => {
    expect((await bed.call("submit --sweep space.yaml -y")).code).toBe(0)
    expect((await runsOf())[0]).toMatchObject({ name: "space" })
    expect((await bed.call([...CATALOG, "-y"], URL)).err).toContain("--schedule names its schedule")
    const dry = await bed.json("submit --sweep space.yaml --dry-run")
    expect(dry.json).toMatchObject({ size: 3, manifest: { file: `${HOME}/space.yaml.csv` } })
    expect(await runsOf()).toHaveLength(1)
  })
})
