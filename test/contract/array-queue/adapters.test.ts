import { MemoryArrayQueue } from "../../../src/adapters/array-queue/memory/memory-array-queue.ts"
import { openBatchBench } from "./batch-bench.ts"
import { openLocalBench } from "./local-bench.ts"
import { arrayQueueContract, type QueueUnderTest, type Started, type Step } from "./suite.ts"

const adapters: readonly { readonly name: string; open(): Promise<QueueUnderTest> }[] = [
  { name: "memory", open: openMemoryBench },
  { name: "local", open: openLocalBench },
  { name: "aws-batch", open: openBatchBench },
]

for (const { name, open } of adapters) arrayQueueContract(name, open)

async function openMemoryBench(): Promise<QueueUnderTest> {
  const scripts = new Map<number, readonly Step[]>()
  const started: Started[] = []
  const queue = new MemoryArrayQueue({
    environment: { REGATTA_ROW_INDEX: "left behind by another job" },
    parallel: 2,
    async work(environment, terminated) {
      const value = (name: string) => environment[name] ?? "none"
      started.push({
        run: value("REGATTA_RUN"),
        job: value("AWS_BATCH_JOB_ID"),
        attempt: value("AWS_BATCH_JOB_ATTEMPT"),
        arrayIndex: value("AWS_BATCH_JOB_ARRAY_INDEX"),
        rowIndex: value("REGATTA_ROW_INDEX"),
        rowOffset: value("REGATTA_ROW_OFFSET"),
        rowList: value("REGATTA_ROW_LIST"),
      })
      const child = Number(environment["AWS_BATCH_JOB_ARRAY_INDEX"] ?? 0)
      const step = scripts.get(child)?.[Number(environment["AWS_BATCH_JOB_ATTEMPT"]) - 1] ?? 0
      if (step === "killed") return null
      if (step !== "hang") return step
      await new Promise((resolve) => terminated.addEventListener("abort", resolve, { once: true }))
      return 75
    },
  })
  return {
    queue,
    script: async (child, ...steps) => void scripts.set(child, steps),
    started: async () => started,
    close: async () => {
      for (const array of (await queue.counts([])).keys()) await queue.end(array, "the test is over")
    },
  }
}
