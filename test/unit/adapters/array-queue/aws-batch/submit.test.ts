import { describe, expect, test } from "vitest"
import { anArray, aRun } from "../../../../builders.ts"
import { FARGATE, failing, fakeQueue, type Script } from "./fake-batch.ts"

const ARRAY = anArray()
const NAME = ARRAY.name
const LOST = Object.assign(new Error("socket hang up"), { name: "TimeoutError" })

function listed(...jobs: readonly Readonly<Record<string, unknown>>[]) {
  return { jobSummaryList: jobs.map((job) => ({ jobName: NAME, ...job })) }
}

async function submitted(script: Script) {
  const it = fakeQueue({ ...FARGATE, ...script })
  return { ...it, id: await it.queue.submit(aRun(), ARRAY) }
}

describe("submitting an array to Batch", () => {
  test("one of its name is looked for first, then it is submitted once", async () => {
    const { id, asked } = await submitted({})
    expect(id).toBe("job-1")
    expect(asked.map(({ operation }) => operation).slice(-2)).toEqual(["ListJobs", "SubmitJob"])
    expect(asked.at(-2)?.input).toEqual({
      jobQueue: "workers",
      filters: [{ name: "JOB_NAME", values: [NAME] }],
      maxResults: 100,
    })
  })

  test.each(["RUNNABLE", "PENDING", "SUCCEEDED", "FAILED"])("one that is %s is adopted", async (status) => {
    const { id, of } = await submitted({ ListJobs: listed({ jobId: "old", status }) })
    expect(id).toBe("old")
    expect(of("SubmitJob")).toEqual([])
  })

  test("of several the oldest is adopted, on whatever page, and a name that differs in case is another's", async () => {
    const pages = [
      {
        ...listed({ jobId: "new", createdAt: 9 }, { jobName: NAME.toUpperCase(), jobId: "other", createdAt: 1 }),
        nextToken: "2",
      },
      listed({ jobId: "old", createdAt: 5 }),
    ]
    const { id, of } = await submitted({ ListJobs: pages })
    expect(id).toBe("old")
    expect(of("ListJobs")[1]?.input).toMatchObject({ nextToken: "2" })
  })

  test("a throttled request did nothing: it is sent again after growing waits", async () => {
    const throttled = failing("TooManyRequestsException", 429)
    const { id, of } = await submitted({ SubmitJob: [throttled, throttled, throttled, { jobId: "job-4" }] })
    expect(id).toBe("job-4")
    const times = of("SubmitJob").map(({ at }) => at)
    const waits = times.slice(1).map((at, before) => at - (times[before] ?? 0))
    expect(waits).toHaveLength(3)
    expect(waits.every((wait, at) => wait >= 250 * 2 ** at && wait <= 750 * 2 ** at)).toBe(true)
  })

  test("throttling is outwaited for as long as the claim lasts, said, and then nothing is on its way", async () => {
    const it = fakeQueue({ ...FARGATE, SubmitJob: failing("TooManyRequestsException", 429) })
    const said: string[] = []
    it.queue.onWait((text) => said.push(text))
    const since = it.world.clock.now()
    await expect(it.queue.submit(aRun(), ARRAY)).rejects.toMatchObject({
      code: "unavailable",
      fields: { written: "nothing", region: "us-east-1" },
    })
    expect(it.world.clock.now() - since).toBeGreaterThan(5 * 60_000)
    expect(it.of("SubmitJob").length).toBeGreaterThan(15)
    expect(it.of("ListJobs")).toHaveLength(1)
    expect(new Set(said)).toEqual(new Set(["AWS Batch in us-east-1 throttles requests: waiting, and trying again"]))
  })

  test("throttled after an unanswered try it may be submitted yet, and does not say that nothing was", async () => {
    const it = fakeQueue({ ...FARGATE, SubmitJob: [LOST, failing("TooManyRequestsException", 429)] })
    const refused = await it.queue.submit(aRun(), ARRAY).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: "unavailable" })
    expect(refused).not.toHaveProperty("fields.written")
  })

  test.each([
    "ListJobs",
    "DescribeJobQueues",
    "DescribeComputeEnvironments",
    "DescribeJobDefinitions",
    "RegisterJobDefinition",
  ])("%s throttled for two minutes is repeated until it is answered", async (operation) => {
    const until = { at: 0 }
    const answer = FARGATE[operation]
    const it = fakeQueue({
      ...FARGATE,
      [operation]: () => {
        if (it.world.clock.now() < until.at) throw failing("ThrottlingException", 400)
        return answer
      },
    })
    until.at = it.world.clock.now() + 120_000
    await it.queue.ready([undefined])
    expect(await it.queue.submit(aRun(), ARRAY)).toBe("job-1")
    expect(it.world.clock.now()).toBeGreaterThanOrEqual(until.at)
    expect(it.of(operation).length).toBeLessThan(30)
  })

  test("after a lost answer the array that landed is adopted, and nothing is sent twice", async () => {
    const { id, of } = await submitted({
      SubmitJob: LOST,
      ListJobs: [listed(), listed({ jobId: "landed" })],
    })
    expect(id).toBe("landed")
    expect(of("SubmitJob")).toHaveLength(1)
  })

  test("what cannot be found after a lost answer is looked for again a minute later", async () => {
    const { id, of } = await submitted({
      SubmitJob: failing("ServerException", 500),
      ListJobs: [listed(), listed(), listed({ jobId: "late" })],
    })
    expect(id).toBe("late")
    const [first, second, third] = of("ListJobs").map(({ at }) => at)
    expect([second, third].map((at) => (at ?? 0) - (first ?? 0))).toEqual([0, 60_000])
    expect(of("SubmitJob")).toHaveLength(1)
  })

  test("only then is it submitted again", async () => {
    const { id, of } = await submitted({ SubmitJob: [LOST, { jobId: "job-2" }] })
    expect(id).toBe("job-2")
    expect(of("ListJobs")).toHaveLength(3)
  })

  test("what Batch refuses is not repeated", async () => {
    const it = fakeQueue({ ...FARGATE, SubmitJob: failing("ClientException", 400) })
    await expect(it.queue.submit(aRun(), ARRAY)).rejects.toMatchObject({ code: "invalid" })
    expect(it.of("SubmitJob")).toHaveLength(1)
  })

  test("nothing is sent when the claim on the slice is about to end", async () => {
    const it = fakeQueue({ ...FARGATE, SubmitJob: LOST })
    const until = it.world.clock.now() + 200_000
    const run = aRun({ arrays: [{ ...ARRAY, claim: { by: "me", until } }] })
    await expect(it.queue.submit(run, ARRAY)).rejects.toMatchObject({ code: "unavailable" })
    expect(it.of("SubmitJob").map(({ at }) => until - at)).toEqual([200_000, 140_000, 80_000])
  })
})

