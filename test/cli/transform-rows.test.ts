import { beforeEach, describe, expect, test } from "vitest"
import { RegattaError } from "../../src/core/errors.ts"
import { ToldModels } from "../steps.ts"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

const INPUT = "--input s3://data-{region}/{run}/batch/ --content-type text/csv"
const TO = "--to s3://data-{region}/out/{account}/{row}-{attempt}/"

interface Item {
  readonly index: number
  readonly status: string
  readonly reason: string | null
  readonly transform: {
    readonly name: string
    readonly region: string
    readonly input: string
    readonly output: string
  }
}

let bed: TestBed
let models: ToldModels
let run: string
beforeEach(async () => {
  bed = new TestBed({ [`${HOME}/regatta.yaml`]: `${SETTINGS}local: {serving: {image: serve}}\n` })
  models = new ToldModels(() => bed.clock.now())
  bed.models = models
  run = (await bed.call("submit mixed.csv -y")).out.trim()
  await bed.rest()
})

async function rows(line: string): Promise<{ readonly code: number; readonly rows: readonly Item[] }> {
  const { code, json } = await bed.json(`transform @last ${line}`)
  const document = json as { readonly version: number; readonly run: string; readonly rows: readonly Item[] }
  expect([document.version, document.run]).toEqual([1, run])
  return { code, rows: document.rows }
}

describe("transform of several rows", () => {
  test("makes each in its own row's region with its texts filled, and finds each when called again", async () => {
    const done = await rows(`--all ${INPUT} ${TO}`)
    expect(done.code).toBe(0)
    expect(done.rows.map(({ index, status, transform }) => [index, status, transform.region])).toEqual([
      [0, "completed", "us-east-1"],
      [1, "completed", "us-east-1"],
      [3, "completed", "eu-west-1"],
    ])
    const last = done.rows.at(-1)?.transform
    expect(last?.input).toBe(`s3://data-eu-west-1/${run}/batch/`)
    expect(last?.output).toContain("data-eu-west-1/out/000000000000/3-1/")

    const again = await rows(`--all ${INPUT} ${TO}`)
    expect(again.rows.map(({ transform }) => transform.name)).toEqual(done.rows.map(({ transform }) => transform.name))
    expect(models.transforms.size).toBe(3)
  })

  test("of which one fails goes on with the others, tells the reason in one table and exits 3", async () => {
    models.ends.push("failed")
    models.faults.push(null, null, null, new RegattaError("refused", "the quota of transforms is used up"))
    const { code, out } = await bed.call(`transform @last --rows 0-1,3 ${INPUT} -o csv`)
    expect(code).toBe(3)
    expect(out).toContain(",failed,bad data,")
    expect(out).toContain(",failed,the quota of transforms is used up,")
    expect(out.match(/,completed,/g)).toHaveLength(1)
    const table = await bed.call(`transform @last --rows 3 ${INPUT}`)
    expect([table.code, table.out]).toEqual([0, expect.stringMatching(/^ROW +REGION +STATUS/)])
  })

  test("without waiting begins them, and a time limit and Ctrl-C leave them going on", async () => {
    models.takesMs = 3_600_000
    const begun = await rows(`--all --no-wait ${INPUT}`)
    expect([begun.code, begun.rows.map(({ status }) => status)]).toEqual([0, ["created", "created", "created"]])
    const late = await bed.call(`transform @last --rows 0-1 --timeout 1m ${INPUT}`)
    expect([late.code, late.err]).toEqual([6, expect.stringContaining("2 transforms go on; the same command")])
    const left = await bed.call(`transform @last --all ${INPUT}`, { after: [30_000, (call) => call.interrupt()] })
    expect([left.code, left.err]).toEqual([130, expect.stringContaining("2 transforms go on, 1 was not begun")])
    expect(models.named("stop")).toEqual([])
  })

  test("takes paths of this machine, which are located once they are filled", async () => {
    const { rows: planned } = await rows(
      "--rows 3 --dry-run --input batch/{region}/ --to out/{row}/ --content-type text/csv",
    )
    const { input, output } = planned[0]?.transform ?? {}
    expect([input, output]).toEqual([`file://${HOME}/batch/eu-west-1/`, `file://${HOME}/out/3/`])
  })

  test("narrowed to a region, as a dry run begins nothing", async () => {
    const planned = await rows(`--all --region us-east-1 --dry-run ${INPUT} ${TO}`)
    expect(planned.rows.map(({ index, status }) => [index, status])).toEqual([
      [0, "planned"],
      [1, "planned"],
    ])
    expect(models.calls).toEqual([])
  })

  test("says which rows have no model: --rows begins nothing, --all leaves them out", async () => {
    const refused = await bed.call(`transform @last --rows 1-3 ${INPUT}`)
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("row 2 (failed)")])
    expect(models.calls).toEqual([])
    const { code, err } = await bed.call(`transform @last --all ${INPUT}`)
    expect([code, err]).toEqual([0, expect.stringContaining("without a model, and so left out: rows 2")])
  })

  test("into one place is refused by name, whatever they read", async () => {
    const { code, err } = await bed.call(`transform @last --all ${INPUT} --to s3://out/all`)
    expect([code, err]).toEqual([2, expect.stringContaining("rows 0 and 1 would both write to ")])
    expect(models.calls).toEqual([])
  })

  test.each([
    ["0 --all", "ROW and --all exclude each other"],
    ["--best accuracy --rows 0", "--best and --rows exclude each other"],
    ["--rows 0 --all", "--rows and --all exclude each other"],
    ["--region us-east-1 0", "--region narrows --rows or --all"],
    ["--rows 9", "row 9"],
    ["--all --region eu-north-1", "has completed with an artifact"],
  ])("%s is refused: %s", async (which, message) => {
    const { code, err } = await bed.call(`transform @last ${which} ${INPUT}`)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
    expect(models.calls).toEqual([])
  })
})
