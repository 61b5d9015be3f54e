import { describe, expect, test } from "vitest"
import { aBatch, REGION } from "./batch-bed.ts"

const summary = (job: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries((job["arrayProperties"] as { statusSummary: Record<string, number> }).statusSummary).filter(
      ([, count]) => count > 0,
    ),
  )

describe("an array", () => {
  test("is SUBMITTED, then PENDING until every child has ended", () => {
    const batch = aBatch()
    const job = batch.submit({ arrayProperties: { size: 2 } })
    const seen = () => [batch.describe(job)["status"], summary(batch.describe(job))]
    expect(seen()).toEqual(["SUBMITTED", { SUBMITTED: 2 }])
    batch.pass(1_000)
    expect(seen()).toEqual(["PENDING", { STARTING: 2 }])
    batch.pass(2_000)
    expect(seen()).toEqual(["PENDING", { RUNNING: 2 }])
    batch.ended(`${job}:1`, 1, 1)
    expect(seen()).toEqual(["PENDING", { RUNNING: 1, FAILED: 1 }])
    batch.ended(`${job}:0`, 1, 0)
    expect(seen()).toEqual(["FAILED", { SUCCEEDED: 1, FAILED: 1 }])
    expect(batch.describe(job)["statusReason"]).toBe("Array Child Job failed")
  })

  test("of ten thousand starts a hundred children at once and then twenty a second", () => {
    const batch = aBatch(20_000)
    batch.submit({ arrayProperties: { size: 10_000 } })
    batch.pass(3_000)
    expect(batch.effects).toHaveLength(100)
    batch.pass(10_000)
    expect(batch.effects.length).toBeGreaterThanOrEqual(299)
    expect(batch.effects.length).toBeLessThanOrEqual(301)
    batch.pass(600_000)
    expect(batch.effects).toHaveLength(10_000)
  })

  test("fills the places of its queue, and the next child takes what one leaves", () => {
    const batch = aBatch(2)
    const job = batch.submit({ arrayProperties: { size: 4 } })
    batch.pass(10_000)
    expect(summary(batch.describe(job))).toEqual({ RUNNABLE: 2, RUNNING: 2 })
    expect(batch.describe(`${job}:2`)).toMatchObject({
      status: "RUNNABLE",
      statusReason: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    })
    batch.ended(`${job}:0`, 1, 0)
    batch.pass(2_000)
    expect(batch.describe(`${job}:2`)["status"]).toBe("RUNNING")
    expect(batch.describe(`${job}:3`)["status"]).toBe("RUNNABLE")
  })
})

describe("an attempt", () => {
  test("that failed is followed by the next one after a while, and all of them stay to be seen", () => {
    const batch = aBatch()
    const job = batch.submit({ retryStrategy: { attempts: 2 } })
    batch.pass(3_000)
    batch.ended(job, 1, 75)
    expect(batch.describe(job)).toMatchObject({ status: "RUNNABLE", attempts: [{ container: { exitCode: 75 } }] })
    batch.pass(3_000)
    expect(batch.starts.get(`${job} 2`)?.environment).toMatchObject({ AWS_BATCH_JOB_ATTEMPT: "2", A: "1" })
    batch.ended(job, 1, 0)
    expect(batch.describe(job)["status"]).toBe("RUNNING")
    batch.ended(job, 2, 0)
    batch.ended(job, 2, 1)
    expect(batch.describe(job)).toMatchObject({ status: "SUCCEEDED", attempts: [{}, { container: { exitCode: 0 } }] })
  })

  test("whose host is lost has no exit code", () => {
    const batch = aBatch()
    const job = batch.submit()
    batch.pass(3_000)
    batch.ended(job, 1, null)
    const { status, statusReason, container } = batch.describe(job)
    expect([status, statusReason]).toEqual([
      "FAILED",
      expect.stringMatching(/^Host EC2 \(instance i-\w+\) terminated\.$/),
    ])
    expect(container).not.toHaveProperty("exitCode")
  })

  test("that takes too long is ended, and not tried again", () => {
    const batch = aBatch()
    const job = batch.submit({ retryStrategy: { attempts: 5 }, timeout: { attemptDurationSeconds: 60 } })
    batch.pass(3_000 + 60_000)
    expect(batch.effects.at(-1)).toEqual({ kind: "terminate", job, attempt: 1, at: 63_000 })
    batch.pass(30_000)
    expect(batch.effects.at(-1)).toEqual({ kind: "kill", job, attempt: 1, at: 93_000 })
    batch.ended(job, 1, 137)
    expect(batch.describe(job)).toMatchObject({
      status: "FAILED",
      statusReason: "Job attempt duration exceeded timeout",
      isTerminated: false,
    })
  })
})

