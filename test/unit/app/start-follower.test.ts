import { beforeEach, describe, expect, test } from "vitest"
import type { BatchArrayQueue } from "../../../src/adapters/array-queue/aws-batch/batch-array-queue.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { followerSeat } from "../../../src/app/follower-seat.ts"
import { withFollower } from "../../../src/app/start-follower.ts"
import { submitArrays } from "../../../src/app/submit-arrays.ts"
import { AWS_TIMING } from "../../../src/core/decision/policy.ts"
import type { OwnerId } from "../../../src/core/ids.ts"
import { contiguousArrays } from "../../../src/core/run/slices.ts"
import { aRun } from "../../builders.ts"
import { FARGATE, fakeQueue } from "../adapters/array-queue/aws-batch/fake-batch.ts"

const { run: RUN } = aRun()
const ME = "command|me" as OwnerId
const never = new AbortController().signal
const FOLLOWER = `${RUN}-follow`
const ARRAYS = [`${RUN}-0`, `${RUN}-1`]

class Killed extends Error {}

let table: MemoryRunTable
let batch: ReturnType<typeof batchWithJobs>

beforeEach(async () => {
  table = new MemoryRunTable({ retryAfter: 1000 })
  batch = batchWithJobs()
  await table.createRun(aRun({ follow: "detached", arrays: contiguousArrays(RUN, 0, 0, 10_001) }))
})

describe("the follower of a detached run", () => {
  test("is in the queue before the first array", async () => {
    await submit()
    expect(batch.names()).toEqual([FOLLOWER, ...ARRAYS])
  })

  test.each([1, 2, 3])("killed at submission %i: resumed, each is there once and in the same order", async (at) => {
    batch.killAt = at
    await expect(submit()).rejects.toThrow(Killed)
    expect(batch.names()).toHaveLength(at)
    batch.killAt = 0
    await submit()
    expect(batch.names()).toEqual([FOLLOWER, ...ARRAYS])
  })

  test("is not started where one was seen within its lease, nor where all is submitted", async () => {
    const { world } = batch.it
    await table.takeSeat({ name: followerSeat(RUN), version: 1, holder: "follower|x", at: world.clock.now() - 60_000 })
    await submit()
    expect(batch.names()).toEqual(ARRAYS)
    await world.clock.sleep(world.clock.now() + 600_000)
    await submit()
    expect(batch.names()).toEqual(ARRAYS)
  })

  test("is started again where the one that was seen is proven to have ended", async () => {
    const { world, queue } = batch.it
    await table.takeSeat({ name: followerSeat(RUN), version: 1, holder: "follower|x", at: world.clock.now() - 60_000 })
    queue.isGone = async (owner) => owner === "follower|x"
    await submit()
    expect(batch.names()).toEqual([FOLLOWER, ...ARRAYS])
  })

  test("is not for an attached run", async () => {
    table = new MemoryRunTable({ retryAfter: 1000 })
    await table.createRun(aRun({ arrays: contiguousArrays(RUN, 0, 0, 3) }))
    await submit()
    expect(batch.names()).toEqual([`${RUN}-0`])
  })
})

function submit() {
  const queue: BatchArrayQueue = batch.it.queue
  const ports = { table, queue, timing: AWS_TIMING, world: batch.it.world }
  return submitArrays(ports, RUN, ME, never, withFollower(ports))
}

/** A Batch that keeps what is submitted, and whose caller may die when a job has just landed. */
function batchWithJobs() {
  const jobs: { jobId: string; jobName: string; status: string; createdAt: number }[] = []
  const state = { jobs, killAt: 0, names: () => jobs.map(({ jobName }) => jobName) }
  const script = {
    ...FARGATE,
    ListJobs: ({ filters }: { readonly filters: readonly { readonly values: readonly string[] }[] }) => ({
      jobSummaryList: jobs.filter(({ jobName }) => filters[0]?.values.includes(jobName)),
    }),
    DescribeJobs: (asked: { readonly jobs: readonly string[] }) => ({
      jobs: jobs.filter(({ jobId }) => asked.jobs.includes(jobId)),
    }),
    SubmitJob: ({ jobName }: { readonly jobName: string }) => {
      jobs.push({ jobId: `job-${jobs.length}`, jobName, status: "RUNNABLE", createdAt: jobs.length })
      return { jobId: `job-${jobs.length - 1}` }
    },
  }
  const it = fakeQueue(script)
  const { submit: submitted, follow: followed } = it.queue
  const dying =
    <Given extends unknown[], Done>(call: (...given: Given) => Promise<Done>) =>
    async (...given: Given): Promise<Done> => {
      const done = await call.apply(it.queue, given)
      if (jobs.length === state.killAt) throw new Killed()
      return done
    }
  it.queue.submit = dying(submitted)
  it.queue.follow = dying(followed)
  return Object.assign(state, { it })
}
