// Two ways of distributing data, on local from the shipped manifest: two trainings, two models, one endpoint with two variants,
// training time and prediction error compared, and nothing left running.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { copyOfManifests, LAUNCHER, run } from "../regatta-process.ts"

const copy = copyOfManifests()
const EXAMPLE = join(copy.folder, "manifests", "10-linear-learner-distribution")
/** Where s3://regression-us-west-2/ lies on a machine that maps it nowhere else. */
const DATA = join(EXAMPLE, ".regatta", "storage", "regression-us-west-2")
/** As the example's feature_dim. */
const FEATURES = 25

afterAll(async () => {
  await regatta("endpoint", "delete", "--all", "-y")
  copy.remove()
})

interface Created {
  readonly endpoint: { readonly name: string; readonly status: string }
}

interface RowComparison {
  readonly items: readonly { readonly index: number; readonly wallSeconds: number }[]
}

interface EndpointComparison {
  readonly items: readonly {
    readonly label: string
    readonly failures: number
    readonly measure: { readonly rmse: number } | null
  }[]
  readonly conclusion: string
}

describe("10-linear-learner-distribution on local", () => {
  test("two rows, two models, one endpoint, a comparison, and an end that is seen", async () => {
    writeNumbers()
    await succeed("submit", "manifest.csv", "--wait", "-y")
    const rows = await json<RowComparison>("compare", "@last")
    expect(rows.items.map(({ index }) => index)).toEqual([0, 1])
    for (const { wallSeconds } of rows.items) expect(wallSeconds).toBeGreaterThan(0)

    const { endpoint } = await json<Created>("endpoint", "create", "@last", "0", "1", "--weights", "3,1", "-y")
    expect(endpoint.status).toBe("inService")
    expect(await succeed("endpoint", "list", "-o", "name")).toBe(`${endpoint.name}\n`)
    // The same wish finds the endpoint that is there.
    const again = await json<Created>("endpoint", "create", "@last", "0", "1", "--weights", "3,1", "-y")
    expect(again.endpoint.name).toBe(endpoint.name)

    const { items, conclusion } = await json<EndpointComparison>(
      ...["endpoint", "compare", endpoint.name, "--variants", "--file", "test.csv", "--labels", "first"],
    )
    expect(items.map(({ label, failures }) => [label, failures])).toEqual([
      ["row-0", 0],
      ["row-1", 0],
    ])
    expect(conclusion).toMatch(/RMSE/)
    const answer = await succeed("endpoint", "invoke", endpoint.name, "--data", lineOf(3).slice(1).join(","))
    expect(JSON.parse(answer)).toEqual({ predictions: [{ score: expect.any(Number) }] })

    await succeed("endpoint", "delete", endpoint.name, "-y")
    expect(await succeed("endpoint", "list", "-o", "name")).toBe("")
    expect(readdirSync(join(EXAMPLE, ".regatta", "endpoints"))).toEqual([])
  }, 180_000)
})

function writeNumbers(): void {
  for (const name of ["train", "validation"]) mkdirSync(join(DATA, name), { recursive: true })
  for (let part = 0; part < 10; part += 1) write(join(DATA, "train", `part-${part}.csv`), part * 100, 100)
  write(join(DATA, "validation", "all.csv"), 2_000, 100)
  write(join(EXAMPLE, "test.csv"), 3_000, 40)
}

function write(file: string, first: number, count: number): void {
  const lines = Array.from({ length: count }, (_, at) => `${lineOf(first + at).join(",")}\n`)
  writeFileSync(file, lines.join(""))
}

/** Label first: a weighted sum of features that repeat in no short period. */
function lineOf(at: number): readonly number[] {
  const features = Array.from(
    { length: FEATURES },
    (_, feature) => Math.round(100 * Math.sin(at * (feature + 1.7))) / 100,
  )
  const label = features.reduce((sum, value, feature) => sum + value * (feature - 12), 5)
  return [Math.round(1000 * label) / 1000, ...features]
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