describe("ending", () => {
  test("terminates what runs or starts and drops what waits, each with the reason", () => {
    const batch = aBatch(1)
    const job = batch.submit({ arrayProperties: { size: 3 }, retryStrategy: { attempts: 9 } })
    batch.pass(3_000)
    batch.ask("TerminateJob", { jobId: job, reason: "enough" })
    expect(summary(batch.describe(job))).toEqual({ RUNNING: 1, FAILED: 2 })
    expect(batch.effects.map(({ kind }) => kind)).toEqual(["start", "terminate"])
    batch.ask("TerminateJob", { jobId: job, reason: "again" })
    expect(batch.effects).toHaveLength(2)
    batch.ended(`${job}:0`, 1, 0)
    for (const id of [job, `${job}:0`, `${job}:2`]) {
      expect(batch.describe(id)).toMatchObject({ status: "FAILED", statusReason: "enough", isTerminated: true })
    }
    batch.pass(60_000)
    expect(batch.effects.map(({ kind }) => kind)).toEqual(["start", "terminate"])
  })

  test("in STARTING starts nothing", () => {
    const batch = aBatch()
    const job = batch.submit()
    batch.pass(1_500)
    batch.ask("TerminateJob", { jobId: job, reason: "early" })
    batch.pass(60_000)
    expect(batch.effects).toEqual([])
    expect(batch.describe(job)).toMatchObject({ status: "FAILED", isTerminated: true })
  })

  test("by cancelling leaves alone what has begun", () => {
    const batch = aBatch(1)
    const job = batch.submit({ arrayProperties: { size: 2 } })
    batch.pass(3_000)
    batch.ask("CancelJob", { jobId: job, reason: "no more" })
    expect(batch.describe(`${job}:0`)).toMatchObject({ status: "RUNNING", isCancelled: false })
    expect(batch.describe(`${job}:1`)).toMatchObject({ status: "FAILED", isCancelled: true, statusReason: "no more" })
  })

  test("of one that has ended changes nothing, and one that nobody knows is refused", () => {
    const batch = aBatch()
    const job = batch.submit()
    batch.pass(3_000)
    batch.ended(job, 1, 0)
    batch.ask("TerminateJob", { jobId: job, reason: "late" })
    expect(batch.describe(job)).toMatchObject({ status: "SUCCEEDED", isTerminated: false })
    expect(() => batch.ask("TerminateJob", { jobId: "none", reason: "x" })).toThrow(/ClientException/)
  })
})

describe("a job that depends", () => {
  test("on another waits for its success, and fails with it", () => {
    const batch = aBatch()
    const [good, bad] = [batch.submit(), batch.submit()]
    const [after, never] = [good, bad].map((jobId) => batch.submit({ dependsOn: [{ jobId }] }))
    batch.pass(3_000)
    expect(batch.describe(after ?? "")["status"]).toBe("PENDING")
    batch.ended(good, 1, 0)
    batch.ended(bad, 1, 1)
    batch.pass(2_000)
    expect(batch.describe(after ?? "")["status"]).toBe("RUNNING")
    expect(batch.describe(never ?? "")).toMatchObject({ status: "FAILED", statusReason: "Dependent Job failed" })
  })

  test("in sequence runs its children one after the other", () => {
    const batch = aBatch()
    const job = batch.submit({ arrayProperties: { size: 3 }, dependsOn: [{ type: "SEQUENTIAL" }] })
    for (const index of [0, 1, 2]) {
      batch.pass(3_000)
      expect(batch.effects.map((effect) => effect.job).at(-1)).toBe(`${job}:${index}`)
      batch.ended(`${job}:${index}`, 1, 0)
    }
    expect(batch.describe(job)["status"]).toBe("SUCCEEDED")
  })

  test("child by child starts each when its own has succeeded", () => {
    const batch = aBatch()
    const first = batch.submit({ arrayProperties: { size: 2 } })
    const second = batch.submit({ arrayProperties: { size: 2 }, dependsOn: [{ jobId: first, type: "N_TO_N" }] })
    batch.pass(3_000)
    batch.ended(`${first}:1`, 1, 0)
    batch.pass(2_000)
    expect(batch.describe(`${second}:1`)["status"]).toBe("RUNNING")
    expect(batch.describe(`${second}:0`)["status"]).toBe("PENDING")
  })
})

