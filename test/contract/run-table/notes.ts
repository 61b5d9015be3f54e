import { beforeEach, describe, expect, test } from "vitest"
import type { RunId } from "../../../src/core/ids.ts"
import type { TrainingJob } from "../../../src/core/job/training-job.ts"
import { jobName } from "../../../src/core/run/names.ts"
import { aJobEnd, aRun, aTrainingJob } from "../../builders.ts"
import { claimOf, commitNext, endOf } from "./row-changes.ts"
import type { Tables } from "./suite.ts"

const { run: RUN } = aRun()
const secondAttempt = jobName(RUN, 0, 2)
const tenthAttempt = jobName(RUN, 0, 10)

export function notes({ table, other }: Tables): void {
  describe("notes", () => {
    beforeEach(async () => {
      await table().createRun(aRun())
      await commitNext(table(), 0, claimOf)
    })

    const keptOf = async (...noted: readonly TrainingJob[]) => {
      for (const job of noted) await table().note(RUN, 0, job)
      return other().noted(RUN, 0)
    }

    test("what anyone noted is read by everyone, every field of it", async () => {
      const job = aTrainingJob({ metrics: { "val:loss": 0.1, rmse: 1e-9 }, raw: 'Training: "downloading" \u{1F6A3}' })
      expect(await keptOf(job)).toEqual(job)
    })

    test("a row of which nothing was noted has no note", async () => {
      expect(await table().noted(RUN, 0)).toBeNull()
      expect(await table().noted(RUN, 5)).toBeNull()
    })

    const older = aTrainingJob({ at: 100, phase: "starting" })
    const newer = aTrainingJob({ at: 200, phase: "uploading" })
    const end = aTrainingJob({ at: 150, end: aJobEnd() })
    const lateEnd = aTrainingJob({ at: 300, end: aJobEnd({ billableSeconds: 61 }) })
    const second = aTrainingJob({ jobName: secondAttempt, at: 50 })
    const tenth = aTrainingJob({ jobName: tenthAttempt, at: 10 })
    test.each([
      ["the newer moment of one attempt wins", [older, newer], newer],
      ["an older moment that comes late is dropped", [newer, older], newer],
      ["the same moment twice is kept once", [newer, { ...newer, phase: "starting" as const }], newer],
      ["an end wins over a newer moment that says it is live", [newer, end], end],
      ["what is live never replaces an end of the same attempt", [end, newer], end],
      ["a newer end replaces an end", [end, lateEnd], lateEnd],
      ["a higher attempt wins, however old", [lateEnd, second], second],
      ["a lower attempt is dropped, however new", [second, lateEnd], second],
      ["attempts are compared as numbers", [second, tenth], tenth],
    ])("%s", async (_, noted, kept) => {
      expect(await keptOf(...noted)).toEqual(kept)
    })

    test("a note changes neither status nor version, and no writer becomes stale by it", async () => {
      const row = await table().readRow(RUN, 0)
      const change = endOf(row)
      await other().note(RUN, 0, aTrainingJob({ end: aJobEnd() }))
      expect(await table().readRow(RUN, 0)).toEqual(row)
      expect(await table().commit(aRun(), change)).toEqual({ ok: true })
      expect(await table().noted(RUN, 0)).toEqual(aTrainingJob({ end: aJobEnd() }))
    })

    test("a note on a row without a record is kept and makes no record", async () => {
      await table().note(RUN, 7, aTrainingJob({ jobName: jobName(RUN, 7, 1) }))
      expect(await table().readRow(RUN, 7)).toMatchObject({ version: 0, state: { status: "pending" } })
      expect((await table().counts(RUN)).pending).toBe(0)
      await commitNext(table(), 7, claimOf)
      expect(await other().noted(RUN, 7)).toMatchObject({ jobName: jobName(RUN, 7, 1) })
      expect((await table().counts(RUN)).launching).toBe(2)
    })

    test("a note on an unknown run is notFound", async () => {
      const unknown = "rg-20261120142233-none-zzzz" as RunId
      await expect(table().note(unknown, 0, aTrainingJob())).rejects.toMatchObject({ code: "notFound" })
    })
  })
}
