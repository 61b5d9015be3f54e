// Creates one training job and describes it, in a process that a test may kill at any moment.
import { readFileSync } from "node:fs"
import { identify } from "../../src/adapters/process/identity.ts"
import { LocalProcessTraining } from "../../src/adapters/training-service/local-process/local-process-training.ts"
import type { Job } from "./local-job.ts"

const [stateFolder = "", file = "", ...self] = process.argv.slice(2)
const { run, spec, attempt } = JSON.parse(readFileSync(file, "utf8")) as Job
const [command = "", ...args] = self
const service = new LocalProcessTraining({
  stateFolder,
  clock: { now: () => Date.now(), sleep: async () => {} },
  log: { event: () => {} },
  self: [command, ...args],
  process: identify(process.pid) ?? "",
  env: process.env,
})
process.stdout.write("ready\n")
const seen = await service.create(run, spec, attempt, new AbortController().signal)
process.stdout.write(`${seen.kind}\n`)
