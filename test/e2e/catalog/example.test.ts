import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { ENDLESS } from "../../contract/catalog/suite.ts"
import { machineHas } from "../../machine.ts"
import { copyOfManifests, ENTRY, environment, LAUNCHER, regatta, run } from "../regatta-process.ts"
import { PASSWORD, type PostgresServer, startPostgres } from "../run-table/postgres-server.ts"

const IMAGENET = ["imagenet.sql", "--param", "campaign=imagenet2012", "--headerless"]
const BRAKING = ["braking.sql", "--param", "campaign=braking-2026", "--param", "instance_type=ml.m5.large"]
const COPIES = [
  ...["copies.sql", "--param", "campaign=imagenet2012"],
  ...["--param", "instance_type=ml.p3.16xlarge", "--param", "hours=20"],
]

const copy = copyOfManifests()
const folder = join(copy.folder, "manifests", "15-catalog")
const read = (file: string) => readFileSync(join(folder, file), "utf8")
const FOUR_LINES = read("../05-imagenet-horovod/manifest.csv")

beforeAll(async () => {
  const { code, stderr } = await run(process.execPath, ["fill.mjs", "--sqlite", "catalog.sqlite"], { cwd: folder })
  expect(code, stderr).toBe(0)
  writeFileSync(join(folder, "endless.sql"), `${ENDLESS}\n`)
})
afterAll(copy.remove)

function catalog(from: string, parameters: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run(process.execPath, [LAUNCHER, "catalog", ...parameters, "--from", from], { cwd: folder, env })
}

