import { CreateTrainingJobCommand } from "@aws-sdk/client-sagemaker"
import { afterEach, describe, expect, test } from "vitest"
import { buildRequest } from "../../../src/adapters/training-service/sagemaker/build-request.ts"
import type { Attempt } from "../../../src/core/decision/row.ts"
import type { TrainingJob } from "../../../src/core/job/training-job.ts"
import type { TrainingService } from "../../../src/ports/training-service.ts"
import { aPlace, aRun } from "../../builders.ts"
import { aTrainableSpec, type OverTheWire, sageMakerOverTheWire } from "./sagemaker-wire.ts"

const run = aRun()
const NEVER = new AbortController().signal
let wire: OverTheWire

afterEach(() => wire.close())

const create = (training: TrainingService, attempt: Attempt, index = 0) =>
  training.create(run, aTrainableSpec(index), attempt, NEVER)

async function jobsOf(training: TrainingService, prefix: string = run.run): Promise<readonly TrainingJob[]> {
  const found: TrainingJob[] = []
  let page: string | null = null
  do {
    const answer: Awaited<ReturnType<TrainingService["changedSince"]>> = await training.changedSince(
      "us-east-1",
      prefix,
      0,
      page,
    )
    found.push(...answer.jobs)
    page = answer.next
  } while (page !== null)
  return found
}

async function ended(training: TrainingService, attempt: Attempt): Promise<TrainingJob> {
  for (;;) {
    const seen = await training.describe(run, attempt)
    if (seen.kind !== "job") throw new Error(`seen: ${seen.kind}`)
    if (seen.job.end !== null) return seen.job
    await wire.clock.sleep(wire.clock.now() + 5_000)
  }
}

describe("a launch", () => {
  test("is followed to its end: times, bill of every host, metrics and artifact", async () => {
    wire = await sageMakerOverTheWire()
    const [training, attempt] = [wire.training(), wire.claim()]
    expect(await training.describe(run, attempt)).toMatchObject({ kind: "absent" })
    expect(await create(training, attempt)).toMatchObject({ kind: "job", job: { jobName: attempt.jobName } })
    const job = await ended(wire.training(), attempt)
    expect(job.end).toMatchObject({
      status: "completed",
      cause: "done",
      artifact: `s3://out-us-east-1/runs/${attempt.jobName}/output/model.tar.gz`,
    })
    const { startedAt, billableSeconds } = job.end ?? {}
    expect(startedAt).toBeGreaterThanOrEqual(attempt.claimedAt)
    expect(billableSeconds).toBeGreaterThanOrEqual(2 * 100)
    expect((billableSeconds ?? 0) % 2).toBe(0)
    expect(job.metrics).toEqual({ loss: 0.25 })
  })

  test.each([
    ["its answer is lost", { kind: "lostAnswer", times: 1 }],
    ["it is throttled three times", { kind: "throttle", times: 3 }],
    ["the service fails twice", { kind: "error5xx", times: 2 }],
    ["the connection breaks first", { kind: "outage", times: 1 }],
  ] as const)("is one job when %s", async (_, fault) => {
    wire = await sageMakerOverTheWire()
    wire.faults({ service: "sagemaker", operation: "CreateTrainingJob", ...fault })
    const [training, attempt] = [wire.training(), wire.claim()]
    expect(await create(training, attempt)).toMatchObject({ kind: "job" })
    expect(await jobsOf(training)).toMatchObject([{ jobName: attempt.jobName }])
  })

  test("whose answers are all lost is unanswered, and found by its tags", async () => {
    wire = await sageMakerOverTheWire()
    wire.faults({ service: "sagemaker", kind: "lostAnswer" })
    const attempt = wire.claim()
    expect(await create(wire.training(), attempt)).toEqual({ kind: "unanswered" })
    wire.faults()
    expect(await wire.training().describe(run, attempt)).toMatchObject({ kind: "job" })
    expect(await jobsOf(wire.training())).toHaveLength(1)
  })

  test("that nobody answers ends with its claim", async () => {
    wire = await sageMakerOverTheWire()
    wire.faults({ service: "sagemaker", operation: "CreateTrainingJob", kind: "hang" })
    const attempt = wire.claim()
    expect(await create(wire.training(), attempt)).toEqual({ kind: "unanswered" })
    expect(wire.clock.now()).toBeLessThan(attempt.sendBy + 20_000)
    expect(await wire.training().describe(run, attempt)).toMatchObject({ kind: "absent" })
  })

  test("of ten processes at once is one job, and all of them have it", async () => {
    wire = await sageMakerOverTheWire()
    const attempt = wire.claim()
    const seen = await Promise.all(Array.from({ length: 10 }, () => create(wire.training(), attempt)))
    expect(new Set(seen.map(({ kind }) => kind))).toEqual(new Set(["job"]))
    expect(await jobsOf(wire.training())).toHaveLength(1)
  })

  test("under a name that another run has is foreign", async () => {
    wire = await sageMakerOverTheWire()
    const attempt = wire.claim()
    const theirs = buildRequest({ ...run, run: "rg-1-other-aaaa" as typeof run.run }, aTrainableSpec(), attempt)
    await wire.asking.in("us-east-1").send(new CreateTrainingJobCommand(theirs))
    expect(await create(wire.training(), attempt)).toMatchObject({
      kind: "foreign",
      detail: expect.stringContaining("rg-1-other-aaaa"),
    })
  })
})

