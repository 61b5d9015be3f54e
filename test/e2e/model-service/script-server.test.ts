// The server of a script's functions, asked as a container is.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { ServedModel } from "../../../src/adapters/serving/served-model.ts"
import type { Uri } from "../../../src/core/ids.ts"

let folder: string
let served: ServedModel | null = null
beforeEach(() => {
  folder = mkdtempSync(join(process.env["REGATTA_TEST_TMP"] ?? tmpdir(), "regatta-script-"))
})
afterEach(async () => {
  await served?.end()
  served = null
  rmSync(folder, { recursive: true, force: true })
})

async function serve(...script: readonly string[]): Promise<ServedModel> {
  for (const name of ["ml/model", "ml/code"]) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, "ml", "code", "inference.py"), script.join("\n"))
  served = await ServedModel.start({
    model: {
      plan: {
        name: "m",
        region: "us-east-1",
        role: "",
        image: "",
        environment: {},
        artifact: "file:///none" as Uri,
        tags: {},
        local: { trainedBy: "image", command: null, program: null, storageMap: {} },
      },
      ml: join(folder, "ml"),
      script: "code/inference.py",
    },
    machine: {
      self: [process.execPath],
      env: { PATH: process.env["PATH"] },
      binding: { mode: "none", layer: "" },
    },
    folder,
    extra: {},
    clock: { now: () => Date.now(), sleep: (until) => new Promise((end) => setTimeout(end, until - Date.now())) },
    onStarted: () => {},
    signal: new AbortController().signal,
  })
  if (served === null) throw new Error("it was given up")
  return served
}

async function ask(server: ServedModel, body: string, contentType: string, accept: string | null = null) {
  const answer = await server.invoke(new TextEncoder().encode(body), { contentType, accept })
  return [answer.status, answer.contentType, answer.body.toString("utf8").trim()]
}

/** Adds up each row of a list or of an array. */
const MODEL = [
  "class Model:",
  "    def predict(self, rows):",
  "        return [float(sum(row)) for row in rows]",
  "def model_fn(model_dir):",
  "    return Model()",
]

describe("a script that serves", () => {
  test("needs no more than model_fn: CSV and JSON are read, and answered as is asked", async () => {
    const server = await serve(...MODEL)
    expect(await ask(server, "1,2\n3,4\n", "text/csv")).toEqual([200, "application/json", "[3.0, 7.0]"])
    expect(await ask(server, "[[1, 2]]", "application/json", "text/csv")).toEqual([200, "text/csv", "3.0"])
    expect(await ask(server, "1:2", "text/libsvm")).toEqual([
      415,
      "text/plain",
      "without an input_fn the content type text/libsvm is not read",
    ])
    expect(await ask(server, "1,2", "text/csv", "image/png")).toEqual([
      406,
      "text/plain",
      "without an output_fn there is no answer as image/png",
    ])
    expect(await ask(server, "one,two", "text/csv")).toEqual([
      500,
      "text/plain",
      expect.stringMatching(/^ValueError: /),
    ])
  })

  test("may do all at once in transform_fn, and answer in a type of its own", async () => {
    const server = await serve(
      "def model_fn(model_dir, context):",
      "    return 2",
      "def transform_fn(model, data, content_type, accept):",
      "    return '%s %s %s' % (model, data, content_type), 'text/plain'",
    )
    expect(await ask(server, "x", "text/csv")).toEqual([200, "text/plain", "2 x text/csv"])
  })

  test.each([
    [
      "both ways at once",
      ["def transform_fn(m, d, c, a): pass", "def predict_fn(d, m): pass"],
      "use one way or the other",
    ],
    [
      "a model that cannot be read",
      ["def model_fn(folder):", "    return open(folder + '/none')"],
      "FileNotFoundError",
    ],
  ])("with %s never becomes ready, and says why", async (_, script, words) => {
    await expect(serve(...script)).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining(words) })
  })
})
