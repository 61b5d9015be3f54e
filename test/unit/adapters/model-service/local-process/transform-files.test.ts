import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { inputFiles, locatorOf } from "../../../../../src/adapters/model-service/local-process/transform/input-files.ts"
import {
  type Invoked,
  ruleOf,
  transformFiles,
} from "../../../../../src/adapters/model-service/local-process/transform/transform-files.ts"
import type { TransformPlan } from "../../../../../src/core/job/transform-plan.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "regatta-transform-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const never = new AbortController().signal

function aPlan(difference: Partial<TransformPlan> = {}): TransformPlan {
  return {
    name: "t",
    region: "us-east-1",
    model: "m",
    input: "s3://data/in/",
    output: "file:///out",
    tags: {},
    dataType: "S3Prefix",
    contentType: "text/csv",
    split: "Line",
    strategy: null,
    accept: null,
    assemble: "Line",
    join: null,
    inputFilter: null,
    outputFilter: null,
    instanceType: "local",
    instances: 1,
    maxPayloadMb: null,
    maxConcurrent: null,
    ...difference,
  }
}

/** Answers each request with its number of lines; keeps what was asked. */
function aServer(asked: string[] = []): Invoked {
  return {
    async invoke(body) {
      const text = Buffer.from(body).toString()
      asked.push(text)
      // Later requests answer sooner.
      for (let turn = 0; turn < 10 - asked.length; turn += 1) await Promise.resolve()
      if (text.includes("bad")) return { status: 400, contentType: null, headers: {}, body: Buffer.from(`no: ${text}`) }
      return { status: 200, contentType: null, headers: {}, body: Buffer.from(`<${text.replaceAll("\n", "|")}>`) }
    },
  }
}

async function transformed(
  text: string,
  plan: TransformPlan,
  asked: string[] = [],
  preferred = {},
): Promise<string | null> {
  const path = write("in/a.csv", text)
  const failed = await transformFiles(
    plan,
    [{ name: "a.csv", path }],
    join(folder, "out"),
    aServer(asked),
    preferred,
    never,
  )
  if (failed.length > 0) throw new Error(failed[0])
  const out = join(folder, "out", "a.csv.out")
  return existsSync(out) ? readFileSync(out, "utf8") : null
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

describe("requests", () => {
  test("with Line and MultiRecord they hold as many lines as fit", async () => {
    const asked: string[] = []
    expect(await transformed("1\r\n\n22\n333", aPlan(), asked)).toBe("<1|22|333>\n")
    expect(asked).toHaveLength(1)
  })

  test("with SingleRecord they hold one, at most so many at once, and answers keep their order", async () => {
    const plan = aPlan({ strategy: "SingleRecord", maxConcurrent: 3, assemble: null })
    expect(await transformed("1\n22\n333\n4\n", plan)).toBe("<1><22><333><4>")
  })

  test("without a split a file is one, as it is", async () => {
    const asked: string[] = []
    await transformed("1\r\n2\n", aPlan({ split: null }), asked)
    expect(asked).toEqual(["1\r\n2\n"])
  })

  test("a record that no request can hold is told, and leaves no output", async () => {
    const long = "x".repeat(1024 * 1024 + 1)
    await expect(transformed(`1\n${long}\n`, aPlan({ maxPayloadMb: 1 }))).rejects.toThrow(
      "a.csv: record 2 has 1048577 bytes",
    )
    expect(existsSync(join(folder, "out", "a.csv.out"))).toBe(false)
  })

  test("what the plan leaves open is the server's to prefer", () => {
    const preferred = { BatchStrategy: "SINGLE_RECORD", MaxPayloadInMB: 2 }
    expect(ruleOf(aPlan(), preferred)).toEqual({ byLine: true, single: true, mostBytes: 2 * 1024 ** 2 })
    expect(ruleOf(aPlan({ strategy: "MultiRecord", maxPayloadMb: 0 }), preferred)).toEqual({
      byLine: true,
      single: false,
      mostBytes: Number.POSITIVE_INFINITY,
    })
    expect(ruleOf(aPlan(), {}).mostBytes).toBe(6 * 1024 ** 2)
  })

  test("a file that is refused does not keep the others from their predictions", async () => {
    const files = ["bad", "good"].map((name) => ({ name, path: write(`in/${name}`, name) }))
    expect(await transformFiles(aPlan(), files, join(folder, "out"), aServer(), {}, never)).toEqual([
      "bad: the server answered 400: no: bad",
    ])
    expect(readFileSync(join(folder, "out", "good.out"), "utf8")).toBe("<good>\n")
  })
})

describe("input files", () => {
  const names = async (difference: Partial<TransformPlan>, map = {}) =>
    (await inputFiles(aPlan(difference), locatorOf(map, folder))).map(({ name }) => name)

  test("are named from the folder that the prefix is in", async () => {
    for (const name of ["in/a.csv", "in/b/c.csv", "in/bc.csv"]) write(`storage/data/${name}`, "1\n")
    expect(await names({ input: "s3://data/in/" })).toEqual(["a.csv", "b/c.csv", "bc.csv"])
    expect(await names({ input: "s3://data/in" })).toEqual(["in/a.csv", "in/b/c.csv", "in/bc.csv"])
    expect(await names({ input: "s3://data/in/bc" })).toEqual(["bc.csv"])
    expect(await names({ input: "s3://data/in/a.csv" })).toEqual(["a.csv"])
  })

  test("of a manifest are those that it names", async () => {
    write("mapped/x/1.csv", "1\n")
    write("storage/lists/list.json", JSON.stringify([{ prefix: "s3://data/" }, "x/1.csv"]))
    const manifest = { input: "s3://lists/list.json", dataType: "ManifestFile" } as const
    const map = { data: join(folder, "mapped") }
    expect(await names(manifest, map)).toEqual(["x/1.csv"])
    write("storage/lists/list.json", JSON.stringify([{ prefix: "s3://data/" }, "../secret"]))
    await expect(names(manifest, map)).rejects.toThrow("../secret, which is not there")
  })

  test("that are not there are told with where they were looked for", async () => {
    await expect(names({ input: "s3://data/in/" })).rejects.toThrow(`looked in ${folder}/storage/data/in/`)
  })
})
