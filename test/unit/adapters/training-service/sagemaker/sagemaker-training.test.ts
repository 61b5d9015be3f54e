import type { SageMakerClient } from "@aws-sdk/client-sagemaker"
import { describe, expect, test } from "vitest"
import { SageMakerTraining } from "../../../../../src/adapters/training-service/sagemaker/sagemaker-training.ts"
import { isRegattaError } from "../../../../../src/core/errors.ts"
import { anAttempt, aPlace, aRun, aSpec, aWorld } from "../../../../builders.ts"
import { awsFailure, lostAnswer } from "../../../../fakes/aws-fault.ts"
import { idleClock } from "../../../../fakes/idle-clock.ts"
import { ScriptedClients, type SentCommand, silence } from "../../../../fakes/scripted-clients.ts"

const run = aRun()
const attempt = anAttempt()
const START = attempt.claimedAt
const ARN = `arn:aws:sagemaker:us-east-1:111122223333:training-job/${attempt.jobName}`
const OUR_TAGS = { "regatta:run": run.run, "regatta:row": "0", "regatta:attempt": "1" }
const spec = aSpec({ role: "arn:aws:iam::111122223333:role/train" })
const NEVER = new AbortController().signal

type Answer = Readonly<Record<string, unknown>>
type Reply = Answer | Error | ((sent: SentCommand) => Promise<Answer>)

/** Each operation answers what its list says, in order; the last again and again. */
function service(replies: Readonly<Record<string, readonly Reply[]>>) {
  const asked = new Map<string, number>()
  const scripted = new ScriptedClients<SageMakerClient>((sent) => {
    const count = asked.get(sent.operation) ?? 0
    asked.set(sent.operation, count + 1)
    const list = replies[sent.operation] ?? []
    const reply = list[Math.min(count, list.length - 1)]
    if (reply === undefined) throw new Error(`nobody expected ${sent.operation}`)
    if (reply instanceof Error) throw reply
    return typeof reply === "function" ? reply(sent) : reply
  })
  const world = aWorld({ clock: idleClock(START) })
  const { clients } = scripted
  const training = new SageMakerTraining({ creating: clients, asking: clients, world, settle: 360_000 })
  return { scripted, training, clock: world.clock }
}

const created: Answer = { TrainingJobArn: ARN }
const job: Answer = {
  TrainingJobName: attempt.jobName,
  TrainingJobArn: ARN,
  TrainingJobStatus: "InProgress",
  SecondaryStatus: "Starting",
  CreationTime: new Date(START),
  LastModifiedTime: new Date(START + 1_000),
}
const tags = (values: Readonly<Record<string, string>>): Answer => ({
  Tags: Object.entries(values).map(([Key, Value]) => ({ Key, Value })),
})
const throttled = () => awsFailure("ThrottlingException", 400, "Rate exceeded")
const inUse = () =>
  awsFailure("ResourceInUse", 400, "Training job names must be unique within an AWS account and region")
const absent = () => awsFailure("ValidationException", 400, "Requested resource not found.")
const quota = (limit: number, used: number) =>
  awsFailure(
    "ResourceLimitExceeded",
    400,
    `The account-level service limit 'ml.p3.16xlarge for training job usage' is ${limit} Instances, with current utilization of ${used} Instances and a request delta of 1 Instances. Please contact AWS support to request an increase for this limit.`,
  )

