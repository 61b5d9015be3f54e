// Creates one training job in its own state folder and follows it to its end, which it prints: for tests that must not
// do so in their own process, because the disk is full there or files may not grow.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { identify } from "../../src/adapters/process/identity.ts"
import { LocalProcessTraining } from "../../src/adapters/training-service/local-process/local-process-training.ts"
import type { Job } from "./local-job.ts"

const { stateFolder, job, self, fill } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly stateFolder: string
  readonly job: Job
  readonly self: readonly [string, ...string[]]
  /** Fill the disk before the create. */
  readonly fill: boolean
}
mkdirSync(stateFolder, { recursive: true })
if (fill) fillDisk(join(stateFolder, "filling"))
const service = new LocalProcessTraining({
  stateFolder,
  clock: { now: () => Date.now(), sleep: async () => {} },
  log: { event: () => {} },
  self,
  process: identify(process.pid) ?? "",
  env: process.env,
})
let seen = await service.create(job.run, job.spec, job.attempt, new AbortController().signal)
while (seen.kind === "nothing" || (seen.kind === "job" && seen.job.end === null)) {
  await new Promise((resolve) => setTimeout(resolve, 20))
  seen = await service.describe(job.run, job.attempt)
}
process.stdout.write(JSON.stringify(seen))

function fillDisk(file: string): void {
  for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: "a" })
    } catch {
      // Full for this size: the next is half of it.
    }
  }
}