describe("a refusal", () => {
  test("by a quota below the need is hopeless, by one in use it is not", async () => {
    wire = await sageMakerOverTheWire({ world: { quota: (_, type) => (type === "ml.p3.16xlarge" ? 3 : 0) } })
    const training = wire.training()
    const small = { place: aPlace({ instanceType: "ml.g5.xlarge" }), usd: null }
    expect(await create(training, wire.claim(1, { held: small }), 1)).toMatchObject({
      kind: "refused",
      code: "quota",
      hopeless: true,
      reason: expect.stringContaining('"ml.g5.xlarge for training job usage" in us-east-1 is 0, 0 in use, 1 needed'),
    })
    expect(await create(training, wire.claim(2), 2)).toMatchObject({ kind: "job" })
    expect(await create(training, wire.claim(3), 3)).toMatchObject({
      kind: "refused",
      code: "quota",
      hopeless: false,
      reason: expect.stringContaining("is 3, 2 in use, 2 needed"),
    })
  })

  test("of a type that the region lacks, and of a role that cannot be assumed", async () => {
    wire = await sageMakerOverTheWire({ world: { offers: (_, type) => type !== "ml.p3.16xlarge" } })
    expect(await create(wire.training(), wire.claim())).toMatchObject({ code: "capacity", hopeless: true })
    await wire.close()
    wire = await sageMakerOverTheWire({ world: { isAssumable: () => false } })
    expect(await create(wire.training(), wire.claim())).toMatchObject({ code: "invalid", hopeless: true })
    expect(wire.counts.all()["sagemaker.CreateTrainingJob"]).toEqual({ "us-east-1": 2 })
  })
})

describe("a stop", () => {
  test("is asked for, seen, and over; and of no job it is absent", async () => {
    wire = await sageMakerOverTheWire({ course: { trainingSeconds: null } })
    const [training, attempt] = [wire.training(), wire.claim()]
    expect(await training.stop(run, attempt)).toBe("absent")
    await create(training, attempt)
    expect(await training.stop(run, attempt)).toBe("stopping")
    expect((await ended(training, attempt)).end).toMatchObject({ status: "stopped", cause: "person" })
    expect(await training.stop(run, attempt)).toBe("ended")
  })
})

describe("a list", () => {
  test.each(["before-cut", "after-cut"] as const)("has all that changed when filters apply %s", async (listFilters) => {
    wire = await sageMakerOverTheWire({ listFilters, world: { quota: () => 1_000 } })
    const training = wire.training()
    for (let index = 0; index < 120; index += 1) await create(training, wire.claim(index), index)
    const jobs = await jobsOf(training)
    expect(new Set(jobs.map((job) => job.jobName)).size).toBe(120)
    expect(await jobsOf(training, "other")).toEqual([])
  })
})

test("a region that is out says nothing of a job, and another region is not held up", async () => {
  wire = await sageMakerOverTheWire()
  const [training, attempt] = [wire.training(), wire.claim()]
  await create(training, attempt)
  wire.faults({ service: "sagemaker", region: "us-east-1", kind: "outage" })
  const there = wire.claim(1, { held: { place: aPlace({ region: "eu-west-1" }), usd: null } })
  expect(await Promise.all([training.describe(run, attempt), training.describe(run, there)])).toMatchObject([
    { kind: "nothing" },
    { kind: "absent" },
  ])
})