describe("create", () => {
  const create = (replies: Readonly<Record<string, readonly Reply[]>>, signal = NEVER) => {
    const made = service(replies)
    return made.training.create(run, spec, attempt, signal).then((seen) => ({ ...made, seen }))
  }

  test("sends the request once to the place's region, and what it made is ours", async () => {
    const { seen, scripted, training } = await create({
      CreateTrainingJob: [created],
      DescribeTrainingJob: [job],
    })
    expect(seen).toMatchObject({ kind: "job", job: { jobName: attempt.jobName, phase: "starting", end: null } })
    expect(scripted.sent).toMatchObject([
      { region: "us-east-1", operation: "CreateTrainingJob", input: { TrainingJobName: attempt.jobName } },
    ])
    expect((await training.describe(run, attempt)).kind).toBe("job")
    expect(scripted.operations()).not.toContain("ListTags")
  })

  test("goes on after a throttle", async () => {
    const { seen, scripted } = await create({ CreateTrainingJob: [throttled(), throttled(), created] })
    expect(seen.kind).toBe("job")
    expect(scripted.sent).toHaveLength(3)
  })

  test("throttled to the end of the claim is a refusal that waiting mends", async () => {
    const { seen, clock } = await create({ CreateTrainingJob: [throttled()] })
    expect(seen).toMatchObject({ kind: "refused", code: "throttled", hopeless: false })
    expect(clock.now()).toBeLessThanOrEqual(attempt.sendBy)
  })

  test.each([
    ["a reset connection", lostAnswer()],
    ["a 500", awsFailure("InternalFailure", 500)],
    ["a 503", awsFailure("ServiceUnavailable", 503)],
    ["a time-out", awsFailure("TimeoutError", null)],
  ])("%s is unanswered, whatever later tries are told", async (_, lost) => {
    for (const later of [throttled(), quota(8, 8), quota(0, 0), awsFailure("AccessDeniedException", 400)]) {
      const { seen } = await create({ CreateTrainingJob: [lost, later] })
      expect(seen).toEqual({ kind: "unanswered" })
    }
    expect((await create({ CreateTrainingJob: [lost] })).seen).toEqual({ kind: "unanswered" })
  })

  test("an answer that was lost and found is our job", async () => {
    const { seen } = await create({
      CreateTrainingJob: [lostAnswer(), inUse()],
      DescribeTrainingJob: [job],
      ListTags: [tags(OUR_TAGS)],
    })
    expect(seen).toMatchObject({ kind: "job", job: { raw: "Starting", at: START + 1_000 } })
  })

  test("a throttle after a lost answer does not end the search for it", async () => {
    const { seen } = await create({
      CreateTrainingJob: [lostAnswer(), throttled(), inUse()],
      DescribeTrainingJob: [job],
      ListTags: [tags(OUR_TAGS)],
    })
    expect(seen.kind).toBe("job")
  })

  test("a taken name that nobody can look at is unanswered", async () => {
    for (const replies of [
      { DescribeTrainingJob: [throttled()] },
      { DescribeTrainingJob: [absent()] },
      { DescribeTrainingJob: [job], ListTags: [awsFailure("AccessDeniedException", 400)] },
    ]) {
      const { seen } = await create({ CreateTrainingJob: [inUse()], ...replies })
      expect(seen).toEqual({ kind: "unanswered" })
    }
  })

  test("a stranger's job is foreign, and unanswered after a lost answer", async () => {
    const theirs = { DescribeTrainingJob: [job], ListTags: [tags({ "regatta:run": "another" })] }
    const { seen } = await create({ CreateTrainingJob: [inUse()], ...theirs })
    expect(seen).toMatchObject({ kind: "foreign", detail: expect.stringContaining(ARN) })
    expect((await create({ CreateTrainingJob: [lostAnswer(), inUse()], ...theirs })).seen).toEqual({
      kind: "unanswered",
    })
  })

  test("nothing is sent after sendBy, and a try under way then is ended", async () => {
    const { seen, scripted, clock } = await create({ CreateTrainingJob: [silence] })
    expect(seen).toEqual({ kind: "unanswered" })
    expect(clock.now()).toBe(attempt.sendBy)
    expect(scripted.sent).toHaveLength(1)
    const late = service({ CreateTrainingJob: [created] })
    await late.clock.sleep(attempt.sendBy + 1)
    expect((await late.training.create(run, spec, attempt, NEVER)).kind).toBe("nothing")
    expect(late.scripted.sent).toEqual([])
  })

  test("the caller's signal ends a try too", async () => {
    const ends = new AbortController()
    const hang = (sent: SentCommand) => {
      queueMicrotask(() => ends.abort())
      return silence(sent)
    }
    const { seen, scripted } = await create({ CreateTrainingJob: [hang] }, ends.signal)
    expect(seen).toEqual({ kind: "unanswered" })
    expect(scripted.sent).toHaveLength(1)
  })

  test("a quota that is used up waits; one that is below the need is hopeless, and says how to raise it", async () => {
    for (const limit of [8, 1]) {
      const used = (await create({ CreateTrainingJob: [quota(limit, limit)] })).seen
      expect(used).toMatchObject({ kind: "refused", code: "quota", hopeless: false, at: START })
    }
    const { seen } = await create({ CreateTrainingJob: [quota(0, 0)] })
    expect(seen).toMatchObject({ kind: "refused", code: "quota", hopeless: true })
    expect(seen.kind === "refused" && seen.reason).toBe(
      'the quota "ml.p3.16xlarge for training job usage" in us-east-1 is 0, 0 in use, 1 needed; to ask for more: ' +
        "aws service-quotas request-service-quota-increase --service-code sagemaker --region us-east-1 --quota-code " +
        '"$(aws service-quotas list-service-quotas --service-code sagemaker --region us-east-1 --query ' +
        '"Quotas[?QuotaName==\'ml.p3.16xlarge for training job usage\'].QuotaCode" --output text)" --desired-value 1',
    )
  })

  test("a type that the region lacks is hopeless there", async () => {
    const text = "The requested resource training-job/ml.p2.xlarge is not available in this region"
    const { seen } = await create({ CreateTrainingJob: [awsFailure("ResourceLimitExceeded", 400, text)] })
    expect(seen).toMatchObject({ kind: "refused", code: "capacity", hopeless: true })
  })

  test("a denial and an invalid request are final, and PassRole says what is missing", async () => {
    const denied = awsFailure("AccessDeniedException", 400, "User x is not authorized to perform: iam:PassRole on y")
    const { seen } = await create({ CreateTrainingJob: [denied] })
    expect(seen).toMatchObject({ kind: "refused", code: "denied", hopeless: true })
    expect(seen.kind === "refused" && seen.reason).toContain("iam:PassedToService")
    const invalid = await create({ CreateTrainingJob: [awsFailure("ValidationException", 400, "1 validation error")] })
    expect(invalid.seen).toMatchObject({ kind: "refused", code: "invalid", hopeless: true })
    expect(invalid.scripted.sent).toHaveLength(1)
  })

  test("a role that cannot be assumed yet is tried once more", async () => {
    const text = "Could not assume role arn:aws:iam::111122223333:role/train."
    const early = () => awsFailure("ValidationException", 400, text)
    expect((await create({ CreateTrainingJob: [early(), created] })).seen.kind).toBe("job")
    const { seen, scripted } = await create({ CreateTrainingJob: [early()] })
    expect(seen).toMatchObject({ kind: "refused", code: "invalid" })
    expect(scripted.sent).toHaveLength(2)
  })

  test("expired credentials are renewed once, and are then an error of the process", async () => {
    const expired = () => awsFailure("ExpiredTokenException", 400)
    const { seen, scripted } = await create({ CreateTrainingJob: [expired(), created] })
    expect([seen.kind, scripted.renewed]).toEqual(["job", 1])
    await expect(create({ CreateTrainingJob: [expired()] })).rejects.toSatisfy((error) =>
      isRegattaError(error, "denied"),
    )
  })

  test("a row that cannot be asked for is refused without a request", async () => {
    const { scripted, training } = service({})
    const seen = await training.create(run, aSpec({ role: null }), attempt, NEVER)
    expect(seen).toMatchObject({ kind: "refused", code: "invalid", hopeless: true })
    expect(scripted.sent).toEqual([])
  })
})

