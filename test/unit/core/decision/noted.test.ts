import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isNewer, isWorthNoting } from "../../../../src/core/decision/noted.ts"
import type { RunId } from "../../../../src/core/ids.ts"
import type { TrainingJob } from "../../../../src/core/job/training-job.ts"
import { attemptNumber, jobName } from "../../../../src/core/run/names.ts"
import { aJobEnd, aTrainingJob } from "../../../builders.ts"

const RUN = "rg-20261120142233-digits-k3f9" as RunId

const jobs: fc.Arbitrary<TrainingJob> = fc
  .record({ attempt: fc.integer({ min: 1, max: 12 }), at: fc.nat(5), ended: fc.boolean() })
  .map(({ attempt, at, ended }) =>
    aTrainingJob({ jobName: jobName(RUN, 3, attempt), at, end: ended ? aJobEnd() : null }),
  )

test("the number of an attempt is read from the name that was made for it", () => {
  for (const number of [1, 9, 10, 123]) expect(attemptNumber(jobName(RUN, 7, number))).toBe(number)
  expect(attemptNumber("somebody-elses-job" as TrainingJob["jobName"])).toBe(0)
})

test("anything is newer than nothing, and nothing is newer than itself", () => {
  fc.assert(fc.property(jobs, (job) => isNewer(job, null) && !isNewer(job, job)))
})

test("whatever the order in which notes come, the same moment is kept", () => {
  const keep = (noted: readonly TrainingJob[]) =>
    noted.reduce<TrainingJob | null>((kept, job) => (isNewer(job, kept) ? job : kept), null)
  fc.assert(
    fc.property(fc.array(jobs, { maxLength: 8 }), (noted) => {
      expect(keep([...noted].reverse())).toEqual(keep(noted))
    }),
  )
})

describe("what is worth a write", () => {
  const poll = 30_000
  const seen: fc.Arbitrary<readonly TrainingJob[]> = fc
    .array(
      fc.record({
        attempt: fc.integer({ min: 1, max: 2 }),
        at: fc.nat(40).map((minutes) => minutes * 60_000),
        phase: fc.constantFrom<TrainingJob["phase"]>("starting", "training", "unknown", "stopping"),
        raw: fc.constantFrom("Training", "Training: 3 of 7"),
        startedAt: fc.constantFrom(null, 5),
        metrics: fc.constantFrom<TrainingJob["metrics"]>({}, { loss: 0.5 }, { loss: 0.4 }),
        ended: fc.boolean(),
      }),
      { maxLength: 20 },
    )
    .map((jobs) =>
      jobs
        .sort((one, other) => one.at - other.at)
        .map(({ attempt, ended, ...job }) =>
          aTrainingJob({ ...job, jobName: jobName(RUN, 3, attempt), end: ended ? aJobEnd() : null }),
        ),
    )
  const readable = ({ jobName: name, phase, raw, startedAt, metrics, end }: TrainingJob) => {
    const isWordShown = phase === "unknown" || phase === "stopping"
    return { name, phase, raw: isWordShown ? raw : null, startedAt, metrics, end }
  }

  test("seen in order, leaves a reader with what it would read if all had been written, less than ten polls older", () => {
    fc.assert(
      fc.property(seen, (jobs) => {
        let [all, few]: [TrainingJob | null, TrainingJob | null] = [null, null]
        for (const job of jobs) {
          if (isNewer(job, all)) all = job
          if (isWorthNoting(job, few, { poll })) few = job
          expect(few && readable(few)).toEqual(all && readable(all))
          expect((all?.at ?? 0) - (few?.at ?? 0)).toBeLessThan(10 * poll)
        }
      }),
    )
  })

  test("is nothing of a job that trains on and says the same", () => {
    const kept = aTrainingJob()
    expect(isWorthNoting({ ...kept, at: kept.at + 9 * poll, raw: "other words" }, kept, { poll })).toBe(false)
    expect(isWorthNoting({ ...kept, at: kept.at + 10 * poll }, kept, { poll })).toBe(true)
    expect(isWorthNoting({ ...kept, at: kept.at + 1, metrics: { loss: 0.5 } }, kept, { poll })).toBe(true)
  })
})