describe("the catalog of the example in SQLite", () => {
  const FROM = "sqlite:catalog.sqlite"

  test("gives the four-line array file, which can be planned where it belongs", async () => {
    const { code, stdout, stderr } = await catalog(FROM, IMAGENET)
    expect([code, stdout, quiet(stderr)]).toEqual([0, FOUR_LINES, ""])
    const imagenet = join(folder, "../05-imagenet-horovod")
    writeFileSync(join(imagenet, "array.csv"), stdout)
    const planned = await regatta(imagenet, "plan", "array.csv", "--offline", "-o", "json")
    expect(planned.code, planned.stderr).toBe(0)
    expect(JSON.parse(planned.stdout)).toMatchObject({ size: 4, regions: { length: 4 } })
  })

  test("gives the example's manifest, which trains", async () => {
    const before = read("manifest.csv")
    const { code, stderr } = await catalog(FROM, [...BRAKING, "-o", "manifest.csv"])
    expect(code, stderr).toBe(0)
    expect(read("manifest.csv")).toBe(before)
    const submitted = await regatta(folder, "submit", "manifest.csv", "--wait", "-y", "-o", "json")
    expect(submitted.code, submitted.stderr).toBe(0)
    const { rows } = JSON.parse(submitted.stdout) as StatusDocument
    expect(rows.map((row) => row.status)).toEqual(Array(4).fill("completed"))
  })

  test("lists what could be copied where", async () => {
    const { stdout } = await catalog(FROM, [...COPIES, "-o", "jsonl"])
    const rows = stdout.trimEnd().split("\n")
    expect(rows).toHaveLength(4)
    expect(JSON.parse(rows[3] ?? "")).toMatchObject({
      region: "us-west-2",
      "tag.copy_from": "s3://imagenet-eu-central-1/imagenet2012/tf-imagenet/resized",
      "tag.copy_usd": "3.02",
      "tag.saves_usd": "140.76",
    })
  })

  test("names the place of a wrong column, and writes nothing", async () => {
    writeFileSync(join(folder, "wrong.sql"), "select region,\n  s3_locaton\nfrom datasets\norder by 1")
    const { code, stdout, stderr } = await catalog(FROM, ["wrong.sql", "-o", "wrong.csv"])
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toContain("wrong.sql line 2: at character 3: no such column: s3_locaton\n")
    expect(existsSync(join(folder, "wrong.csv"))).toBe(false)
  })

  test("stops without a word when its reader has seen enough", async () => {
    const many = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
      select 'eu-west-1' as region, 's3://many/' || i || '/' as s3_location from n order by i`
    writeFileSync(join(folder, "many-lines.sql"), many)
    const command = `"${process.execPath}" "${ENTRY}" catalog many-lines.sql --from ${FROM} | head -n 2`
    const { stdout, stderr } = await run("sh", ["-c", command], { cwd: folder })
    expect([stdout, quiet(stderr)]).toEqual(["region,s3_location\neu-west-1,s3://many/1/\n", ""])
  })

  test("ends a query that runs for ever at --timeout", async () => {
    const { code, stdout, stderr } = await catalog(FROM, ["endless.sql", "--timeout", "2s", "-o", "endless.csv"])
    expect([code, stdout]).toEqual([6, ""])
    expect(stderr).toContain("the query did not end within 2 s; nothing was written")
    expect(existsSync(join(folder, "endless.csv"))).toBe(false)
  })

  test.each([
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const)("ends the process that reads when %s ends the command", async (signal, exit) => {
    const command = spawn(process.execPath, [ENTRY, "catalog", "endless.sql", "--from", FROM], {
      ...{ cwd: folder, env: environment(), stdio: "ignore" },
    })
    const ended = once(command, "exit")
    const pid = command.pid ?? 0
    await expect.poll(() => childrenOf(pid), { timeout: 30_000 }).toHaveLength(1)
    const [reader = 0] = childrenOf(pid)
    // It is at work: it has used the processor for a while.
    await expect.poll(() => ticksOf(reader), { timeout: 60_000 }).toBeGreaterThan(50)
    command.kill(signal)
    expect(await ended).toEqual([exit, exit === null ? signal : null])
    await expect.poll(() => existsSync(`/proc/${reader}`), { timeout: 10_000 }).toBe(false)
  })
})

describe.runIf(machineHas("postgres"))("the catalog of the example in PostgreSQL", () => {
  let server: PostgresServer
  let url: string
  const env = { PGPASSWORD: PASSWORD }

  beforeAll(async () => {
    server = await startPostgres()
    url = await server.emptyUrl()
    const rows = await run(process.execPath, ["fill.mjs"], { cwd: folder })
    await server.query(`set search_path = test_1; ${read("schema.sql")}; ${rows.stdout}`)
  })
  afterAll(() => server.stop())

  test("gives the four-line array file, to the byte", async () => {
    const { code, stdout, stderr } = await catalog(url, IMAGENET, env)
    expect([code, stdout, quiet(stderr)]).toEqual([0, FOUR_LINES, ""])
  })

  test("gives the same manifest as SQLite does", async () => {
    const { code, stdout, stderr } = await catalog(url, BRAKING, env)
    expect(code, stderr).toBe(0)
    expect(stdout).toBe(read("manifest.csv"))
  })

  test("lists what could be copied where", async () => {
    const { code, stdout, stderr } = await catalog(url, COPIES, env)
    expect(code, stderr).toBe(0)
    expect(stdout.split("\n")[4]).toMatch(/^imagenet2012-eu-central-1-to-us-west-2,us-west-2,.*,151\.0,3\.02,140\.76$/)
  })

  test("says at which line and character the server found a query wrong", async () => {
    const query = "select region, -- 😀 :campaign\n  :campaign::text as name,\n  s3_locaton\nfrom datasets order by 1;"
    writeFileSync(join(folder, "wrong.sql"), query)
    const { code, stdout, stderr } = await catalog(url, ["wrong.sql", "--param", "campaign=x"], env)
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toContain('wrong.sql line 3: at character 3: column "s3_locaton" does not exist; Perhaps you meant')
  })

  test("ends a query that runs for ever at --timeout, in the server too", async () => {
    const { code, stderr } = await catalog(url, ["endless.sql", "--timeout", "2s"], env)
    expect(code, stderr).toBe(6)
    await expect
      .poll(() => server.query("select pid from pg_stat_activity where application_name = 'regatta'"))
      .toEqual([])
  })

  test("says no password, neither a wrong one nor one in the URL", async () => {
    const wrong = await catalog(url, IMAGENET, { PGPASSWORD: "planted-secret" })
    const typed = await catalog(url.replace("ada@", "ada:planted-secret@"), IMAGENET)
    const none = await catalog(url, IMAGENET, { PGPASSFILE: "/dev/null" })
    expect([wrong.code, typed.code, none.code]).toEqual([4, 2, 4])
    for (const { stdout, stderr } of [wrong, typed, none]) expect(stdout + stderr).not.toContain("planted-secret")
    expect(none.stderr).toContain("PGPASSWORD")
  })

  test("streams what is many thousand rows", async () => {
    await server.query(
      "create table test_1.many as select 's3://many/' || i || '/' as x from generate_series(1, 50000) i",
    )
    writeFileSync(join(folder, "many.sql"), "select 'eu-west-1' as region, x as s3_location from many order by x")
    const { code, stdout, stderr } = await catalog(url, ["many.sql"], env)
    expect(code, stderr).toBe(0)
    expect(stdout.match(/\n/g)).toHaveLength(50_001)
  })
})

/** Without the progress of a slow machine. */
function quiet(stderr: string): string {
  return stderr.replaceAll(/^reading .*\n/gm, "")
}

function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  return existsSync(path) ? readFileSync(path, "utf8").split(" ").filter(Boolean).map(Number) : []
}

/** Hundredths of a second of the processor that a process has used. */
function ticksOf(pid: number): number {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return 0
  const fields = readFileSync(path, "utf8").split(") ")[1]?.split(" ") ?? []
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}
