import { beforeEach, describe, expect, test } from "vitest"
import type { JobName } from "../../../src/core/ids.ts"
import { Chance } from "../../../src/simulation/chance.ts"
import {
  type TrainingAnswer,
  TrainingModel,
  type TrainingModelOptions,
  type TrainingOdds,
  tell,
} from "../../../src/simulation/training-model.ts"
import { aPlace } from "../../builders.ts"

const MINUTE = 60_000
const CERTAIN: TrainingOdds = { throttled: 0, denied: 0, invalid: 0, noCapacity: 0, foreign: 0, causes: [] }
const KEY = "us-east-1/ml.p3.16xlarge"

function aModel(difference: Partial<TrainingModelOptions> = {}): TrainingModel {
  return new TrainingModel({
    chance: new Chance(1),
    odds: CERTAIN,
    quotas: { [KEY]: 4 },
    others: () => 0,
    trainingMs: [10 * MINUTE, 10 * MINUTE],
    ...difference,
  })
}

function create(model: TrainingModel, name: string, now = 0, instances = 2): TrainingAnswer {
  return model.handle(
    "us-east-1",
    { operation: "create", name: name as JobName, owner: "run 0", place: aPlace({ instances }) },
    now,
  )
}

function jobIn(answer: TrainingAnswer) {
  if (answer.kind !== "job") throw new Error(`expected a job, got ${JSON.stringify(answer)}`)
  return answer.job
}

describe("TrainingModel", () => {
  let model: TrainingModel

  beforeEach(() => {
    model = aModel()
  })

  test("makes one job of a name, however often it is asked", () => {
    expect(create(model, "a")).toMatchObject({ kind: "job", isNew: true })
    expect(create(model, "a", 5)).toMatchObject({ kind: "job", isNew: false, job: { createdAt: 0 } })
  })

  test("refuses what would pass the quota, with what others use, until a job ends", () => {
    const crowded = aModel({ others: (_key, now) => (now < MINUTE ? 1 : 0) })
    create(crowded, "a")
    expect(create(crowded, "b")).toEqual({ kind: "refused", code: "quota", hopeless: false })
    expect(create(crowded, "b", MINUTE).kind).toBe("job")
    expect(create(crowded, "c", MINUTE).kind).toBe("refused")
    expect(create(crowded, "c", 60 * MINUTE).kind).toBe("job")
  })

  test("tells apart what waiting cannot mend: a place that is not offered, a row larger than the quota", () => {
    expect(create(model, "a", 0, 5)).toEqual({ kind: "refused", code: "quota", hopeless: true })
    expect(create(aModel({ quotas: {} }), "a")).toEqual({ kind: "refused", code: "quota", hopeless: true })
  })

  test("starts, trains, uploads and ends, and bills what was trained", () => {
    const job = jobIn(create(model, "a"))
    const phases = [0, job.trainsAt, job.uploadsAt, job.endsAt].map((now) => tell(job, now))
    expect(phases.map(({ phase, end }) => end?.status ?? phase)).toEqual([
      "starting",
      "training",
      "uploading",
      "completed",
    ])
    const trainedSeconds = Math.round((job.endsAt - job.trainsAt) / 1000)
    expect(phases[3]?.end).toMatchObject({ billableSeconds: trainedSeconds * 2, startedAt: job.trainsAt })
  })

  test("a job without capacity ends before it trains, and nothing is billed", () => {
    const job = jobIn(create(aModel({ odds: { ...CERTAIN, causes: [["capacity", 1]] } }), "a"))
    expect(tell(job, job.endsAt)).toMatchObject({
      startedAt: null,
      end: { status: "failed", cause: "capacity", billableSeconds: 0 },
    })
  })

  test("a stopped job is stopping, then stopped; one that has ended stays as it ended", () => {
    const job = jobIn(create(model, "a"))
    model.handle("us-east-1", { operation: "stop", name: job.name }, 5 * MINUTE)
    expect(tell(job, 5 * MINUTE).phase).toBe("stopping")
    expect(tell(job, 8 * MINUTE).end).toMatchObject({ status: "stopped", cause: "person" })
    const done = jobIn(create(model, "b"))
    model.handle("us-east-1", { operation: "stop", name: done.name }, done.endsAt)
    expect(tell(done, done.endsAt).end?.status).toBe("completed")
  })

  test("a name belongs to one region", () => {
    create(model, "a")
    expect(model.handle("eu-west-1", { operation: "describe", name: "a" as JobName }, 0)).toEqual({ kind: "absent" })
  })

  test.each([
    ["throttled", { throttled: 1 }],
    ["capacity", { noCapacity: 1 }],
    ["invalid", { invalid: 1 }],
    ["denied", { denied: 1 }],
  ] as const)("refuses as %s where the odds say so", (code, odds) => {
    expect(create(aModel({ odds: { ...CERTAIN, ...odds } }), "a")).toMatchObject({ kind: "refused", code })
  })
})