describe("what a job is given", () => {
  test("parameters fill its command, and overrides its environment", () => {
    const batch = aBatch()
    const job = batch.submit({
      parameters: { what: "this" },
      containerOverrides: { environment: [{ name: "B", value: "2" }] },
    })
    batch.pass(3_000)
    const start = batch.starts.get(`${job} 1`)
    expect(start?.command).toEqual(["run", "this"])
    expect(start?.environment).toEqual({
      A: "1",
      B: "2",
      AWS_BATCH_JOB_ID: job,
      AWS_BATCH_JOB_ATTEMPT: "1",
      AWS_BATCH_JQ_NAME: "queue",
      AWS_BATCH_CE_NAME: "queue",
    })
    expect(start?.logStream).toMatch(/^worker\/default\/[0-9a-f]{32}$/)
  })
})

describe("lists", () => {
  test("show RUNNING where no status is named, page by page and newest first", () => {
    const batch = aBatch()
    const jobs = [1, 2, 3].map((at) => batch.submit({ jobName: `job-${at}` }))
    const list = (more: object) => batch.ask("ListJobs", { jobQueue: "queue", ...more })
    expect(list({})["jobSummaryList"]).toEqual([])
    batch.pass(3_000)
    const first = list({ maxResults: 2 })
    const second = list({ maxResults: 2, nextToken: first["nextToken"] })
    const ids = (page: object) =>
      (page as { jobSummaryList: { jobId: string }[] }).jobSummaryList.map(({ jobId }) => jobId)
    expect([ids(first), ids(second)]).toEqual([[jobs[2], jobs[1]], [jobs[0]]])
    expect(second).not.toHaveProperty("nextToken")
    expect(ids(list({ filters: [{ name: "JOB_NAME", values: ["JOB-2"] }], jobStatus: "FAILED" }))).toEqual([jobs[1]])
    expect(ids(list({ filters: [{ name: "JOB_NAME", values: ["job-*"] }] }))).toHaveLength(3)
  })

  test.each<[string, object]>([
    ["neither queue nor array", {}],
    ["both", { jobQueue: "queue", arrayJobId: "x" }],
    ["a status that is none", { jobQueue: "queue", jobStatus: "DONE" }],
    ["too large a page", { jobQueue: "queue", filters: [{ name: "JOB_NAME", values: ["x"] }], maxResults: 101 }],
    ["a queue that is not there", { jobQueue: "other" }],
  ])("refuse %s", (_, input) => {
    expect(() => aBatch().ask("ListJobs", input as Record<string, unknown>)).toThrow(/ClientException/)
  })

  test("of a hundred ids are described at once, and not of more; unknown ones are left out", () => {
    const batch = aBatch()
    const ids = Array.from({ length: 101 }, (_, at) => `id-${at}`)
    expect(batch.ask("DescribeJobs", { jobs: ids.slice(1) })["jobs"]).toEqual([])
    expect(() => batch.ask("DescribeJobs", { jobs: ids })).toThrow(/ClientException/)
  })
})

test("definitions have revisions, and a name means the newest that is active", () => {
  const batch = aBatch()
  const register = () =>
    batch.ask("RegisterJobDefinition", {
      jobDefinitionName: "worker",
      type: "container",
      containerProperties: { image: "newer" },
    })
  expect(register()).toMatchObject({
    revision: 2,
    jobDefinitionArn: `arn:aws:batch:${REGION}:123456789012:job-definition/worker:2`,
  })
  const imageOf = (job: string) => (batch.describe(job)["container"] as { image: string }).image
  expect(imageOf(batch.submit())).toBe("newer")
  expect(imageOf(batch.submit({ jobDefinition: "worker:1" }))).toBe("image")
  batch.ask("DeregisterJobDefinition", { jobDefinition: "worker:2" })
  expect(imageOf(batch.submit())).toBe("image")
  expect(() => batch.submit({ jobDefinition: "worker:2" })).toThrow(/not ACTIVE/)
  const { jobDefinitions } = batch.ask("DescribeJobDefinitions", { jobDefinitionName: "worker", status: "ACTIVE" })
  expect(jobDefinitions).toMatchObject([{ revision: 1, status: "ACTIVE" }])
})
