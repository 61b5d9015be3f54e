import { beforeEach, describe, expect, test } from "vitest"
import { type CarryOptions, type CarryOutcome, carryRow } from "../../../../src/app/carry-row.ts"
import { followerSeat } from "../../../../src/app/follower-seat.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import { liveAttempt } from "../../../../src/core/decision/row.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId, RunId } from "../../../../src/core/ids.ts"
import { anAttempt, aPlace, aTrainingJob } from "../../../builders.ts"
import { ALWAYS, CHILD, FOLLOWER, LoopBed, MINUTE, PERSON, RETRIED, START } from "./bed.ts"

const ATTACHED: CarryOptions = { follow: "attached", endedByPerson: async () => false }
const DETACHED: CarryOptions = { ...ATTACHED, follow: "detached" }
const FIRST = "rg-20261120142233-digits-k3f9-r0-a1"

describe("carryRow", () => {
  let bed: LoopBed

  beforeEach(async () => {
    bed = await LoopBed.open()
  })

  function carry(me: OwnerId = CHILD, options = ATTACHED, signal = ALWAYS): Promise<CarryOutcome> {
    return bed.until(carryRow(bed.ports, bed.run.run, 0, me, options, signal))
  }

  /** Row 0 as its worker left it, training. */
  async function leaveRunning(owner: OwnerId | null): Promise<void> {
    const attempt = anAttempt({ claimedBy: owner ?? CHILD, claimedAt: START, sendBy: START + MINUTE })
    bed.training.make(attempt)
    await bed.put(0, { owner, nextNumber: 2, state: { status: "running", attempt, phase: "training", raw: "" } })
  }

  async function lease(owner: OwnerId, ms: number): Promise<void> {
    await bed.table.renew({ owner, until: START + ms })
  }

  test("launches a row and follows it to its end", async () => {
    expect((await carry()).kind).toBe("completed")
    expect(bed.training.named("create")).toEqual([`create ${FIRST}`])
    const view = await bed.table.readView(bed.run.run, 0)
    expect(view.record).toMatchObject({ owner: null, counted: 1, state: { status: "completed" } })
    expect(view.ended).toHaveLength(1)
  })

  test("shows every change of its row", async () => {
    const statuses: string[] = []
    await carry(CHILD, { ...ATTACHED, onRow: ({ state }) => statuses.push(state.status) })
    expect(statuses).toEqual(["launching", "running", "completed"])
  })

  test("a failed row says why", async () => {
    bed.training.ends.set(0, { status: "failed", cause: "algorithm", reason: "AlgorithmError: exit 3" })
    expect(await carry()).toMatchObject({ kind: "failed", row: { state: { reason: "AlgorithmError: exit 3" } } })
  })

  test("a second attempt gets a second name", async () => {
    bed.specs.set(0, { maxAttempts: 2 })
    bed.training.ends.set(0, { status: "failed", cause: "algorithm", reason: "exit 3" })
    expect((await carry()).kind).toBe("failed")
    expect(bed.training.named("create")).toEqual([`create ${FIRST}`, "create rg-20261120142233-digits-k3f9-r0-a2"])
  })

  test("detached, it launches and leaves the row to the follower", async () => {
    expect(await carry(CHILD, DETACHED)).toMatchObject({ kind: "handedOver", to: null })
    expect(await bed.row(0)).toMatchObject({ owner: null, state: { status: "running" } })
  })

  test("detached, it leaves a row that must wait to the follower, with what it waits for", async () => {
    bed.training.answers.push({
      kind: "refused",
      at: START,
      code: "quota",
      hopeless: false,
      reason: "the quota is full",
    })
    expect((await carry(CHILD, DETACHED)).kind).toBe("handedOver")
    expect(await bed.row(0)).toMatchObject({
      owner: null,
      state: { status: "waiting", reason: "quota", detail: "the quota is full" },
    })
  })

  test("detached, it tries the next place before it leaves", async () => {
    bed.specs.set(0, { places: [aPlace(), aPlace({ region: "eu-west-1" })] })
    bed.training.answers.push({ kind: "refused", at: START, code: "quota", hopeless: false, reason: "full" })
    await carry(CHILD, DETACHED)
    expect(liveAttempt((await bed.row(0)).state)?.held.place.region).toBe("eu-west-1")
  })

  test("a run that the table does not know is an error", async () => {
    const work = carryRow(bed.ports, "rg-none" as RunId, 0, CHILD, ATTACHED, ALWAYS)
    await expect(bed.until(work)).rejects.toMatchObject({ code: "notFound" })
  })

  describe("a row that another process has", () => {
    test("is left to its living owner, after a wait, by name", async () => {
      await leaveRunning(PERSON)
      await lease(PERSON, 60 * MINUTE)
      expect(await carry()).toMatchObject({ kind: "elsewhere", owner: PERSON })
      expect(bed.clock.now() - START).toBeGreaterThanOrEqual(AWS_TIMING.elsewhere)
      expect(bed.clock.now() - START).toBeLessThanOrEqual(3 * AWS_TIMING.elsewhere)
      expect(bed.training.calls).toEqual([])
    })

    test("is left to a living follower at once", async () => {
      await leaveRunning(FOLLOWER)
      await lease(FOLLOWER, 60 * MINUTE)
      expect(await carry()).toMatchObject({ kind: "handedOver", to: FOLLOWER })
    })

    test("is taken when its owner's lease runs out during the wait", async () => {
      await leaveRunning(PERSON)
      await lease(PERSON, 20_000)
      expect((await carry()).kind).toBe("completed")
    })

    test("is taken at once from the child's own earlier attempt, without a second training job", async () => {
      await leaveRunning(CHILD)
      await lease(CHILD, 60 * MINUTE)
      expect((await carry(RETRIED)).kind).toBe("completed")
      expect(bed.training.named("create")).toEqual([])
    })

    test("is taken at once from an owner whose process is proven dead", async () => {
      await leaveRunning(PERSON)
      await lease(PERSON, 60 * MINUTE)
      bed.queue.gone.add(PERSON)
      expect((await carry()).kind).toBe("completed")
    })

    test("that was taken away while it was carried is touched no more", async () => {
      bed.after(5 * MINUTE, async () => {
        const row = await bed.row(0)
        await lease(PERSON, 60 * MINUTE)
        await bed.put(0, { ...row, owner: PERSON })
      })
      expect(await carry()).toMatchObject({ kind: "lostLease", owner: PERSON })
      expect(await bed.row(0)).toMatchObject({ owner: PERSON, state: { status: "running" } })
    })

    test("whose claim's create is unanswered is sent for again under the same name and adopted", async () => {
      const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START - 1000, sendBy: START + 59_000 })
      bed.training.make(attempt)
      await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
      expect((await carry(RETRIED)).kind).toBe("completed")
      expect(bed.training.jobs.size).toBe(1)
    })
  })

  describe("a signal", () => {
    test("without a person behind it leaves the training job running", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE, () => ending.abort("SIGTERM"))
      expect((await carry(CHILD, ATTACHED, ending.signal)).kind).toBe("interrupted")
      expect(bed.training.named("stop")).toEqual([])
      expect((await bed.row(0)).state.status).toBe("running")
    })

    const BY_PERSON = { ...ATTACHED, endedByPerson: async () => true }

    test("by a person asks for the stop, records it and leaves the end to others", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE, () => ending.abort("SIGTERM"))
      expect((await carry(CHILD, BY_PERSON, ending.signal)).kind).toBe("stopping")
      expect(bed.training.named("stop")).toEqual([`stop ${FIRST}`])
      expect((await bed.row(0)).state.status).toBe("stopping")
      expect(bed.clock.now() - START).toBeLessThan(5 * MINUTE + AWS_TIMING.stopWithin)
    })

    test("by a person, where nobody kills the worker soon, sees the training job end", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE, () => ending.abort("SIGTERM"))
      const ports = { ...bed.ports, timing: { ...AWS_TIMING, stopWithin: Number.POSITIVE_INFINITY } }
      const work = carryRow(ports, bed.run.run, 0, CHILD, BY_PERSON, ending.signal)
      expect((await bed.until(work)).kind).toBe("stopped")
      expect(bed.training.named("stop")).toEqual([`stop ${FIRST}`])
    })

    test("under a stop order is a person's, whoever sent it", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE + 1, () => ending.abort("SIGTERM"))
      bed.after(5 * MINUTE, () => bed.order("stop"))
      expect((await carry(CHILD, ATTACHED, ending.signal)).kind).toBe("stopping")
      expect(bed.training.named("stop")).toEqual([`stop ${FIRST}`])
    })

    test("does not wait for a queue that never says who sent it, and leaves the training job running", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE, () => ending.abort("SIGTERM"))
      const options = { ...ATTACHED, endedByPerson: () => new Promise<boolean>(() => {}) }
      expect((await carry(CHILD, options, ending.signal)).kind).toBe("interrupted")
      expect(bed.clock.now() - START).toBe(5 * MINUTE + AWS_TIMING.stopWithin)
      expect(bed.training.named("stop")).toEqual([])
    })

    test("is taken for a person's as soon as the stop order is read, whatever the queue does", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE + 1, () => ending.abort("SIGTERM"))
      bed.after(5 * MINUTE, () => bed.order("stop"))
      const options = { ...ATTACHED, endedByPerson: () => new Promise<boolean>(() => {}) }
      expect((await carry(CHILD, options, ending.signal)).kind).toBe("stopping")
    })

    test("by a person asks again while the service does not answer", async () => {
      const ending = new AbortController()
      const { stop } = bed.training
      let asked = 0
      bed.training.stop = async (run, attempt) => {
        asked += 1
        return asked < 4 ? "unknown" : stop.call(bed.training, run, attempt)
      }
      bed.after(5 * MINUTE, () => ending.abort("SIGTERM"))
      expect((await carry(CHILD, BY_PERSON, ending.signal)).kind).toBe("stopping")
      expect(asked).toBe(4)
    })

    test("by a person stops a training job that appears only after its create was given up", async () => {
      const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START - 1000, sendBy: START + 59_000 })
      await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
      const ending = new AbortController()
      ending.abort("SIGTERM")
      bed.after(10_000, () => void bed.training.make(attempt))
      expect((await carry(CHILD, BY_PERSON, ending.signal)).kind).toBe("stopping")
      expect(bed.training.named("create")).toEqual([])
      expect(bed.training.named("stop")).toEqual([`stop ${attempt.jobName}`])
    })

    test("by a person stops the training job although the table is away", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE, () => darken(bed, 60 * MINUTE))
      bed.after(20 * MINUTE, () => ending.abort("SIGTERM"))
      expect((await carry(CHILD, BY_PERSON, ending.signal)).kind).toBe("interrupted")
      expect(bed.training.named("stop")).toHaveLength(1)
    })

    test("by a person while the table is away leaves another's job that has the name of a row that is launched", async () => {
      const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START - 1000, sendBy: START + 59_000 })
      await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
      bed.training.foreign.add(attempt.jobName)
      bed.table.commit = () => Promise.reject(new RegattaError("unavailable", "the table is away"))
      const ending = new AbortController()
      ending.abort("SIGTERM")
      await carry(CHILD, BY_PERSON, ending.signal)
      expect(bed.training.named("stop")).toEqual([])
    })

    test("before the row was claimed leaves it untouched", async () => {
      const ending = new AbortController()
      ending.abort("SIGTERM")
      expect((await carry(CHILD, ATTACHED, ending.signal)).kind).toBe("interrupted")
      expect((await bed.row(0)).version).toBe(0)
    })

    test("while the table is away leaves the training job running", async () => {
      const ending = new AbortController()
      bed.after(5 * MINUTE, () => darken(bed, 60 * MINUTE))
      bed.after(20 * MINUTE, () => ending.abort("SIGTERM"))
      const options = { ...ATTACHED, endedByPerson: async () => false }
      expect((await carry(CHILD, options, ending.signal)).kind).toBe("interrupted")
      expect(bed.training.named("stop")).toEqual([])
    })
  })

  describe("a stop order", () => {
    test("ends the training job at the next look", async () => {
      bed.after(3 * MINUTE, () => bed.order("stop", [[0, 0]]))
      expect((await carry()).kind).toBe("stopped")
      expect(bed.clock.now() - START).toBeLessThan(6 * MINUTE)
    })

    test("that was written before the claim was is seen before the create: nothing is sent", async () => {
      const { commit } = bed.table
      bed.table.commit = async (run, change) => {
        const done = await commit.call(bed.table, run, change)
        if (change.next.state.status === "launching") await bed.order("stop")
        return done
      }
      expect((await carry()).kind).toBe("stopped")
      expect(bed.training.calls).toEqual([])
    })

    test("for other rows changes nothing", async () => {
      bed.after(3 * MINUTE, () => bed.order("stop", [[1, 9]]))
      expect((await carry()).kind).toBe("completed")
    })

    test("meets a row that waits before its time is up", async () => {
      bed.training.answers.push(
        ...Array.from(
          { length: 9 },
          () => ({ kind: "refused", at: START, code: "quota", hopeless: false, reason: "full" }) as const,
        ),
      )
      bed.after(10 * MINUTE, () => bed.order("stop"))
      expect((await carry()).kind).toBe("stopped")
      expect(bed.clock.now() - START).toBeLessThan(12 * MINUTE)
    })
  })

  describe("a table that is away", () => {
    test("for half an hour is outwaited: the training goes on and its end is written", async () => {
      bed.after(5 * MINUTE, () => darken(bed, 30 * MINUTE))
      expect((await carry()).kind).toBe("completed")
      expect(bed.training.named("stop")).toEqual([])
    })

    test("for longer than Timing.outwait ends the worker with the table's error", async () => {
      bed.after(5 * MINUTE, () => darken(bed, 5 * 60 * MINUTE))
      const work = carryRow(bed.ports, bed.run.run, 0, CHILD, ATTACHED, ALWAYS)
      await expect(bed.until(work)).rejects.toMatchObject({ code: "unavailable" })
      expect(bed.training.jobs.get(FIRST as never)?.stoppedAt).toBeNull()
    })
  })

  describe("a long wait", () => {
    const full = () => ({ kind: "refused", at: START, code: "quota", hopeless: false, reason: "full" }) as const

    test("is the follower's where one is seen", async () => {
      bed.training.answers.push(...Array.from({ length: 9 }, full))
      bed.after(MINUTE, async () => {
        await bed.table.takeSeat({ name: followerSeat(bed.run.run), version: 1, holder: FOLLOWER, at: bed.clock.now() })
      })
      expect(await carry()).toMatchObject({ kind: "handedOver", row: { owner: null, state: { status: "waiting" } } })
    })

    test("is the worker's own where none is", async () => {
      bed.training.answers.push(...Array.from({ length: 4 }, full))
      expect((await carry()).kind).toBe("completed")
      expect(bed.training.named("create")).toHaveLength(5)
      expect(new Set(bed.training.named("create")).size).toBe(1)
    })
  })

  test("a job that trains for five hours is noted when it tells something, else every five minutes at most", async () => {
    bed.training.trainsMs = 300 * MINUTE
    let notes = 0
    const { note } = bed.table
    bed.table.note = (...given) => {
      notes += 1
      return note.apply(bed.table, given)
    }
    expect(await carry()).toMatchObject({ kind: "completed" })
    expect(bed.training.named("describe").length).toBeGreaterThan(500)
    expect(notes).toBeLessThanOrEqual(61)
    expect(notes).toBeGreaterThan(55)
  })

  test("what somebody else notes saves a question to the service", async () => {
    bed.training.trainsMs = 30 * MINUTE
    const note = async () => {
      const jobName = liveAttempt((await bed.row(0)).state)?.jobName
      if (jobName !== undefined) await bed.table.note(bed.run.run, 0, aTrainingJob({ jobName, at: bed.clock.now() }))
    }
    for (let second = 10; second < 1500; second += 10) bed.after(second * 1000, note)
    await carry()
    expect(bed.training.named("describe").length).toBeLessThan(15)
  })

  test("an answer that is missing is written down before anything else is sent", async () => {
    bed.training.answers.push({ kind: "unanswered" })
    const settled: (number | null)[] = []
    await carry(CHILD, { ...ATTACHED, onRow: ({ state }) => settled.push(liveAttempt(state)?.settledAt ?? null) })
    expect(settled.slice(0, 2)).toEqual([null, START + AWS_TIMING.sendWindow + AWS_TIMING.settle])
  })
})

/** The table answers nothing for a while. */
function darken(bed: LoopBed, ms: number): void {
  const until = bed.clock.now() + ms
  for (const name of ["readRun", "readRow", "commit", "note", "noted", "renew", "leases", "readSeat"] as const) {
    const real = bed.table[name].bind(bed.table) as (...args: unknown[]) => Promise<unknown>
    Object.assign(bed.table, {
      [name]: async (...args: unknown[]) => {
        if (bed.clock.now() < until) throw new RegattaError("unavailable", "the table is away")
        return real(...args)
      },
    })
  }
}
