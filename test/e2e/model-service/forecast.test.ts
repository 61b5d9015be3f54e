// Forecasting on local from the shipped manifest: a sharded training, a model of its artifact, a batch transform, predictions.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { StepRow } from "../../../src/core/after/step-rows.ts"
import { copyOfManifests, LAUNCHER, run } from "../regatta-process.ts"

const copy = copyOfManifests()
afterAll(copy.remove)

const EXAMPLE = join(copy.folder, "manifests", "09-sharded-xgboost")
/** Where s3://m5-forecasting-us-east-1/features/ lies on a machine that maps it nowhere else. */
const DATA = join(EXAMPLE, ".regatta", "storage", "m5-forecasting-us-east-1", "features")

describe("09-sharded-xgboost on local", () => {
  test("row, model, transform and predictions from one manifest", async () => {
    // The example's own row, in a size that trains in seconds.
    const settings = join(EXAMPLE, "regatta.yaml")
    const smaller = readFileSync(settings, "utf8")
      .replace("num_round: 3000", "num_round: 60")
      .replace("instance_count: 15", "instance_count: 3")
    writeFileSync(settings, smaller)
    writeSales()
    await succeed("submit", "manifest.csv", "--wait", "-y")
    // The model and the transform of regatta.yaml were made by the follower.
    const { after } = await json<{ after: readonly StepRow[] }>("status", "@last")
    expect(after).toMatchObject([{ step: "transform", row: 0, status: "completed", attempt: 1, reason: null }])
    const foretold = readFileSync(new URL("day.csv.out", `${after[0]?.output}/`), "utf8")
      .trimEnd()
      .split("\n")
    expect(foretold).toHaveLength(7)
    const made = await json<{ made: string; model: { name: string } }>("model", "create", "@last", "0")
    expect(made.made).toBe("exists")

    const { status, transform } = await json<Transformed>("transform", "@last", "0", ...TRANSFORM)
    expect([status, transform.model]).toEqual(["completed", made.model.name])
    const output = new URL(`${transform.output}/`)
    const predictions = readFileSync(new URL("day.csv.out", output), "utf8").trimEnd().split("\n").map(cells)
    expect(predictions.map(([day]) => day)).toEqual([0, 1, 2, 3, 4, 5, 6])
    // Most is sold at the end of the week, as in the days that were learned from.
    const [monday = 0, , , , , saturday = 0] = predictions.map(([, sold]) => sold)
    expect(saturday).toBeGreaterThan(1.5 * monday)

    // The same wish finds the transform that is there.
    const found = await json<Transformed>("transform", "@last", "0", ...TRANSFORM)
    expect([found.status, found.transform.name]).toEqual(["completed", transform.name])
  }, 120_000)

  test("a transform that fails is told in the server's words and exits 3", async () => {
    writeFileSync(join(DATA, "test", "day.csv"), "0,1,2\n")
    const { code, stdout } = await regatta("transform", "@last", "0", ...TRANSFORM, "--accept", "text/csv")
    expect([code, stdout]).toEqual([
      3,
      expect.stringContaining("record 1 has 3 features, and the model was trained on 2"),
    ])
  })
})

const TRANSFORM = [
  ...["--input", "s3://m5-forecasting-us-east-1/features/test/", "--content-type", "text/csv"],
  ...["--split", "Line", "--strategy", "MultiRecord", "--assemble", "Line", "--join", "Input"],
  ...["--output-filter", "$[0,-1]"],
]

interface Transformed {
  readonly status: string
  readonly transform: { readonly name: string; readonly model: string; readonly output: string }
}

/** Label first: what was sold, then the day of the week and the number of the shop; one file for each of six shops. */
function writeSales(): void {
  for (const name of ["train", "test"]) mkdirSync(join(DATA, name), { recursive: true })
  for (let shop = 0; shop < 6; shop += 1) {
    const days = Array.from({ length: 70 }, (_, day) => `${sold(day % 7, shop)},${day % 7},${shop}`)
    writeFileSync(join(DATA, "train", `shop-${shop}.csv`), `${days.join("\n")}\n`)
  }
  writeFileSync(join(DATA, "test", "day.csv"), Array.from({ length: 7 }, (_, day) => `${day},2\n`).join(""))
}

function sold(weekday: number, shop: number): number {
  return (weekday >= 5 ? 12 : 3) + shop
}

function cells(line: string): readonly number[] {
  return line.split(",").map(Number)
}

/** The example is one of aws: here it is tried. */
function regatta(...args: readonly string[]) {
  return run(process.execPath, [LAUNCHER, ...args], { cwd: EXAMPLE, env: { REGATTA_ON: "local" } })
}

async function succeed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await regatta(...args)
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code}\n${stdout}\n${stderr}`)
  return stdout
}

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await succeed(...args, "-o", "json")) as T
}
