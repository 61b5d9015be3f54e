import { beforeEach, describe, expect, test } from "vitest"
import { type FollowOptions, followRuns } from "../../../../src/app/follow-run.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { Instant, JobName, RunId } from "../../../../src/core/ids.ts"
import type { TrainingJob } from "../../../../src/core/job/training-job.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import type { JobEvent, JobEvents } from "../../../../src/ports/job-events.ts"
import { anArray, anAttempt, anObjectRef, aPlace, aRun, aTrainingJob } from "../../../builders.ts"
import { FOLLOWER, LoopBed, MINUTE, START } from "./bed.ts"

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"] as const
const HOUR = 60 * MINUTE

describe("a follower of very many rows", () => {
  let bed: LoopBed
  let tableReads: string[]
  let begin: Instant

  /** All rows train for a day, each region has its share, and nothing of them changes. */
  async function open(rows: number): Promise<void> {
    const parts = [{ rows: anObjectRef(), index: anObjectRef(), size: rows }]
    bed = await LoopBed.open({ parts, arrays: [anArray({ name: "array", id: "array", size: rows })] })
    bed.training.trainsMs = 24 * HOUR
    tableReads = []
    for (let index = 0; index < rows; index++) {
      const place = aPlace({ region: regionOf(index) })
      const name = jobName(bed.run.run, index, 1)
      const attempt = anAttempt({ jobName: name, held: { place, usd: null }, claimedAt: START, sendBy: START + MINUTE })
      bed.training.make(attempt)
      const state = { status: "running", attempt, phase: "training", raw: "Training" } as const
      await bed.put(index, { owner: null, nextNumber: 2, state })
      await bed.table.note(bed.run.run, index, bed.training.told(name))
    }
    // What was launched lately is listed again and again, until it is older than the overlap of two listings.
    await bed.until(bed.clock.sleep(START + HOUR))
    begin = bed.clock.now()
  }

  function later(ms: number, happen: () => unknown): void {
    bed.clock.at(bed.clock.now() + ms, () => void happen())
  }

  function regionOf(index: number): (typeof REGIONS)[number] {
    return REGIONS[index % REGIONS.length] ?? REGIONS[0]
  }

  async function followFor(ms: number, more: Partial<FollowOptions> = {}): Promise<void> {
    const ending = new AbortController()
    bed.clock.at(bed.clock.now() + ms, () => ending.abort("SIGTERM"))
    const options = { prefix: "rg", untilEnded: true, ...more }
    await bed.until(followRuns(bed.ports, [bed.run.run], FOLLOWER, options, ending.signal))
  }

  async function otherRun(): Promise<RunId> {
    const run = aRun({ run: "rg-other" as RunId })
    await bed.table.createRun(run)
    return run.run
  }

  /** Events of the run's rows, as a test tells them: by default of an end. */
  class ToldEvents implements JobEvents {
    readonly dones: JobEvent[] = []
    readonly #told: JobEvent[] = []
    #last = 0

    tell(index: number, job: Partial<TrainingJob> = {}): void {
      const heard = aTrainingJob({
        jobName: jobName(bed.run.run, index, 1),
        at: bed.clock.now(),
        phase: "unknown",
        raw: "Completed",
        end: null,
        ...job,
      })
      this.#told.push({ region: regionOf(index), job: heard, mark: `${this.#last++}` })
    }

    async take(): Promise<readonly JobEvent[]> {
      return this.#told.splice(0)
    }

    async done(events: readonly JobEvent[]): Promise<void> {
      this.dones.push(...events)
    }
  }

  function countTable(): void {
    const { changes, unfinished, commit } = bed.table
    bed.table.changes = (...args) => {
      tableReads.push("changes")
      return changes.apply(bed.table, args)
    }
    bed.table.unfinished = (...args) => {
      tableReads.push("unfinished")
      return unfinished.apply(bed.table, args)
    }
    bed.table.commit = (...args) => {
      tableReads.push("commit")
      return commit.apply(bed.table, args)
    }
  }

  test.each([100, 10_000])(
    "asks each region a handful of times, and describes nothing while %i rows do not change",
    async (rows) => {
      await open(rows)
      countTable()
      // The first hour has the sweep over all that was there before.
      await followFor(50 * MINUTE)
      const [lists, describes] = [bed.training.named("list").length, bed.training.named("describe").length]
      const ticks = (50 * MINUTE) / AWS_TIMING.poll
      expect(describes).toBe(0)
      // Each tick one list of news for each region, and once the pages of a sweep.
      expect(lists).toBeLessThanOrEqual(REGIONS.length * (ticks + 2) + rows / 100 + REGIONS.length)
      // Each row is taken once, by one write, and read when that was written.
      expect(tableReads.filter((read) => read === "commit")).toHaveLength(rows)
      expect(tableReads.filter((read) => read === "unfinished")).toEqual([])
      expect(tableReads.filter((read) => read === "changes").length).toBeLessThanOrEqual(
        2 * (ticks + 2) + (2 * rows) / 1000 + 1,
      )
    },
    60_000,
  )

  test("describes only what a list shows as changed", async () => {
    await open(400)
    const ended = jobName(bed.run.run, 7, 1)
    later(10 * MINUTE, () => bed.training.endNow(ended))
    await followFor(20 * MINUTE)
    expect(bed.training.named("describe")).toEqual([`describe ${ended}`])
    expect((await bed.row(7)).state.status).toBe("completed")
  })

  test("describes what an event names at the next tick, and lists less often", async () => {
    await open(40)
    const ended = jobName(bed.run.run, 7, 1)
    const told = new ToldEvents()
    later(4 * MINUTE, () => {
      bed.training.endNow(ended)
      told.tell(7)
    })
    let seenAt = 0
    const onRow = () => {
      seenAt ||= bed.clock.now()
    }
    await followFor(30 * MINUTE, { events: told, onRow })
    expect(bed.training.named("describe")).toEqual([`describe ${ended}`])
    expect(seenAt - begin).toBeLessThanOrEqual(4.5 * MINUTE + 1000)
    expect(bed.training.named("list").length).toBeLessThanOrEqual(REGIONS.length * 9)
    expect(told.dones).toHaveLength(1)
  })

  test("is not moved by events that come again, late or out of order", async () => {
    await open(40)
    const told = new ToldEvents()
    const at = begin + 4 * MINUTE
    for (const minute of [5, 6, 7])
      later(minute * MINUTE, () => told.tell(7, { phase: "training", raw: "Training", at }))
    later(8 * MINUTE, () => told.tell(7, { phase: "uploading", raw: "Uploading", at: at + 1 }))
    later(10 * MINUTE, () => told.tell(7, { phase: "downloading", raw: "Downloading", at: at - 1 }))
    await followFor(20 * MINUTE, { events: told })
    // The one that was news, though the description did not bear it out.
    expect(bed.training.named("describe")).toEqual([`describe ${jobName(bed.run.run, 7, 1)}`])
    expect((await bed.row(7)).state).toMatchObject({ status: "running", phase: "training" })
    expect(told.dones).toHaveLength(5)
  })

  test("notes an end of a run that another follower has for that one, and leaves what cannot be noted to come again", async () => {
    await open(40)
    const other = await otherRun()
    const told = new ToldEvents()
    const tell = (minute: number, index: number, more: Partial<TrainingJob> = {}) =>
      later(minute * MINUTE, () => told.tell(index, { jobName: jobName(other, index, 1), ...more }))
    tell(3, 1, { phase: "training", raw: "Training" })
    tell(4, 2)
    tell(5, 3, { jobName: jobName("rg-unknown" as RunId, 3, 1) })
    const note = bed.table.note
    bed.table.note = async (run, index, job) => {
      if (index === 2) bed.table.note = note
      if (index === 2) throw new RegattaError("unavailable", "the table is away")
      return note.call(bed.table, run, index, job)
    }
    tell(9, 2)
    await followFor(12 * MINUTE, { events: told })
    expect(await bed.table.noted(other, 1)).toBeNull()
    expect(await bed.table.noted(other, 2)).toMatchObject({ phase: "unknown", raw: "Completed" })
    expect(told.dones.map(({ job }) => job.jobName)).toEqual([
      jobName(other, 1, 1),
      jobName("rg-unknown" as RunId, 3, 1),
      jobName(other, 2, 1),
    ])
  })

  test("asks about what another follower noted as ended, and does not take the note for the end", async () => {
    await open(40)
    const name = jobName(bed.run.run, 7, 1)
    later(4 * MINUTE, async () => {
      bed.training.endNow(name)
      const heard = { ...bed.training.told(name), phase: "unknown", raw: "Completed", end: null } as const
      await bed.table.note(bed.run.run, 7, heard)
    })
    await followFor(6 * MINUTE)
    expect((await bed.row(7)).state.status).toBe("completed")
    expect(bed.training.named("describe")).toEqual([`describe ${name}`])
  })

  test("lists as often as ever while events cannot be read", async () => {
    await open(40)
    const events = new ToldEvents()
    events.take = () => Promise.reject(new RegattaError("denied", "may not read"))
    await followFor(30 * MINUTE, { events })
    expect(bed.training.named("list").length).toBeGreaterThan(REGIONS.length * 55)
  })

  test("an event source that does not answer is made up for by listing", async () => {
    await open(40)
    const ended = jobName(bed.run.run, 7, 1)
    later(4 * MINUTE, () => bed.training.endNow(ended))
    const events = new ToldEvents()
    events.take = () => Promise.reject(new RegattaError("unavailable", "the queue of events is away"))
    await followFor(30 * MINUTE, { events })
    expect((await bed.row(7)).state.status).toBe("completed")
  })

  test("takes what somebody noted of a training job for news", async () => {
    await open(40)
    const name = jobName(bed.run.run, 7, 1)
    later(4 * MINUTE, async () => {
      bed.training.endNow(name)
      await bed.table.note(bed.run.run, 7, bed.training.told(name))
    })
    await followFor(6 * MINUTE)
    expect((await bed.row(7)).state.status).toBe("completed")
    expect(bed.training.named("describe")).toEqual([])
  })

  test("regions-apart: a region that does not answer holds up no other", async () => {
    await open(40)
    bed.training.dark.add("us-east-1")
    const ends = [1, 2, 3].map((index) => jobName(bed.run.run, index, 1))
    later(4 * MINUTE, () => ends.map((name) => bed.training.endNow(name)))
    await followFor(10 * MINUTE)
    for (const index of [1, 2, 3]) expect((await bed.row(index)).state.status).toBe("completed")
  })

  test("where it may not list, asks for each row at a slow pace", async () => {
    await open(8)
    bed.training.changedSince = () => Promise.reject(new RegattaError("denied", "not authorized to list"))
    later(4 * MINUTE, () => bed.training.endNow(jobName(bed.run.run, 5, 1)))
    await followFor(30 * MINUTE)
    expect((await bed.row(5)).state.status).toBe("completed")
    expect(bed.training.named("describe").length).toBeLessThanOrEqual(8 * 7)
  })

  test("a training job that a whole sweep did not have is asked for", async () => {
    await open(8)
    bed.training.jobs.delete(jobName(bed.run.run, 3, 1) as JobName)
    await followFor(20 * MINUTE)
    expect((await bed.row(3)).state).toMatchObject({ status: "failed", reason: expect.stringContaining("no longer") })
    expect(bed.training.named("describe").length).toBeLessThanOrEqual(2)
  })
})

