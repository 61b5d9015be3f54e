import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { TarUnpacker } from "../../../src/adapters/artifact-unpacker/tar/tar-unpacker.ts"
import { LocalModels, type LocalModelsOptions } from "../../../src/adapters/model-service/local-process/local-models.ts"
import { FolderStore } from "../../../src/adapters/object-store/folder/folder-store.ts"
import { identify } from "../../../src/adapters/process/identity.ts"
import { fileUri } from "../../../src/core/file-uri.ts"
import type { LocalServing, ModelPlan } from "../../../src/core/job/model-plan.ts"
import type { TransformState } from "../../../src/core/job/transform-plan.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import type { ModelBench } from "../../contract/model-service/suite.ts"
import { ENTRY } from "../local-job.ts"

const LONGEST_MS = 60_000

export interface LocalModelBench extends ModelBench {
  readonly service: LocalModels
  readonly options: LocalModelsOptions
  readonly folder: string
  write(path: string, content: string | Uint8Array): string
  /** The state once the transform is over. */
  ended(name: string): Promise<TransformState>
  /** Processes of the state folder's servers and carriers. */
  processes(): readonly number[]
}

/** Adds up the numbers of each line; says no to a line that has none. In SageMaker's container contract, in Node. */
export const ADDER = `
import { createServer } from "node:http"
import { readFileSync } from "node:fs"
const weight = Number(readFileSync(process.env.SM_MODEL_DIR + "/weight.txt", "utf8"))
createServer((request, response) => {
  if (request.url === "/ping") return response.end()
  if (request.url !== "/invocations") return response.writeHead(404).end()
  let body = ""
  request.on("data", (chunk) => { body += chunk })
  request.on("end", () => {
    const sums = body.trim().split("\\n").map((line) => line.split(",").reduce((sum, cell) => sum + Number(cell), 0) * weight)
    if (sums.some(Number.isNaN)) return response.writeHead(400).end("a line is no list of numbers")
    response.end(sums.join("\\n"))
  })
}).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT), "127.0.0.1")
`

/** A state folder of its own, with a model whose server is a program of the test's. */
export function aLocalBench(
  difference: { readonly server?: string; readonly local?: Partial<LocalServing> } = {},
): LocalModelBench {
  const folder = mkdtempSync(join(process.env["REGATTA_TEST_TMP"] ?? tmpdir(), "regatta-models-"))
  const write = (path: string, content: string | Uint8Array) => {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  const server = write("server.mjs", difference.server ?? ADDER)
  const artifact = write("artifact/model.tar.gz", gzipTar({ "weight.txt": "2" }))
  write("storage/batch/a.csv", "7,1\n8,2\n")
  write("storage/batch/sub/b.csv", "9,3\n")
  const options: LocalModelsOptions = {
    stateFolder: folder,
    clock: { now: () => Date.now(), sleep: async () => {} },
    log: { event: () => {} },
    self: [process.execPath, ENTRY],
    process: identify(process.pid) ?? "",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], REGATTA_HOME: folder, REGATTA_TABLE: "memory:" },
    unpacker: new TarUnpacker(),
    objects: new FolderStore(folder),
  }
  const service = new LocalModels(options)
  const model: ModelPlan = {
    name: "rg-1-r0-a1",
    region: "us-east-1",
    role: "",
    image: "",
    environment: {},
    artifact: fileUri(artifact),
    tags: {},
    local: {
      trainedBy: "image",
      command: [process.execPath, server],
      program: null,
      storageMap: {},
      ...difference.local,
    },
  }
  const ended = async (name: string) => {
    const until = performance.now() + LONGEST_MS
    for (;;) {
      const state = await service.describeTransform(model.region, name)
      if (state === null || performance.now() > until) throw new Error(`${name}: ${state?.raw ?? "none"}`)
      if (state.status !== "running" && state.status !== "stopping") return state
      await delay(50)
    }
  }
  return {
    service,
    options,
    folder,
    model,
    write,
    ended,
    input: "s3://batch/",
    root: fileUri(join(folder, "out")),
    async untilOver(name) {
      await ended(name)
    },
    async readOutput(uri) {
      const path = fileURLToPath(uri)
      return existsSync(path) ? readFileSync(path, "utf8") : null
    },
    async spoilArtifact() {
      writeFileSync(artifact, "weights")
    },
    processes: () => processesOf(folder),
    async close() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function processesOf(folder: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => read(file).includes(`${folder}/`)))
    .map(Number)
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1")
  } catch {
    return ""
  }
}
