import { globSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Plan } from "../../../src/core/run/plan.ts"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { machineHas } from "../../machine.ts"
import { copyOfManifests, LAUNCHER, regatta, run } from "../regatta-process.ts"
import { PASSWORD, type PostgresServer, startPostgres } from "../run-table/postgres-server.ts"

const copy = copyOfManifests()
const folder = join(copy.folder, "manifests", "17-placement")
const catalogFolder = join(copy.folder, "manifests", "15-catalog")
const read = (file: string) => readFileSync(join(folder, file), "utf8")
afterAll(copy.remove)

const INSTANCES = 10
const HOURS = 20

describe.runIf(machineHas("postgres"))("from the catalog in PostgreSQL", () => {
  let server: PostgresServer
  let url: string

  beforeAll(async () => {
    server = await startPostgres()
    url = await server.emptyUrl()
    const rows = await run(process.execPath, ["fill.mjs"], { cwd: catalogFolder })
    const schema = readFileSync(join(catalogFolder, "schema.sql"), "utf8")
    await server.query(`set search_path = test_1; ${schema}; ${rows.stdout}`)
  })
  afterAll(() => server.stop())

  const catalog = async (...words: readonly string[]) => {
    const env = { PGPASSWORD: PASSWORD }
    const given = [LAUNCHER, "catalog", ...words, "--param", "campaign=imagenet2012", "--from", url]
    const { code, stdout, stderr } = await run(process.execPath, given, { cwd: folder, env })
    expect(code, stderr).toBe(0)
    return stdout
  }

  test("to the four-line array file, and on to a plan with two copies that pay for themselves, as copies.sql has them", async () => {
    const array = await catalog("../15-catalog/imagenet.sql", "--headerless")
    expect(array).toBe(read("../05-imagenet-horovod/manifest.csv"))
    writeFileSync(join(folder, "array.csv"), array)
    const pretended = await run(process.execPath, ["pretend.mjs"], { cwd: folder })
    expect(pretended.code, pretended.stderr).toBe(0)
    const { code, stdout, stderr } = await regatta(folder, "plan", "array.csv", "-o", "json")
    expect(code, stderr).toBe(0)
    const { placement } = JSON.parse(stdout) as Plan
    if (placement === undefined) throw new Error("nothing was placed")
    expect(placement.copies.map(({ rows }) => rows)).toEqual([[3], [2]])
    expect(placement.gap).toBe(0)

    const parameters = ["--param", "instance_type=ml.p3.16xlarge", "--param", `hours=${HOURS}`]
    const could = (await catalog("../15-catalog/copies.sql", ...parameters, "-o", "jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
    let saved = 0
    for (const { from, to, bytes, usd } of placement.copies) {
      const row = could.find(
        (each) => each["region"] === to && each["tag.copy_from"]?.startsWith(`s3://imagenet-${from}/`) === true,
      )
      expect([Number(row?.["tag.copy_gb"]) * 1e9, Number(row?.["tag.copy_usd"])]).toEqual([bytes, usd])
      saved += Number(row?.["tag.saves_usd"]) * INSTANCES - usd
    }
    expect((placement.baselineUsd ?? 0) - (placement.usd ?? 0)).toBeCloseTo(saved, 6)
    expect(placement.rows[3]?.reason).toBe("us-east-1: saves $1,405 although copying 151 GB costs $3.02")
  })

  test("the example's prices, room and transfers are the catalog's", async () => {
    const query = read("settings.sql").replaceAll(/from (prices|capacity|transfers)\b/g, "from test_1.$1")
    const lines = await server.query(query)
    const text = lines.map((row) => `${String((row as { readonly line: string }).line)}\n`).join("")
    expect(read("regatta.yaml").endsWith(text), text).toBe(true)
  })
})

describe("the example on this machine", () => {
  test("copies data to where machines are cheaper, trains on the copies, and uses them again", async () => {
    const submit = () => regatta(folder, "submit", "manifest.csv", "--wait", "-y", "-o", "json")
    const submitted = await submit()
    expect(submitted.code, submitted.stderr).toBe(0)
    const { run: first, rows } = JSON.parse(submitted.stdout) as StatusDocument
    expect(rows.map(({ region, status }) => [region, status])).toEqual([
      ["us-east-1", "completed"],
      ["us-west-2", "completed"],
      ["us-east-1", "completed"],
      ["us-east-1", "completed"],
    ])
    const store = join(folder, ".regatta/storage/sagemaker-us-east-1-123456789012/regatta/copies")
    const copies = globSync("*/brake.csv", { cwd: store }).map((file) => join(store, file))
    const regions = ["eu-central-1", "eu-west-1"]
    const sources = regions.map((region) =>
      readFileSync(join(catalogFolder, "data", region, "brake/brake.csv"), "utf8"),
    )
    expect(copies.map((file) => readFileSync(file, "utf8")).toSorted()).toEqual(sources.toSorted())
    const metric = (at: number) => rows[at]?.metrics["rmse"]
    expect(metric(2)).toBeGreaterThan(0)
    expect(fileURLToPath(rows[2]?.artifact ?? "")).toContain(folder)
    const cost = await regatta(folder, "cost", first.id, "-o", "json")
    expect(JSON.parse(cost.stdout)).toMatchObject({ copiesUsd: expect.any(Number) })

    const written = copies.map((file) => statSync(file).mtimeMs)
    const again = await submit()
    expect(again.code, again.stderr).toBe(0)
    const second = JSON.parse(again.stdout) as StatusDocument
    expect(second.rows.map(({ metrics }) => metrics["rmse"])).toEqual(rows.map(({ metrics }) => metrics["rmse"]))
    expect(copies.map((file) => statSync(file).mtimeMs)).toEqual(written)
  })
})
