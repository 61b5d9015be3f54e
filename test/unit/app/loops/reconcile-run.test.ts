import { beforeEach, describe, expect, test } from "vitest"
import { followerSeat } from "../../../../src/app/follower-seat.ts"
import { reconcileRun } from "../../../../src/app/reconcile-run.ts"
import { newReconcileMemory, type ReconcileMemory } from "../../../../src/app/settle-children.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import type { Attempt, RowRecord } from "../../../../src/core/decision/row.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import { anArray, anAttempt, anObjectRef, aPlace, aRun } from "../../../builders.ts"
import { ALWAYS, CHILD, FOLLOWER, LoopBed, MINUTE, PERSON, START } from "./bed.ts"

describe("reconcileRun", () => {
  let bed: LoopBed
  const memory = () => ({ settled: new Set<string>() })

  beforeEach(async () => {
    bed = await LoopBed.open()
  })

  function tick(remembered: ReconcileMemory = memory()) {
    return bed.until(reconcileRun(bed.ports, bed.run.run, PERSON, remembered, ALWAYS))
  }

  async function runningRow(index: number, owner: OwnerId | null, difference: Partial<Attempt> = {}): Promise<Attempt> {
    const attempt = anAttempt({
      jobName: jobName(bed.run.run, index, 1),
      claimedBy: CHILD,
      claimedAt: START,
      sendBy: START + MINUTE,
      ...difference,
    })
    bed.training.make(attempt, bed.training.ends.get(index))
    await bed.put(index, { owner, nextNumber: 2, state: { status: "running", attempt, phase: "training", raw: "" } })
    return attempt
  }

  async function waitingRow(index: number): Promise<RowRecord> {
    return bed.put(index, {
      owner: null,
      state: { status: "waiting", reason: "quota", detail: "full", until: START, since: START },
    })
  }

  test("a child that failed without a record leaves its row failed, with the queue's reason", async () => {
    bed.queue.put("array", [{}, { state: "failed", reason: "image pull failed" }])
    const { changed } = await tick()
    expect(changed.map(({ index }) => index)).toEqual([1])
    expect((await bed.row(1)).state).toEqual({ status: "failed", reason: "image pull failed" })
    expect((await bed.row(0)).version).toBe(0)
  })

  test("a child that a person ended leaves its row stopped", async () => {
    bed.queue.put("array", [{ state: "failed", byPerson: true, reason: "terminated" }])
    await tick()
    expect((await bed.row(0)).state).toEqual({ status: "stopped", reason: "terminated" })
  })

  test("a settled child is asked about once", async () => {
    bed.queue.put("array", [{ state: "failed" }])
    const remembered = memory()
    await tick(remembered)
    await tick(remembered)
    let reads = 0
    const { readRow } = bed.table
    bed.table.readRow = (...args) => {
      reads++
      return readRow.apply(bed.table, args)
    }
    await tick(remembered)
    expect(reads).toBe(0)
  })

  test("asks nothing about rows that a living follower has, and looks at them when that one is proven dead", async () => {
    await runningRow(0, null)
    await bed.table.takeSeat({ name: followerSeat(bed.run.run), version: 1, holder: FOLLOWER, at: START })
    await tick()
    expect(bed.training.named("describe")).toEqual([])
    bed.queue.gone.add(FOLLOWER)
    await tick()
    expect(bed.training.named("describe")).toHaveLength(1)
  })

  test("with a memory lists the failed children of an array no more once all are settled", async () => {
    const remembered = newReconcileMemory()
    bed.queue.put("array", [{ state: "failed" }, {}])
    for (let i = 0; i < 2; i++) await tick(remembered)
    bed.queue.children = () => {
      throw new Error("they are listed again")
    }
    await tick(remembered)
  })

  test("a row that waits and whose child is gone fails, unless a follower carries the run", async () => {
    bed.queue.put("array", [{ state: "failed", reason: "host lost" }])
    await waitingRow(0)
    await bed.table.takeSeat({ name: followerSeat(bed.run.run), version: 1, holder: FOLLOWER, at: START })
    await tick()
    expect((await bed.row(0)).state.status).toBe("waiting")
    await bed.clock.run(
      async () => {},
      () => true,
    )
    bed.after(AWS_TIMING.lease, () => {})
    await bed.until(bed.clock.sleep(START + AWS_TIMING.lease + 1))
    await tick()
    expect((await bed.row(0)).state).toEqual({ status: "failed", reason: "host lost" })
  })

  test("the end of a live row that nobody carries is written", async () => {
    await runningRow(0, null)
    await bed.until(bed.clock.sleep(START + 20 * MINUTE))
    await tick()
    expect((await bed.row(0)).state.status).toBe("completed")
  })

  test("a live row of a dead owner loses it, and is not launched anew", async () => {
    await runningRow(0, CHILD)
    bed.queue.gone.add(CHILD)
    await tick()
    expect(await bed.row(0)).toMatchObject({ owner: null, state: { status: "running" } })
    expect(bed.training.named("create")).toEqual([])
  })

  test("a row of a living owner is not touched, nor asked about", async () => {
    await runningRow(0, CHILD)
    await bed.table.renew({ owner: CHILD, until: START + MINUTE })
    expect((await tick()).changed).toEqual([])
    expect(bed.training.calls).toEqual([])
  })

  test("leases are read in one request, however many owners there are", async () => {
    for (const index of [0, 1, 2, 3]) {
      const owner = `child|array:${index}|1|here.1.${index}.1` as OwnerId
      await bed.table.renew({ owner, until: START + MINUTE })
      await runningRow(index, owner)
    }
    let asked = 0
    const { leases } = bed.table
    bed.table.leases = (owners) => {
      asked++
      return leases.call(bed.table, owners)
    }
    await tick()
    expect(asked).toBe(1)
  })

  test("follows a row whose pinned line cannot be read to its end", async () => {
    await runningRow(0, null)
    bed.unreadable.add(0)
    await bed.until(bed.clock.sleep(START + 20 * MINUTE))
    await tick()
    expect((await bed.row(0)).state.status).toBe("completed")
  })

  test("an owner of whom the queue says nothing is not taken for dead", async () => {
    await runningRow(0, CHILD)
    await bed.table.renew({ owner: CHILD, until: START + MINUTE })
    bed.queue.isGone = () => Promise.reject(new RegattaError("unavailable", "the queue is away"))
    await tick()
    expect((await bed.row(0)).owner).toBe(CHILD)
  })

  test("a lost launch is given up only when it is settled, and then fails with the child", async () => {
    const attempt = anAttempt({ claimedBy: CHILD, claimedAt: START, sendBy: START + MINUTE })
    bed.queue.put("array", [{ state: "failed", reason: "host lost" }])
    await bed.put(0, { owner: CHILD, nextNumber: 2, state: { status: "launching", attempt } })
    await tick()
    expect(await bed.row(0)).toMatchObject({ owner: null, state: { status: "launching" } })
    await bed.until(bed.clock.sleep(attempt.sendBy + AWS_TIMING.settle + 1))
    await tick()
    expect((await bed.row(0)).state).toEqual({ status: "failed", reason: "host lost" })
    expect(bed.training.named("create")).toEqual([])
  })

  test("rows without a record in a run that was stopped whole are not written", async () => {
    bed.queue.put("array", [{ state: "failed", byPerson: true }])
    await bed.order("stop")
    await tick()
    expect((await bed.row(0)).version).toBe(0)
  })

  test("the old child of a row that a later array carries says nothing about it", async () => {
    const list = anObjectRef()
    const arrays = [
      anArray({ name: "array", id: "array", size: 10 }),
      anArray({ name: "again", id: null, size: 1, first: list }),
    ]
    bed = await LoopBed.open({ run: aRun().run, arrays })
    bed.rowLists.set(list.uri, [1])
    bed.queue.put("array", [
      { state: "failed", reason: "zero" },
      { state: "failed", reason: "one" },
    ])
    await tick()
    expect((await bed.row(0)).state.status).toBe("failed")
    expect((await bed.row(1)).version).toBe(0)
  })

  test("a later array's row list is read once, however many children failed", async () => {
    const list = anObjectRef()
    const arrays = [
      anArray({ name: "array", id: "array", size: 10 }),
      anArray({ name: "again", id: null, size: 5, first: list }),
    ]
    bed = await LoopBed.open({ run: aRun().run, arrays })
    bed.rowLists.set(list.uri, [1, 3, 5, 7, 9])
    bed.queue.put(
      "array",
      Array.from({ length: 10 }, () => ({ state: "failed" as const })),
    )
    const { rowOf, ...ports } = bed.ports
    const asked: unknown[] = []
    const counting = (...[array, child]: Parameters<typeof rowOf>) => {
      if (array.name === "again") asked.push(child)
      return rowOf(array, child)
    }
    await bed.until(reconcileRun({ ...ports, rowOf: counting }, bed.run.run, PERSON, memory(), ALWAYS))
    expect(asked).toEqual([0, 1, 2, 3, 4])
    expect((await bed.row(9)).version).toBe(0)
    expect((await bed.row(8)).state.status).toBe("failed")
  })

  test("regions-apart: a region that does not answer does not hold up the rows of another", async () => {
    for (const index of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const region = index < 7 ? "us-east-1" : "eu-west-1"
      await runningRow(index, null, { held: { place: aPlace({ region }), usd: null } })
    }
    await bed.until(bed.clock.sleep(START + 20 * MINUTE))
    bed.training.dark.add("us-east-1")
    const before = bed.clock.now()
    let seenAt: number | null = null
    const { commit } = bed.table
    bed.table.commit = (run, change) => {
      if (change.next.index === 7) seenAt = bed.clock.now()
      return commit.call(bed.table, run, change)
    }
    await tick()
    expect(seenAt).toBe(before)
    expect((await bed.row(0)).state.status).toBe("running")
  })
})
