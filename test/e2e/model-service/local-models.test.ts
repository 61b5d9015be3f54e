// Models and transforms of local as real processes: what serves, what fails and what is left.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { create } from "tar"
import { afterEach, describe, expect, test } from "vitest"
import { FolderStore } from "../../../src/adapters/object-store/folder/folder-store.ts"
import { fileUri } from "../../../src/core/file-uri.ts"
import type { ModelPlan } from "../../../src/core/job/model-plan.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import { aTransform } from "../../contract/model-service/suite.ts"
import { ADDER, aLocalBench, type LocalModelBench } from "./local-bench.ts"

const benches: LocalModelBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})

function aBench(...difference: Parameters<typeof aLocalBench>): LocalModelBench {
  const bench = aLocalBench(...difference)
  benches.push(bench)
  return bench
}

/** A server that is ready and then never answers. */
const MUTE = `
import { createServer } from "node:http"
createServer((request, response) => { if (request.url === "/ping") response.end() })
  .listen(Number(process.env.SAGEMAKER_BIND_TO_PORT), "127.0.0.1")
`

describe("models", () => {
  test("an artifact that is no archive is told, and nothing is left", async () => {
    const bench = aBench()
    await bench.spoilArtifact()
    await expect(bench.service.createModel(bench.model)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("no whole tar archive"),
    })
    expect(existsSync(join(bench.folder, "models", bench.model.name))).toBe(false)
  })

  test("a server that this machine has not is refused before anything is made", async () => {
    const bench = aBench({ local: { command: ["no-such-server", "--serve"] } })
    await expect(bench.service.createModel(bench.model)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("no-such-server is not on the PATH"),
      hint: expect.stringContaining("local.serving"),
    })
    expect(existsSync(join(bench.folder, "models"))).toBe(false)
  })

  test("a script without model_fn is refused with what to write or to set", async () => {
    const bench = aBench({ local: { command: null, trainedBy: "tensorflow:2.3" } })
    const model = await withCode(bench, { "train.py": "print('trains')\n" })
    await expect(bench.service.createModel(model)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("train.py has no model_fn"),
      hint: expect.stringContaining("local.serving.tensorflow"),
    })
  })
})

describe("transforms", () => {
  test("a script serves by its functions, in a container's folders", async () => {
    const bench = aBench({ local: { command: null } })
    const script = [
      "import os",
      "from helper import twice",
      "def model_fn(model_dir):",
      "    return float(open(os.path.join(model_dir, 'weight.txt')).read())",
      "def input_fn(data, content_type):",
      "    assert content_type == 'text/csv', content_type",
      "    return [[float(cell) for cell in line.split(',')] for line in data.splitlines()]",
      "def predict_fn(rows, model, context):",
      "    return [twice(sum(row)) * model for row in rows]",
      "def output_fn(prediction, accept):",
      "    return '\\n'.join(map(str, prediction)), accept",
    ]
    const helper = "def twice(number):\n    return 2 * number\n"
    const model = await withCode(bench, { "train.py": script.join("\n"), "helper.py": helper })
    await bench.service.createModel(model)
    const transform = aTransform(bench, { join: null })
    await bench.service.startTransform(transform)
    expect(await bench.ended(transform.name)).toMatchObject({ status: "completed", reason: "" })
    expect(await bench.readOutput(`${transform.output}/a.csv.out`)).toBe("32.0\n40.0\n")
    await until(() => bench.processes().length === 0)
  })

  test("a record that the server refuses fails the transform with its words; other files have their predictions", async () => {
    const bench = aBench()
    bench.write("storage/batch/bad.csv", "1,2\nthree\n")
    await bench.service.createModel(bench.model)
    const transform = aTransform(bench)
    await bench.service.startTransform(transform)
    expect(await bench.ended(transform.name)).toMatchObject({
      status: "failed",
      reason: "bad.csv: the server answered 400: a line is no list of numbers",
    })
    expect(await bench.readOutput(`${transform.output}/bad.csv.out`)).toBeNull()
    expect(await bench.readOutput(`${transform.output}/a.csv.out`)).toBe("7,1,16\n8,2,20\n")
    await until(() => bench.processes().length === 0)
  })

  test("a server that ends before it is ready is told by its last words", async () => {
    const bench = aBench({ server: 'throw new Error("the weights are of another version")' })
    await bench.service.createModel(bench.model)
    const transform = aTransform(bench)
    await bench.service.startTransform(transform)
    expect(await bench.ended(transform.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("Error: the weights are of another version"),
    })
  })

  test("a server that ends while it is asked is told by its last words, for every file", async () => {
    const server = ADDER.replace('let body = ""', 'console.error("Error: out of memory"); process.exit(9)')
    const bench = aBench({ server })
    await bench.service.createModel(bench.model)
    const transform = aTransform(bench)
    await bench.service.startTransform(transform)
    const ended = "the server of the model rg-1-r0-a1 ended: exit code 9: Error: out of memory"
    expect(await bench.ended(transform.name)).toMatchObject({
      status: "failed",
      reason: `a.csv: ${ended} (and 1 more of 2 files)`,
    })
    await until(() => bench.processes().length === 0)
  })

  test("a stop ends a server that never answers, with its whole group", async () => {
    const bench = aBench({ server: MUTE })
    await bench.service.createModel(bench.model)
    const transform = aTransform(bench)
    await bench.service.startTransform(transform)
    await until(() => bench.processes().length >= 2)
    await bench.service.stopTransform(bench.model.region, transform.name)
    expect(await bench.ended(transform.name)).toMatchObject({ status: "stopped", reason: "stopped on request" })
    await until(() => bench.processes().length === 0)
  })

  test("of a process that was killed the end is told by whoever looks, and its server is gone", async () => {
    const bench = aBench({ server: MUTE })
    await bench.service.createModel(bench.model)
    const transform = aTransform(bench)
    await bench.service.startTransform(transform)
    const folder = join(bench.folder, "transforms", transform.name)
    await until(() => existsSync(join(folder, "leaders")))
    const { process: carrier } = JSON.parse(readFileSync(join(folder, "supervisor.json"), "utf8")) as {
      process: string
    }
    process.kill(Number(carrier.split(".").at(-2)), "SIGKILL")
    expect(await bench.ended(transform.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("was killed"),
    })
    await until(() => bench.processes().length === 0)
  })
})

/** The bench's model as one of a script, packed as `submit` would. */
async function withCode(bench: LocalModelBench, files: Readonly<Record<string, string>>): Promise<ModelPlan> {
  for (const [name, text] of Object.entries(files)) bench.write(`code/${name}`, text)
  const file = join(bench.folder, "code.tar.gz")
  await create({ cwd: join(bench.folder, "code"), file, gzip: true }, Object.keys(files))
  const archive = await new FolderStore(bench.folder).stat(fileUri(file), "us-east-1")
  const [entryPoint = ""] = Object.keys(files)
  const { local } = bench.model
  if (local === undefined) throw new Error("the bench's model is one of local")
  bench.write("artifact/model.tar.gz", gzipTar({ "weight.txt": "2" }))
  return { ...bench.model, local: { ...local, program: { entryPoint, archive } } }
}

async function until(holds: () => boolean): Promise<void> {
  const patience = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > patience) throw new Error("it never came to hold")
    await delay(20)
  }
}