describe("describe", () => {
  test.each([absent(), awsFailure("ResourceNotFound", 400)])(
    "no such job is absent as of the question: %s",
    async (no) => {
      const { training } = service({ DescribeTrainingJob: [no] })
      expect(await training.describe(run, attempt)).toEqual({ kind: "absent", at: START })
    },
  )

  test("asks for the tags once", async () => {
    const { training, scripted } = service({ DescribeTrainingJob: [job], ListTags: [tags(OUR_TAGS)] })
    expect((await training.describe(run, attempt)).kind).toBe("job")
    expect((await training.describe(run, attempt)).kind).toBe("job")
    expect(scripted.operations()).toEqual(["DescribeTrainingJob", "ListTags", "DescribeTrainingJob"])
  })

  test("reads every page of the tags", async () => {
    const { training } = service({
      DescribeTrainingJob: [job],
      ListTags: [{ ...tags({ a: "b" }), NextToken: "t" }, tags(OUR_TAGS)],
    })
    expect((await training.describe(run, attempt)).kind).toBe("job")
  })

  test.each([
    ["another run's", { ...OUR_TAGS, "regatta:run": "rg-20261120142233-other-aaaa" }],
    ["another row's", { ...OUR_TAGS, "regatta:row": "1" }],
    ["another attempt's", { ...OUR_TAGS, "regatta:attempt": "2" }],
  ])("%s job is foreign", async (_, theirs) => {
    const { training } = service({ DescribeTrainingJob: [job], ListTags: [tags(theirs)] })
    expect((await training.describe(run, attempt)).kind).toBe("foreign")
  })

  test("a young job without tags may be ours, an old one is not", async () => {
    const old = { ...job, CreationTime: new Date(START - 360_001) }
    const { training } = service({ DescribeTrainingJob: [job, old], ListTags: [tags({ team: "x" })] })
    expect(await training.describe(run, attempt)).toEqual({ kind: "nothing" })
    expect((await training.describe(run, attempt)).kind).toBe("foreign")
  })

  test.each([
    ["a throttle", throttled()],
    ["a lost answer", lostAnswer()],
    ["a denial", awsFailure("AccessDeniedException", 400)],
  ])("%s says nothing of the job", async (_, failure) => {
    const { training } = service({ DescribeTrainingJob: [failure] })
    expect(await training.describe(run, attempt)).toEqual({ kind: "nothing" })
    const tagless = service({ DescribeTrainingJob: [job], ListTags: [failure] })
    expect(await tagless.training.describe(run, attempt)).toEqual({ kind: "nothing" })
  })

  test("tags that are not found yet do not make the job absent", async () => {
    const { training } = service({ DescribeTrainingJob: [job], ListTags: [awsFailure("ResourceNotFound", 400)] })
    expect(await training.describe(run, attempt)).toEqual({ kind: "nothing" })
  })

  test("a silent region is given up within a minute", async () => {
    const { training, clock } = service({ DescribeTrainingJob: [silence] })
    expect(await training.describe(run, attempt)).toEqual({ kind: "nothing" })
    expect(clock.now()).toBe(START + 60_000)
  })

  test("expired credentials are renewed once, then an error of the process", async () => {
    const expired = awsFailure("ExpiredTokenException", 400)
    const mended = service({ DescribeTrainingJob: [expired, job], ListTags: [tags(OUR_TAGS)] })
    expect((await mended.training.describe(run, attempt)).kind).toBe("job")
    const { training } = service({ DescribeTrainingJob: [expired] })
    await expect(training.describe(run, attempt)).rejects.toSatisfy((error) => isRegattaError(error, "denied"))
  })
})

