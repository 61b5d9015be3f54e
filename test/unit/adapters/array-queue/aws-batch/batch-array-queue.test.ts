import { JobStatus } from "@aws-sdk/client-batch"
import { describe, expect, test } from "vitest"
import { CHILD_STATES } from "../../../../../src/adapters/array-queue/aws-batch/job-states.ts"
import { ownerId } from "../../../../../src/core/decision/owner.ts"
import type { Child } from "../../../../../src/ports/array-queue.ts"
import { FARGATE, failing, fakeQueue } from "./fake-batch.ts"

type Job = Readonly<Record<string, unknown>>

/** Describes those of these jobs that it is asked for. */
function describing(...jobs: readonly Job[]) {
  return (input: { readonly jobs: readonly string[] }) => ({
    jobs: jobs.filter(({ jobId }) => input.jobs.includes(jobId as string)),
  })
}

const PARENT = {
  jobId: "p",
  status: "PENDING",
  arrayProperties: { size: 12, statusSummary: { RUNNING: 2, FAILED: 1 } },
}

async function all(children: AsyncIterable<Child>): Promise<readonly Child[]> {
  const seen: Child[] = []
  for await (const child of children) seen.push(child)
  return seen
}

describe("children by state", () => {
  test("every status of the SDK has a state", () => {
    expect(Object.keys(CHILD_STATES).sort()).toEqual(Object.values(JobStatus).sort())
  })

  test("what a late summary does not have yet is queued", async () => {
    const { queue } = fakeQueue({ ...FARGATE, DescribeJobs: describing(PARENT) })
    expect((await queue.counts(["p"])).get("p")).toEqual({ queued: 9, running: 2, succeeded: 0, failed: 1 })
  })

  test.each([
    ["SUCCEEDED", { SUCCEEDED: 10, RUNNING: 2 }, { queued: 0, running: 0, succeeded: 12, failed: 0 }],
    ["FAILED", { SUCCEEDED: 9, RUNNING: 1 }, { queued: 0, running: 0, succeeded: 9, failed: 3 }],
  ])("an array that is %s has no unfinished child", async (status, statusSummary, counts) => {
    const parent = { ...PARENT, status, arrayProperties: { size: 12, statusSummary } }
    const { queue } = fakeQueue({ ...FARGATE, DescribeJobs: describing(parent) })
    expect((await queue.counts(["p"])).get("p")).toEqual(counts)
  })

  test("250 arrays are asked of in three calls, unknown ones are missing, and each region is asked of its own", async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `p${at}`)
    const plain = ids.slice(1).map((jobId) => ({ jobId, status: "RUNNING" }))
    const it = fakeQueue({ ...FARGATE, DescribeJobs: describing(...plain, { jobId: "w", status: "SUCCEEDED" }) })
    const counts = await it.queue.counts([...ids, "eu-west-1/w"])
    expect(counts.size).toBe(250)
    expect(counts.has("p0")).toBe(false)
    expect(counts.get("eu-west-1/w")).toMatchObject({ succeeded: 1 })
    expect(it.of("DescribeJobs").map(({ region, input }) => [region, input.jobs.length])).toEqual([
      ["us-east-1", 100],
      ["eu-west-1", 1],
      ["us-east-1", 100],
      ["us-east-1", 50],
    ])
  })
})

