import fc from "fast-check"
import { expect, test } from "vitest"
import { isNewer } from "../../../../src/core/decision/noted.ts"
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