describe("stop", () => {
  const rejected = (status: string) =>
    awsFailure("ValidationException", 400, `The request was rejected because the training job is in status ${status}`)

  test.each([
    ["stopping", {}],
    ["stopping", rejected("Stopping")],
    ["ended", rejected("Stopped")],
    ["ended", rejected("Failed")],
    ["ended", rejected("Completed")],
    ["absent", absent()],
    ["unknown", throttled()],
    ["unknown", lostAnswer()],
    ["unknown", awsFailure("AccessDeniedException", 400)],
  ])("is %s after %o", async (expected, reply) => {
    const { training } = service({ StopTrainingJob: [reply] })
    expect(await training.stop(run, attempt)).toBe(expected)
  })
})

describe("changedSince", () => {
  const summary = (name: string, at: number, status = "InProgress") => ({
    TrainingJobName: name,
    LastModifiedTime: new Date(at),
    TrainingJobStatus: status,
    SecondaryStatus: status === "InProgress" ? "Training" : status,
  })

  test("asks for the prefix and the time, and filters once more what an early cut lets through", async () => {
    const { training, scripted } = service({
      ListTrainingJobs: [
        {
          TrainingJobSummaries: [
            summary("rg-1-r0-a1", START),
            summary("other-rg-1", START),
            summary("rg-1-r1-a1", START - 1),
            summary("rg-1-r2-a1", START + 5, "Completed"),
          ],
          NextToken: "more",
        },
        { TrainingJobSummaries: [], NextToken: "still more" },
        { TrainingJobSummaries: [] },
      ],
    })
    const first = await training.changedSince("eu-west-1", "rg-1", START, null)
    expect(first.jobs).toMatchObject([
      { jobName: "rg-1-r0-a1", phase: "training", at: START, end: null },
      { jobName: "rg-1-r2-a1", phase: "unknown", raw: "Completed", end: null },
    ])
    expect(await training.changedSince("eu-west-1", "rg-1", START, first.next)).toEqual({
      jobs: [],
      next: "still more",
    })
    expect(await training.changedSince("eu-west-1", "rg-1", START, "still more")).toEqual({ jobs: [], next: null })
    expect(scripted.sent.map(({ region, input }) => [region, input["NextToken"]])).toEqual([
      ["eu-west-1", undefined],
      ["eu-west-1", "more"],
      ["eu-west-1", "still more"],
    ])
    expect(scripted.sent[0]?.input).toMatchObject({ NameContains: "rg-1", SortOrder: "Descending", MaxResults: 100 })
  })

  test("says that it cannot list", async () => {
    const { training } = service({ ListTrainingJobs: [lostAnswer()] })
    await expect(training.changedSince("eu-west-1", "rg", START, null)).rejects.toSatisfy((error) =>
      isRegattaError(error, "unavailable"),
    )
  })
})

test("each region has its own client", async () => {
  const { training, scripted } = service({ DescribeTrainingJob: [absent()] })
  const there = anAttempt({ held: { place: aPlace({ region: "ap-south-1" }), usd: null } })
  await training.describe(run, there)
  expect(scripted.sent.map(({ region }) => region)).toEqual(["ap-south-1"])
})
