import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { DueQueue } from "../../src/simulation/due-queue.ts"
import type { TrainingCourse } from "../../src/simulation/sagemaker/training-world.ts"
import { aCourse, REGION, START, TrainingBed } from "../unit/simulation/sagemaker/training-bed.ts"

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 400 },
}
const seconds = fc.integer({ min: 0, max: 200 })

const course: fc.Arbitrary<TrainingCourse> = fc
  .record({
    startingSeconds: seconds,
    downloadingSeconds: seconds,
    trainingSeconds: fc.oneof(seconds, fc.constant(null)),
    uploadingSeconds: seconds,
    stoppingSeconds: seconds,
    interruptions: fc.array(seconds, { maxLength: 3 }),
    internalErrors: fc.array(seconds, { maxLength: 2 }),
    end: fc.constantFrom<TrainingCourse["end"]>(
      { kind: "completed" },
      { kind: "capacityError" },
      { kind: "downloadError", reason: "ClientError: a" },
      { kind: "algorithmError", reason: "AlgorithmError: a" },
      { kind: "uploadError", reason: "ClientError: b" },
    ),
  })
  .map((change) => aCourse(change))

const job = fc.record({
  course,
  isSpot: fc.boolean(),
  hasCheckpoint: fc.boolean(),
  createdAt: seconds,
  stoppedAt: fc.oneof(seconds, fc.constant(null)),
})
const jobs = fc.array(job, { minLength: 1, maxLength: 5 })
type Jobs = readonly {
  readonly course: TrainingCourse
  readonly isSpot: boolean
  readonly hasCheckpoint: boolean
  readonly createdAt: number
  readonly stoppedAt: number | null
}[]

/** Carries out the jobs, asking the model at the moments of `looks` between. */
function carryOut(given: Jobs, looks: readonly number[]): TrainingBed {
  const courses = new Map(given.map(({ course }, at) => [`job-${at}`, course]))
  const bed = new TrainingBed({
    world: { courseOf: (_region, { TrainingJobName }) => courses.get(TrainingJobName) ?? aCourse() },
  })
  const orders = given.flatMap(({ isSpot, hasCheckpoint, createdAt, stoppedAt }, at) => {
    const TrainingJobName = `job-${at}`
    const request = {
      TrainingJobName,
      RetryStrategy: { MaximumRetryAttempts: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 300 },
      ...(isSpot ? SPOT : {}),
      ...(hasCheckpoint ? { CheckpointConfig: { S3Uri: "s3://out-us-east-1/c/" } } : {}),
    }
    const create = { at: createdAt, run: () => void bed.create(request, createdAt) }
    if (stoppedAt === null) return [create]
    const second = createdAt + stoppedAt
    return [create, { at: second, run: () => void bed.call("StopTrainingJob", { TrainingJobName }, second) }]
  })
  const asks = looks.map((at) => ({ at, run: () => void bed.call("ListTrainingJobs", {}, at) }))
  for (const { run } of [...orders, ...asks].toSorted((a, b) => a.at - b.at)) run()
  return bed
}

function ends(bed: TrainingBed, given: Jobs): readonly unknown[] {
  return given.map((_, at) => bed.describe(100_000, `job-${at}`))
}

describe("the SageMaker model", () => {
  test("comes to the same ends however often it is asked on the way", () => {
    fc.assert(
      fc.property(jobs, fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 20 }), (given, looks) => {
        expect(ends(carryOut(given, looks), given)).toEqual(ends(carryOut(given, []), given))
      }),
    )
  })

  test("ends every job within its limits, by statuses whose times never run backwards", () => {
    fc.assert(
      fc.property(jobs, (given) => {
        const bed = carryOut(given, [])
        for (const [at, { createdAt }] of given.entries()) {
          const { status, transitions } = bed.story(100_000, `job-${at}`)
          const times = transitions.map((each) => Number(each.split(" ")[0]))
          expect(["Completed", "Failed", "Stopped"]).toContain(status)
          expect(times).toEqual(times.toSorted((a, b) => a - b))
          expect(times[0]).toBe(createdAt)
        }
        expect(bed.model.due()).toBeNull()
      }),
    )
  })

  test("never tells of something due in the past, and comes to an end of what is due", () => {
    fc.assert(
      fc.property(jobs, (given) => {
        const bed = carryOut(given, [])
        const last = Math.max(...given.map(({ createdAt, stoppedAt }) => createdAt + (stoppedAt ?? 0)))
        let now = START + last * 1000
        bed.model.advance(now)
        for (let due = bed.model.due(); due !== null; due = bed.model.due()) {
          expect(due).toBeGreaterThan(now)
          now = due
          bed.model.advance(now)
        }
      }),
    )
  })

  test("counts the instances of live jobs and no others against the quota", () => {
    fc.assert(
      fc.property(jobs, seconds, (given, later) => {
        const bed = carryOut(given, [])
        const second = Math.max(...given.map(({ createdAt, stoppedAt }) => createdAt + (stoppedAt ?? 0))) + later
        const live = given.filter(({ isSpot }, at) => {
          const { TrainingJobStatus } = bed.describe(second, `job-${at}`)
          return !isSpot && (TrainingJobStatus === "InProgress" || TrainingJobStatus === "Stopping")
        })
        const much = { InstanceType: "ml.m5.large", InstanceCount: 1000, VolumeSizeInGB: 1 }
        const fault = bed.create({ TrainingJobName: "much", ResourceConfig: much }, second, REGION)
        expect(fault?.message).toContain(`with current utilization of ${live.length * 2} Instances`)
      }),
    )
  })
})

describe("DueQueue", () => {
  test("gives what is due by time, and what is due at once in the order in which it came", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 20 }), (times, now) => {
        const queue = new DueQueue<number>()
        for (const [order, at] of times.entries()) queue.push(at, order)
        const taken: number[] = []
        for (let one = queue.take(now); one !== null; one = queue.take(now)) taken.push(one.thing)
        const due = [...times.entries()].filter(([, at]) => at <= now).toSorted((a, b) => a[1] - b[1])
        expect(taken).toEqual(due.map(([order]) => order))
        const left = times.filter((at) => at > now)
        expect(queue.next).toBe(left.length === 0 ? null : Math.min(...left))
      }),
    )
  })
})