describe("a follower where places are full", () => {
  let bed: LoopBed
  const waiting = { status: "waiting", reason: "quota", detail: "", until: START, since: START } as const

  beforeEach(async () => {
    const parts = [{ rows: anObjectRef(), index: anObjectRef(), size: 300 }]
    bed = await LoopBed.open({ parts, arrays: [] })
    for (let index = 0; index < 300; index++) await bed.put(index, { owner: null, state: waiting })
  })

  async function followFor(ms: number): Promise<void> {
    const ending = new AbortController()
    bed.after(ms, () => ending.abort("SIGTERM"))
    await bed.until(followRuns(bed.ports, [bed.run.run], FOLLOWER, { prefix: "rg", untilEnded: true }, ending.signal))
  }

  test("one row asks for all after a refusal, not each by itself", async () => {
    bed.training.room = 0
    await followFor(2 * HOUR)
    // Four are under way when the first is refused; then one a back-off, which doubles to half an hour.
    expect(bed.training.named("create").length).toBeLessThanOrEqual(4 + 10)
  })

  test("launches more as capacity comes back, without a request for each row that waits", async () => {
    bed.training.room = 5
    bed.training.trainsMs = 20 * MINUTE
    await followFor(6 * HOUR)
    const made = bed.training.jobs.size
    expect(made).toBeGreaterThan(40)
    expect(bed.training.named("create").length).toBeLessThan(3 * made)
  })

  test("counts-and-money: starts no further row at a place that got its limit while more were live there", async () => {
    bed.training.trainsMs = 20 * MINUTE
    bed.training.room = 10
    const setLimit = async () => {
      const run = (await bed.table.readRun(bed.run.run)) ?? bed.run
      await bed.table.amendRun({ ...run, version: run.version + 1, limits: { "us-east-1/ml.p3.16xlarge": 2 } })
      bed.training.room = Number.POSITIVE_INFINITY
      made = bed.training.jobs.size
    }
    let made = 0
    bed.after(5 * MINUTE, setLimit)
    await followFor(18 * MINUTE)
    expect(made).toBeGreaterThan(2)
    expect(bed.training.jobs.size).toBe(made)
  })

  test("launches in the next of a row's places that has room, and in the first again when that is free", async () => {
    const places = [aPlace(), aPlace({ region: "us-west-2" })] as const
    for (let index = 0; index < 300; index++) bed.specs.set(index, { places })
    const key = "us-east-1/ml.p3.16xlarge"
    await bed.table.amendRun({ ...bed.run, version: 2, limits: { [key]: 2, "us-west-2/ml.p3.16xlarge": 3 } })
    await followFor(45 * MINUTE)
    const regions = Map.groupBy([...bed.training.jobs.values()], ({ attempt }) => attempt.held.place.region)
    expect(regions.get("us-east-1")?.length).toBeGreaterThanOrEqual(6)
    expect(regions.get("us-west-2")?.length).toBeGreaterThanOrEqual(9)
    for (const job of bed.training.jobs.values()) expect(job.attempt.number).toBeLessThanOrEqual(2)
  })
})
