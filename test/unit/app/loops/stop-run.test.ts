import { beforeEach, describe, expect, test } from "vitest"
import { carryRow } from "../../../../src/app/carry-row.ts"
import { type RowSelection, WHOLE_RUN } from "../../../../src/app/select-rows.ts"
import { type StopProgress, stopRun } from "../../../../src/app/stop-run.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import { anAttempt, aPlace, aSearch } from "../../../builders.ts"
import { ALWAYS, CHILD, LoopBed, MINUTE, PERSON, START } from "./bed.ts"

describe("stopRun", () => {
  let bed: LoopBed

  beforeEach(async () => {
    bed = await LoopBed.open()
    bed.training.trainsMs = 600 * MINUTE
  })

  function stop(selection: Partial<RowSelection> = {}, signal = ALWAYS) {
    const options = { by: "ada" }
    return bed.until(stopRun(bed.ports, bed.run.run, { ...WHOLE_RUN, ...selection }, PERSON, options, signal))
  }

  async function runningRow(index: number, owner: OwnerId | null, region = "us-east-1"): Promise<void> {
    const attempt = anAttempt({
      jobName: jobName(bed.run.run, index, 1),
      claimedBy: CHILD,
      claimedAt: START,
      sendBy: START + MINUTE,
      held: { place: aPlace({ region }), usd: null },
    })
    bed.training.make(attempt)
    await bed.put(index, { owner, nextNumber: 2, state: { status: "running", attempt, phase: "training", raw: "" } })
  }

  test("writes the order, ends the arrays and sees every training job end", async () => {
    bed.queue.put("array", [{}, {}])
    await runningRow(0, null)
    await runningRow(1, CHILD)
    expect(await stop()).toEqual({ asked: 10, ended: 10, endedOtherwise: 0, left: [] })
    expect(bed.queue.ended).toContain("array")
    expect((await bed.table.readRun(bed.run.run))?.orders).toEqual([
      { kind: "stop", rows: "all", at: START, by: "ada" },
    ])
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ stopped: 2, running: 0 })
    for (const job of bed.training.jobs.values()) expect(job.stoppedAt).not.toBeNull()
  })

  test("ends the search of the run with it, also where no row is at work", async () => {
    for (let index = 0; index < 10; index++)
      await bed.put(index, { owner: null, state: { status: "completed", reason: "" } })
    await bed.table.amendRun({ ...bed.run, version: bed.run.version + 1, search: aSearch() })
    expect(await stop({ rows: [[0, 3]] })).toMatchObject({ asked: 0 })
    expect((await bed.table.readRun(bed.run.run))?.search?.isOver).toBe(false)
    expect(await stop()).toMatchObject({ asked: 0, left: [] })
    const run = await bed.table.readRun(bed.run.run)
    expect(run?.orders).toMatchObject([{ kind: "stop", rows: "all" }])
    expect(run?.search).toMatchObject({ isOver: true, end: "stopped" })
  })

  test("writes no record for the rows that nobody has met: the order says it", async () => {
    await stop()
    expect((await bed.row(5)).version).toBe(0)
  })

  test("gives the same order once, and goes on with what is left", async () => {
    const ending = new AbortController()
    await runningRow(0, null)
    bed.after(1, () => ending.abort())
    const first = await stop({}, ending.signal)
    expect(first.left).toEqual([{ index: 0, jobName: jobName(bed.run.run, 0, 1), region: "us-east-1" }])
    expect(await stop()).toMatchObject({ left: [] })
    expect((await bed.table.readRun(bed.run.run))?.orders).toHaveLength(1)
    expect((await bed.row(0)).state.status).toBe("stopped")
  })

  test("stops the jobs of a living worker at once, and leaves their rows to it", async () => {
    const options = { follow: "attached", endedByPerson: async () => false } as const
    const worker = carryRow(bed.ports, bed.run.run, 0, CHILD, options, ALWAYS)
    bed.after(5 * MINUTE, () =>
      stopRun(bed.ports, bed.run.run, { ...WHOLE_RUN, rows: [[0, 0]] }, PERSON, { by: "ada" }, ALWAYS),
    )
    expect((await bed.until(worker)).kind).toBe("stopped")
    expect(bed.queue.ended).toEqual([])
  })

  test("of a row that a living worker launches, another's job that has its name is left alone", async () => {
    const attempt = anAttempt({ jobName: jobName(bed.run.run, 0, 1), claimedBy: CHILD, claimedAt: START })
    await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
    bed.training.foreign.add(attempt.jobName)
    await bed.table.renew({ owner: CHILD, until: START + 60 * MINUTE })
    const ending = new AbortController()
    bed.after(1, () => ending.abort())
    await stop({ rows: [[0, 0]] }, ending.signal)
    expect(bed.training.named("describe")).not.toEqual([])
    expect(bed.training.named("stop")).toEqual([])
  })

  test("stops only the rows that are asked for, those without a record too", async () => {
    await runningRow(0, null)
    await runningRow(1, null)
    expect(await stop({ rows: [[1, 2]] })).toEqual({ asked: 2, ended: 2, endedOtherwise: 0, left: [] })
    expect((await bed.row(0)).state.status).toBe("running")
    expect((await bed.row(1)).state.status).toBe("stopped")
    expect((await bed.row(2)).state.status).toBe("stopped")
    expect((await bed.table.readRun(bed.run.run))?.orders).toMatchObject([{ rows: [[1, 2]] }])
    expect(bed.queue.ended).toEqual([])
  })

  test("goes on in other regions, and says which is silent, while one does not answer at all", async () => {
    await runningRow(0, null, "us-east-1")
    await runningRow(1, null, "eu-west-1")
    const { stop: ask, describe: look } = bed.training
    const never = new Promise<never>(() => {})
    bed.training.stop = (run, attempt) =>
      attempt.held.place.region === "eu-west-1" ? never : ask.call(bed.training, run, attempt)
    bed.training.describe = (run, attempt) =>
      attempt.held.place.region === "eu-west-1" ? never : look.call(bed.training, run, attempt)
    const ending = new AbortController()
    bed.after(20 * MINUTE, () => ending.abort())
    const said: string[] = []
    const options = {
      by: "ada",
      onProgress: ({ left, silent }: StopProgress) => void said.push(`${left} ${silent.join()}`),
    }
    const selection = { ...WHOLE_RUN, rows: [[0, 1]] as const }
    const report = await bed.until(stopRun(bed.ports, bed.run.run, selection, PERSON, options, ending.signal))
    expect(report.left.map(({ region }) => region)).toEqual(["eu-west-1"])
    expect((await bed.row(0)).state.status).toBe("stopped")
    expect(said.at(-1)).toBe("1 eu-west-1")
  })

  test.each(["end", "counts", "isGone"] as const)(
    "stops the training jobs while the queue does not answer %s, and names it",
    async (call) => {
      bed.queue.put("array", [{}, {}])
      await runningRow(0, null)
      await runningRow(1, CHILD)
      await bed.table.renew({ owner: CHILD, until: START + 60 * MINUTE })
      bed.queue[call] = () => new Promise<never>(() => {})
      const ending = new AbortController()
      bed.after(20 * MINUTE, () => ending.abort())
      const said: (string | null)[] = []
      const options = { by: "ada", onProgress: ({ queue }: StopProgress) => void said.push(queue) }
      const report = await bed.until(stopRun(bed.ports, bed.run.run, WHOLE_RUN, PERSON, options, ending.signal))
      const asked = [...bed.training.jobs.values()].map(({ stoppedAt }) => (stoppedAt ?? Infinity) - START)
      expect(Math.max(...asked)).toBeLessThan(10_000)
      expect(said.some((each) => each?.startsWith("the job queue does not answer (") === true)).toBe(true)
      // The other row is its worker's, who never comes.
      expect(report.left.map(({ index }) => index)).toEqual([1])
      expect(call === "end" ? said.at(-1) : null).toBe(
        call === "end" ? `the job queue does not answer (end array job array)` : null,
      )
    },
  )

  test("a queue that gives no answer for long is asked again, and what it refuses is told once the training jobs were stopped", async () => {
    bed.queue.put("array", [{}])
    await runningRow(0, null)
    const { end } = bed.queue
    let calls = 0
    bed.queue.end = async (array) => {
      calls += 1
      if (calls < 3) throw new RegattaError("unavailable", "Batch is away")
      return end.call(bed.queue, array)
    }
    expect(await stop()).toMatchObject({ left: [] })
    await bed.order("retry")
    bed.queue.put("array", [{}])
    await runningRow(2, null)
    bed.queue.end = async () => {
      throw new RegattaError("denied", "no right to end it")
    }
    await expect(stop()).rejects.toThrow("no right to end it")
    expect(bed.training.jobs.get(jobName(bed.run.run, 2, 1))?.stoppedAt).not.toBeNull()
  })

  test("stops the rows of one region", async () => {
    await runningRow(0, null, "us-east-1")
    await runningRow(1, null, "eu-west-1")
    expect((await stop({ rows: [[0, 1]], region: "eu-west-1" })).asked).toBe(1)
    expect((await bed.row(0)).state.status).toBe("running")
    expect((await bed.row(1)).state.status).toBe("stopped")
  })

  test("stops rows by their reason", async () => {
    const waiting = (reason: "quota" | "limit") =>
      ({ status: "waiting", reason, detail: "", until: START, since: START }) as const
    await bed.put(0, { owner: null, state: waiting("quota") })
    await bed.put(1, { owner: null, state: waiting("limit") })
    expect((await stop({ reason: "Quota" })).asked).toBe(1)
    expect((await bed.row(0)).state.status).toBe("stopped")
    expect((await bed.row(1)).state.status).toBe("waiting")
  })

  test("does not believe that a launch came to nothing before that is settled", async () => {
    const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START, sendBy: START + MINUTE })
    await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
    bed.after(5 * MINUTE, () => bed.training.make(attempt))
    await stop()
    expect((await bed.row(0)).state.status).toBe("stopped")
    expect(bed.training.jobs.get(attempt.jobName)?.stoppedAt).not.toBeNull()
  })

  test("waits until no worker is left that could hold a claim which it has not seen", async () => {
    const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START, sendBy: START + MINUTE })
    bed.queue.end = async () => {}
    bed.queue.put("array", [{ state: "running" }])
    bed.after(MINUTE, async () => {
      await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
      bed.queue.put("array", [{ state: "failed", byPerson: true }])
    })
    await stop()
    expect((await bed.row(0)).state.status).toBe("stopped")
    expect(bed.clock.now()).toBeGreaterThan(attempt.sendBy + AWS_TIMING.settle)
  })

  test("sees the claim of a worker that began and died between two looks", async () => {
    const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START, sendBy: START + MINUTE })
    bed.queue.put("array", [{ state: "running" }])
    const { counts } = bed.queue
    bed.queue.counts = async (arrays) => {
      bed.queue.counts = counts
      await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
      return counts.call(bed.queue, arrays)
    }
    await stop()
    expect((await bed.row(0)).state.status).toBe("stopped")
  })

  test("stops a row whose pinned line cannot be read", async () => {
    await runningRow(0, null)
    bed.unreadable.add(0)
    expect(await stop()).toMatchObject({ left: [] })
    expect((await bed.row(0)).state.status).toBe("stopped")
  })

  test("tells rows that ended by themselves from those that it stopped", async () => {
    bed.training.trainsMs = 0
    await runningRow(0, null)
    bed.training.trainsMs = 600 * MINUTE
    await runningRow(1, null)
    expect(await stop({ rows: [[0, 1]] })).toEqual({ asked: 2, ended: 2, endedOtherwise: 1, left: [] })
  })

  test("shows how many rows are left", async () => {
    await runningRow(0, null)
    await runningRow(1, null)
    const left: number[] = []
    const options = { by: "ada", onProgress: (progress: StopProgress) => void left.push(progress.left) }
    await bed.until(stopRun(bed.ports, bed.run.run, WHOLE_RUN, PERSON, options, ALWAYS))
    expect(left[0]).toBe(2)
  })

  test("orders nothing where nothing is left to stop", async () => {
    for (let index = 0; index < 10; index++)
      await bed.put(index, { owner: null, state: { status: "completed", reason: "" } })
    expect(await stop()).toEqual({ asked: 0, ended: 0, endedOtherwise: 0, left: [] })
    expect((await bed.table.readRun(bed.run.run))?.orders).toEqual([])
  })
})