describe("the job definition", () => {
  test("an active one of the same content is reused", async () => {
    const definitions = {
      jobDefinitions: [
        { revision: 1, jobDefinitionArn: "a:1" },
        { revision: 3, jobDefinitionArn: "a:3" },
      ],
    }
    const { of } = await submitted({ DescribeJobDefinitions: definitions })
    expect(of("RegisterJobDefinition")).toEqual([])
    expect(of("SubmitJob")[0]?.input).toMatchObject({ jobDefinition: "a:3" })
    expect(of("DescribeJobDefinitions")[0]?.input).toEqual({
      jobDefinitionName: expect.stringMatching(/^rg-worker-[0-9a-f]{16}$/),
      status: "ACTIVE",
    })
  })

  test("its name says its content", async () => {
    const nameWith = async (memory_mib: number) => {
      const it = fakeQueue(FARGATE, {
        settings: { queue: "q", image: "i", job_role: "r", execution_role: "e", memory_mib },
      })
      await it.queue.submit(aRun(), ARRAY)
      return it.of("RegisterJobDefinition")[0]?.input.jobDefinitionName as string
    }
    expect(await nameWith(512)).toBe(await nameWith(512))
    expect(await nameWith(512)).not.toBe(await nameWith(1024))
  })

  test("it is found once for many arrays", async () => {
    const it = fakeQueue(FARGATE)
    await it.queue.submit(aRun(), ARRAY)
    await it.queue.submit(aRun(), anArray({ name: "b" }))
    expect(it.of("RegisterJobDefinition")).toHaveLength(1)
  })

  test("one of the user's own is taken as it is, and nothing is asked of the queue", async () => {
    const it = fakeQueue(FARGATE, { settings: { queue: "q", job_definition: "mine:4" } })
    await it.queue.submit(aRun(), ARRAY)
    expect(it.asked.map(({ operation }) => operation)).toEqual(["ListJobs", "SubmitJob"])
    expect(it.of("SubmitJob")[0]?.input).toMatchObject({ jobDefinition: "mine:4" })
  })

  test("a queue that is not there is named", async () => {
    const it = fakeQueue({ ...FARGATE, DescribeJobQueues: { jobQueues: [] } })
    await expect(it.queue.submit(aRun(), ARRAY)).rejects.toThrow('there is no job queue "workers" in us-east-1')
  })
})

describe("a queue per region", () => {
  const settings = { queue: { "us-east-1": "east", "eu-west-1": "west" }, job_definition: "mine" }

  test("an array goes to the queue of its region, and its id says where it is", async () => {
    const it = fakeQueue(FARGATE, { settings })
    expect(await it.queue.submit(aRun(), anArray({ queueRegion: "eu-west-1" }))).toBe("eu-west-1/job-1")
    const [sent] = it.of("SubmitJob")
    expect(sent).toMatchObject({ region: "eu-west-1", input: { jobQueue: "west" } })
    expect(sent?.input.containerOverrides.environment).toContainEqual({
      name: "REGATTA_QUEUE_REGION",
      value: "eu-west-1",
    })
  })

  test("at home an id is only an id", async () => {
    const it = fakeQueue(FARGATE, { settings })
    expect(await it.queue.submit(aRun(), anArray({ queueRegion: "us-east-1" }))).toBe("job-1")
  })

  test("a region without a queue is named", async () => {
    const it = fakeQueue(FARGATE, { settings })
    await expect(it.queue.submit(aRun(), anArray({ queueRegion: "us-west-2" }))).rejects.toThrow(
      "batch.queue has no queue for us-west-2",
    )
  })

  test("no queue at all is named by its key", async () => {
    const it = fakeQueue(FARGATE, { settings: {} })
    await expect(it.queue.submit(aRun(), ARRAY)).rejects.toThrow("batch.queue is not set")
  })
})

describe("a follower", () => {
  test("is a plain job of its run", async () => {
    const it = fakeQueue(FARGATE)
    await it.queue.follow(aRun())
    expect(it.of("SubmitJob")[0]?.input).toMatchObject({ jobName: `${aRun().run}-follow` })
  })

  test.each([
    ["RUNNING", 0],
    ["FAILED", 1],
  ])("one that is %s is followed by %i more", async (status, sent) => {
    const it = fakeQueue({
      ...FARGATE,
      ListJobs: { jobSummaryList: [{ jobName: `${aRun().run}-follow`, jobId: "f", status }] },
    })
    await it.queue.follow(aRun())
    expect(it.of("SubmitJob")).toHaveLength(sent)
  })
})
