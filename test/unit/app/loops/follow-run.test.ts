import { beforeEach, describe, expect, test } from "vitest"
import { type FollowOptions, followRuns } from "../../../../src/app/follow-run.ts"
import { followerSeat } from "../../../../src/app/follower-seat.ts"
import { keepSearchSeat, leaveSearchSeat } from "../../../../src/app/search-seat.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import { anAttempt, aPlace, aSearch } from "../../../builders.ts"
import { ALWAYS, CHILD, FOLLOWER, LoopBed, MINUTE, PERSON, START } from "./bed.ts"

const UNTIL_ENDED: FollowOptions = { prefix: "rg", untilEnded: true }
const PLACE = "us-east-1/ml.p3.16xlarge"

describe("followRuns", () => {
  let bed: LoopBed

  beforeEach(async () => {
    bed = await LoopBed.open()
  })

  function follow(options = UNTIL_ENDED, signal = ALWAYS, me: OwnerId = FOLLOWER) {
    return bed.until(followRuns(bed.ports, [bed.run.run], me, options, signal))
  }

  /** Every row waits since its index in seconds; `final` rows have completed. */
  async function rowsWait(count: number): Promise<void> {
    for (let index = 0; index < 10; index++) {
      const waiting = {
        status: "waiting",
        reason: "quota",
        detail: "",
        until: START,
        since: START + index * 1000,
      } as const
      await bed.put(index, { owner: null, state: index < count ? waiting : { status: "completed", reason: "" } })
    }
  }

  test("launches what waits, carries it to its end and returns", async () => {
    await rowsWait(3)
    expect(await follow()).toEqual({ ended: [bed.run.run], active: [] })
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 10 })
    expect(bed.training.named("create")).toHaveLength(3)
  })

  test("stays with a run whose search is driven, takes up rows of its later parts, and leaves it once nobody drives it", async () => {
    bed = await LoopBed.open({ search: aSearch() })
    await rowsWait(1)
    expect(await keepSearchSeat(bed.ports, bed.run.run, PERSON)).toBe(true)
    const [part] = bed.run.parts
    const driving = async () => {
      await bed.clock.sleep(START + 30 * MINUTE)
      // The first ten are final, and the follower is still there for this one.
      if (part === undefined) return
      await bed.table.amendRun({ ...bed.run, version: bed.run.version + 1, parts: [part, { ...part, size: 1 }] })
      const since = bed.clock.now()
      await bed.put(10, { owner: null, state: { status: "waiting", reason: "quota", detail: "", until: since, since } })
      await bed.clock.sleep(START + 32 * MINUTE)
      await leaveSearchSeat(bed.ports, bed.run.run, PERSON)
    }
    const keeping = async () => {
      for (let minute = 1; minute < 32; minute += 1) {
        await bed.clock.sleep(START + minute * MINUTE)
        await keepSearchSeat(bed.ports, bed.run.run, PERSON)
      }
    }
    const [report] = await bed.until(
      Promise.all([followRuns(bed.ports, [bed.run.run], FOLLOWER, UNTIL_ENDED, ALWAYS), driving(), keeping()]),
    )
    expect(report).toEqual({ ended: [], active: [bed.run.run], resting: [bed.run.run] })
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 11 })
    expect(bed.clock.now()).toBeGreaterThan(START + 40 * MINUTE)
  })

  test("looks again and again at live rows only of a search that stops rows by what they show", async () => {
    const looks = async (halving: "promote" | "stop" | null) => {
      const { settings, ...of } = aSearch()
      bed = await LoopBed.open(halving === null ? {} : { search: { ...of, settings: { ...settings, halving } } })
      await rowsWait(1)
      await follow()
      expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 10 })
      return bed.training.named("describe").length
    }
    const plain = await looks(null)
    expect(await looks("promote")).toBe(plain)
    expect(await looks("stop")).toBeGreaterThan(plain + 3)
  })

  test("launches no more at once than the limit of a place allows, the oldest first", async () => {
    bed = await LoopBed.open({ limits: { [PLACE]: 2 } })
    await rowsWait(6)
    let most = 0
    const { commit } = bed.table
    bed.table.commit = async (run, change) => {
      const done = await commit.call(bed.table, run, change)
      most = Math.max(most, await bed.table.live(aPlace()))
      return done
    }
    await follow()
    expect(most).toBe(2)
    expect(bed.training.named("create")).toEqual(
      [0, 1, 2, 3, 4, 5].map((index) => `create ${jobName(bed.run.run, index, 1)}`),
    )
  })

  test("launches rows of higher priority first", async () => {
    bed = await LoopBed.open({ limits: { [PLACE]: 1 } })
    bed.specs.set(2, { priority: 5 })
    await rowsWait(3)
    await follow()
    expect(bed.training.named("create")[0]).toBe(`create ${jobName(bed.run.run, 2, 1)}`)
  })

  test("goes on over its budget only as money comes back", async () => {
    bed = await LoopBed.open({ budgetUsd: 15, prices: { [PLACE]: 10 } })
    await rowsWait(2)
    await follow()
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 10 })
    expect((await bed.table.money(bed.run.run)).reservedUsd).toBe(0)
  })

  test("ends the rows that a spent budget can never pay, with the reason, and returns", async () => {
    // Each asks $4 for its hour: whatever the first one costs, there is less left.
    bed = await LoopBed.open({ budgetUsd: 4, prices: { [PLACE]: 4 } })
    await rowsWait(4)
    expect(await follow()).toEqual({ ended: [bed.run.run], active: [] })
    expect(bed.training.named("create")).toHaveLength(1)
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 7, failed: 3, waiting: 0 })
    expect((await bed.row(3)).state).toMatchObject({ status: "failed", reason: expect.stringMatching(/^budget \$/) })
  })

  test("launches a row whose estimate meets what is left, however sums of dollars round", async () => {
    bed = await LoopBed.open({ budgetUsd: 0.3, prices: { [PLACE]: 0.1 } })
    for (const index of [0, 1, 2]) bed.training.ends.set(index, { billableSeconds: 3600 })
    await rowsWait(3)
    await follow()
    expect(bed.training.named("create")).toHaveLength(3)
  })

  test("launches no row that its child has not met", async () => {
    const ending = new AbortController()
    bed.after(30 * MINUTE, () => ending.abort("SIGTERM"))
    expect(await follow(UNTIL_ENDED, ending.signal)).toEqual({ ended: [], active: [bed.run.run] })
    expect(bed.training.calls).toEqual([])
  })

  test("leaves the rows of a living worker, and takes them when its lease runs out", async () => {
    await rowsWait(0)
    const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START, sendBy: START + MINUTE })
    bed.training.make(attempt)
    await bed.table.renew({ owner: CHILD, until: START + 15 * MINUTE })
    await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "running", attempt, phase: "training", raw: "" } })
    const owners: (OwnerId | null)[] = []
    await follow({ ...UNTIL_ENDED, onRow: ({ owner }) => owners.push(owner) })
    expect((await bed.row(0)).state.status).toBe("completed")
    expect(bed.clock.now() - START).toBeGreaterThanOrEqual(15 * MINUTE)
  })

  test("stands by while another follower holds the run's seat, and takes it when that one is not seen any more", async () => {
    await rowsWait(1)
    await bed.table.takeSeat({ name: followerSeat(bed.run.run), version: 1, holder: "follower|other", at: START })
    await follow()
    expect((await bed.row(0)).state.status).toBe("completed")
    expect(bed.clock.now() - START).toBeGreaterThan(AWS_TIMING.lease)
    expect(await bed.table.readSeat(followerSeat(bed.run.run))).toMatchObject({ holder: FOLLOWER })
  })

  test("a row whose pinned line cannot be read fails with the reason, and the others go on", async () => {
    await rowsWait(3)
    bed.unreadable.add(1)
    await follow()
    expect((await bed.row(1)).state).toEqual({
      status: "failed",
      reason: "the pinned rows are not the ones that were planned",
    })
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 9, failed: 1 })
  })

  test("it fails as well where the line is changed while its row waits for room", async () => {
    bed = await LoopBed.open({ limits: { [PLACE]: 1 } })
    await rowsWait(2)
    bed.after(5 * MINUTE, () => bed.unreadable.add(1))
    await follow()
    expect((await bed.row(1)).state).toMatchObject({ status: "failed", reason: expect.stringContaining("pinned rows") })
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 9, failed: 1 })
  })

  test("a queue that does not answer keeps no training job from being followed", async () => {
    await rowsWait(1)
    bed.queue.counts = () => Promise.reject(new RegattaError("unavailable", "the queue is away"))
    await follow()
    expect((await bed.row(0)).state.status).toBe("completed")
  })

  test("lets its rows go when another follower took the seat while it slept", async () => {
    await rowsWait(1)
    bed.training.trainsMs = 90 * MINUTE
    bed.after(20 * MINUTE, async () => {
      const seat = await bed.table.readSeat(followerSeat(bed.run.run))
      const other = { holder: "follower|other", at: START + 60 * MINUTE, version: (seat?.version ?? 0) + 1 }
      await bed.table.takeSeat({ name: followerSeat(bed.run.run), ...other })
    })
    const ending = new AbortController()
    bed.after(30 * MINUTE, () => ending.abort("SIGTERM"))
    await follow(UNTIL_ENDED, ending.signal)
    expect(await bed.row(0)).toMatchObject({ owner: null, state: { status: "running" } })
  })

  test("settles rows whose child failed without a record", async () => {
    await rowsWait(1)
    bed = await LoopBed.open({ parts: [{ ...(bed.run.parts[0] as never as object), size: 1 } as never] })
    bed.queue.put("array", [{ state: "failed", reason: "no image" }])
    await follow()
    expect((await bed.row(0)).state).toEqual({ status: "failed", reason: "no image" })
  })

  test("a launch whose answer is missing and whose retry is refused waits until that is settled, and comes to an end", async () => {
    await rowsWait(1)
    bed.training.answers.push({ kind: "unanswered" })
    for (let i = 0; i < 3; i++)
      bed.training.answers.push({ kind: "refused", at: START + MINUTE, code: "quota", hopeless: false, reason: "full" })
    await follow()
    expect((await bed.row(0)).state.status).toBe("completed")
    expect(bed.clock.now() - START).toBeLessThan(60 * MINUTE)
  })

  test("a stop order ends what it carries", async () => {
    await rowsWait(2)
    bed.training.trainsMs = 600 * MINUTE
    bed.after(30 * MINUTE, () => bed.order("stop"))
    await follow()
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ stopped: 2, completed: 8 })
  })

  test("follows every run of its prefix when none is named", async () => {
    await rowsWait(1)
    const report = await bed.until(followRuns(bed.ports, null, FOLLOWER, UNTIL_ENDED, ALWAYS))
    expect(report.ended).toEqual([bed.run.run])
    const none = await bed.until(followRuns(bed.ports, null, FOLLOWER, { ...UNTIL_ENDED, prefix: "other" }, ALWAYS))
    expect(none).toEqual({ ended: [], active: [] })
  })

  test("outwaits a table that is away", async () => {
    await rowsWait(1)
    const { commit } = bed.table
    bed.table.commit = (run, change) => {
      const isAway = bed.clock.now() < START + 20 * MINUTE
      return isAway ? Promise.reject(new RegattaError("unavailable", "away")) : commit.call(bed.table, run, change)
    }
    await follow()
    expect((await bed.row(0)).state.status).toBe("completed")
  })
})
