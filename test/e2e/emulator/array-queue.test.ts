import { BatchClient } from "@aws-sdk/client-batch"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { BatchArrayQueue } from "../../../src/adapters/array-queue/aws-batch/batch-array-queue.ts"
import { ByRegion } from "../../../src/adapters/aws/client-options.ts"
import { ownerId } from "../../../src/core/decision/owner.ts"
import { AWS_TIMING, scaledTiming } from "../../../src/core/decision/policy.ts"
import type { Child, ChildState } from "../../../src/ports/array-queue.ts"
import { anArray, aRun, aWorld } from "../../builders.ts"
import { anEmulator, type Emulated } from "./emulated.ts"

const HOME = "us-east-1"
const SOON = { timeout: 20_000, interval: 50 }
/** Ends with the code that the row's place in the array has here; the last one waits to be told. */
const CHILD = `
const code = [0, 70, 75][Number(process.env.AWS_BATCH_JOB_ARRAY_INDEX)]
if (code === undefined) { process.on("SIGTERM", () => process.exit(75)); setInterval(() => {}, 1000) }
else process.exitCode = code === 75 && process.env.AWS_BATCH_JOB_ATTEMPT !== "1" ? 0 : code
`

let emulated: Emulated
let queue: BatchArrayQueue

beforeEach(async () => {
  emulated = await anEmulator({ child: CHILD })
  for (const region of [HOME, "eu-west-1"]) emulated.batch.addQueue(region, "workers", 4)
  const clients = (tries: number) => new ByRegion((region) => new BatchClient(emulated.client(region, tries)))
  queue = new BatchArrayQueue({
    clients: clients(5),
    submitters: clients(1),
    settings: {
      queue: { [HOME]: "workers", "eu-west-1": "workers" },
      image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/regatta:1",
      job_role: "arn:aws:iam::123456789012:role/worker",
      execution_role: "arn:aws:iam::123456789012:role/ecs",
    },
    prefix: "rg",
    home: HOME,
    environment: async () => ({ REGATTA_ON: "aws" }),
    timing: scaledTiming(AWS_TIMING, 0.001),
    world: aWorld({ clock: { now: () => Date.now(), sleep: async () => {} } }),
  })
})
afterEach(async () => {
  queue.close()
  await emulated.close()
})

async function listed(array: string, state: ChildState): Promise<readonly Child[]> {
  const children: Child[] = []
  for await (const child of queue.children(array, state)) children.push(child)
  return children
}

describe("Batch over the wire", () => {
  test.each([HOME, "eu-west-1"])("an array in %s is submitted, seen, and ended", async (queueRegion) => {
    const id = await queue.submit(aRun(), anArray({ size: 4, queueRegion }))
    expect(id.startsWith("eu-west-1/")).toBe(queueRegion !== HOME)
    const counts = async () => (await queue.counts([id])).get(id)
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 1, succeeded: 2, failed: 1 })
    expect(await listed(id, "failed")).toMatchObject([
      { job: `${id}:1`, byPerson: false, reason: expect.stringContaining("70") },
    ])
    const owner = (index: number, attempt: number) =>
      ownerId({ kind: "child", job: `${id}:${index}`, attempt, process: "elsewhere.1.1.1" })
    expect(await Promise.all([queue.isGone(owner(1, 1)), queue.isGone(owner(3, 1))])).toEqual([true, false])
    await queue.end(id, "stopped by ada")
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 2, failed: 2 })
    expect(await queue.child(`${id}:3`)).toMatchObject({ state: "failed", byPerson: true, reason: "stopped by ada" })
    expect(await queue.isGone(owner(3, 1))).toBe(true)
  })

  test("of an array whose answer was lost there is one", async () => {
    await emulated.faults({ kind: "lostAnswer", operation: "SubmitJob", nth: [1] })
    const id = await queue.submit(aRun(), anArray({ size: 4 }))
    expect(emulated.batch.submissions().map((each) => each.id)).toEqual([id])
  })

  test("a throttled submission is repeated", async () => {
    await emulated.faults({ kind: "throttle", operation: "SubmitJob", nth: [1] })
    await queue.submit(aRun(), anArray({ size: 4 }))
    expect(emulated.batch.submissions()).toHaveLength(1)
  })

  test("equal settings share a definition", async () => {
    await queue.submit(aRun(), anArray({ size: 2 }))
    await queue.submit(aRun(), anArray({ name: "another", size: 1 }))
    expect(new Set(emulated.batch.submissions().map(({ definition }) => definition.arn)).size).toBe(1)
  })
})