describe("children of an array", () => {
  test("failed ones come in order of index, over pages, each with who ended it", async () => {
    const failed = (index: number) => ({ jobId: `p:${index}`, status: "FAILED", arrayProperties: { index } })
    const it = fakeQueue({
      ...FARGATE,
      DescribeJobs: describing(
        PARENT,
        { ...failed(1), isTerminated: true, statusReason: "stopped by ada", container: { exitCode: 143 } },
        {
          ...failed(7),
          statusReason: "Essential container in task exited",
          container: { exitCode: 70, logStreamName: "worker/default/7" },
        },
      ),
      ListJobs: ({ nextToken }: { readonly nextToken?: string }) =>
        nextToken === undefined ? { jobSummaryList: [failed(7)], nextToken: "more" } : { jobSummaryList: [failed(1)] },
    })
    const expected = [
      { job: "p:1", index: 1, state: "failed", byPerson: true, reason: "stopped by ada" },
      {
        job: "p:7",
        index: 7,
        state: "failed",
        byPerson: false,
        reason:
          "Essential container in task exited; exit code 70 (the row failed for good, or was stopped); its log: /aws/batch/job, stream worker/default/7",
      },
    ]
    expect(await all(it.queue.children("p", "failed"))).toEqual(expected)
    expect(it.of("ListJobs").map(({ input }) => input)).toEqual([
      { arrayJobId: "p", jobStatus: "FAILED", maxResults: 1000 },
      { arrayJobId: "p", jobStatus: "FAILED", maxResults: 1000, nextToken: "more" },
    ])
    const before = it.of("DescribeJobs").length
    expect(await all(it.queue.children("p", "failed"))).toEqual(expected)
    expect(it.of("DescribeJobs")).toHaveLength(before + 1)
  })

  test("waiting ones say why, and no more is read than is wanted", async () => {
    const summary = { jobId: "p:3", status: "RUNNABLE", arrayProperties: { index: 3 } }
    const it = fakeQueue({
      ...FARGATE,
      DescribeJobs: describing(PARENT),
      ListJobs: { jobSummaryList: [{ ...summary, statusReason: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY" }] },
    })
    for await (const child of it.queue.children("p", "queued")) {
      expect(child).toMatchObject({ index: 3, reason: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY" })
      break
    }
    expect(it.of("ListJobs")).toHaveLength(1)
  })

  test("a plain job is its own only child", async () => {
    const { queue } = fakeQueue({ ...FARGATE, DescribeJobs: describing({ jobId: "one", status: "STARTING" }) })
    expect(await all(queue.children("one", "running"))).toMatchObject([{ job: "one", index: 0 }])
    expect(await all(queue.children("one", "failed"))).toEqual([])
    expect(await queue.child("one")).toMatchObject({ state: "running" })
    expect(await queue.child("one:0")).toBeNull()
  })
})

describe("whether an owner's process is gone", () => {
  const owner = (job: string, attempt: number) => ownerId({ kind: "child", job, attempt, process: "host.1.1.1" })
  const cases: readonly (readonly [string, Job, number, boolean])[] = [
    ["a job that ended", { status: "FAILED" }, 1, true],
    ["a job that runs its first attempt", { status: "RUNNING", attempts: [] }, 1, false],
    ["an attempt whose end is noted", { status: "RUNNABLE", attempts: [{ stoppedAt: 5 }] }, 1, true],
    ["the attempt after it", { status: "RUNNABLE", attempts: [{ stoppedAt: 5 }] }, 2, false],
    ["an attempt that is noted without an end", { status: "RUNNING", attempts: [{ startedAt: 5 }] }, 1, false],
    ["an attempt before one that ended", { status: "RUNNING", attempts: [{}, { stoppedAt: 5 }] }, 1, true],
    ["a job that waits again", { status: "RUNNABLE", attempts: [] }, 1, false],
  ]

  test.each(cases)("%s", async (_, job, attempt, gone) => {
    const { queue } = fakeQueue({ ...FARGATE, DescribeJobs: describing({ jobId: "p:1", ...job }) })
    expect(await queue.isGone(owner("p:1", attempt))).toBe(gone)
  })

  test("in every doubt no: an unknown job, other kinds of owner, a text that is none", async () => {
    const it = fakeQueue(FARGATE)
    expect(await it.queue.isGone(owner("p:1", 1))).toBe(false)
    expect(await it.queue.isGone(ownerId({ kind: "command", process: "h.1.1.1" }))).toBe(false)
    expect(await it.queue.isGone(ownerId({ kind: "follower", process: "h.1.1.1" }))).toBe(false)
    expect(await it.queue.isGone("nobody" as never)).toBe(false)
    expect(it.asked).toHaveLength(1)
  })

  test("a Batch that does not answer is an error, not an answer", async () => {
    const { queue } = fakeQueue({ ...FARGATE, DescribeJobs: failing("ThrottlingException", 400) })
    await expect(queue.isGone(owner("p:1", 1))).rejects.toMatchObject({ code: "unavailable" })
  })

  test("questions of one moment are one call", async () => {
    const it = fakeQueue(FARGATE)
    await Promise.all(Array.from({ length: 40 }, (_, at) => it.queue.isGone(owner(`p:${at}`, 1))))
    expect(it.of("DescribeJobs")).toHaveLength(1)
  })
})

describe("ending an array", () => {
  test("the parent is terminated, in its own region", async () => {
    const it = fakeQueue({ ...FARGATE, DescribeJobs: describing(PARENT), TerminateJob: {} })
    await it.queue.end("eu-west-1/p", "x".repeat(2000))
    expect(it.of("TerminateJob")).toMatchObject([
      { region: "eu-west-1", input: { jobId: "p", reason: "x".repeat(1024) } },
    ])
  })

  test("what ended, or never was, is left alone", async () => {
    const it = fakeQueue({ ...FARGATE, DescribeJobs: describing({ jobId: "over", status: "FAILED" }) })
    await it.queue.end("over", "late")
    await it.queue.end("unknown", "never was")
    expect(it.of("TerminateJob")).toEqual([])
  })
})
