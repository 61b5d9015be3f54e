import { describe, expect, test } from "vitest"
import type { SearchPorts } from "../../../../src/app/drive-search.ts"
import { pinnedSpace } from "../../../../src/app/search-book.ts"
import { positionOf } from "../../../../src/core/run/run.ts"
import { replayRounds } from "../../../../src/core/run/search-round.ts"
import { ASHA, carriedBy, Killed, RULES, SearchBed } from "./search-bed.ts"

const ALWAYS = new AbortController().signal

const STREAMS = new Set(["stream", "tasks", "unfinished", "listRuns", "list", "children"])

/** The driver's ports, of which one call, counted over all of them, is the last: done or not, nobody hears of it. */
function killedAt(
  ports: SearchPorts,
  call: number,
  isDone: boolean,
  kill: () => void,
): { ports: SearchPorts; calls(): number } {
  let calls = 0
  let isDead = false
  const dying = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member = Reflect.get(target, name)
        if (typeof member !== "function") return member
        if (name === "home") return member.bind(target)
        return (...args: unknown[]) => {
          if (isDead) throw new Killed()
          calls += 1
          if (calls !== call) return Reflect.apply(member, target, args)
          isDead = true
          if (STREAMS.has(String(name))) {
            kill()
            throw new Killed()
          }
          const last = isDone ? Reflect.apply(member, target, args) : null
          kill()
          return Promise.resolve(last).then(() => {
            throw new Killed()
          })
        }
      },
    })
  const { table, objects, queue } = ports
  return { ports: { ...ports, table: dying(table), objects: dying(objects), queue: dying(queue) }, calls: () => calls }
}

async function expectWhole(bed: SearchBed): Promise<void> {
  const run = await bed.record()
  const [specs, rounds] = [await bed.specs(), await bed.rounds()]
  const rows = rounds.flatMap((round) => round.rows)
  expect(run.search).toMatchObject({ isOver: true, end: "done" })
  expect(specs).toHaveLength(rows.length)
  expect(specs.map(({ index }) => index)).toEqual(rows.map((_, index) => index))
  expect(carriedBy(bed.queue.arrays.values())).toEqual(rows.map((_, index) => index))
  expect(run.arrays.map(({ name }) => name).toSorted()).toEqual([...bed.queue.arrays.keys()].toSorted())
  expect(rounds.map(({ round }) => round)).toEqual(rounds.map((_, at) => at + 1))
  expect(positionOf(run, rows.length)).toBeNull()
  for (const [index, row] of rows.entries()) {
    expect(specs[index]?.hyperparameters["epochs"]).toBe(String(row.resource))
    if (row.parent === null) expect(specs[index]?.checkpoint?.uri).toBe(`s3://kept/{run}/${index}/`)
    else {
      expect(rows[row.parent]?.trial).toBe(row.trial)
      expect(specs[index]?.checkpoint).toEqual(specs[row.parent]?.checkpoint)
    }
  }
  expect(replayRounds(RULES, pinnedSpace(run), run.search?.settings as never, rounds)).toBeNull()
}

describe("a search that is driven", () => {
  test("makes all trials, promotes the best by their checkpoints, never has more rows at work than parallel, and is over", async () => {
    const bed = new SearchBed()
    await bed.start()
    expect(await bed.until(bed.drive(ALWAYS).driving)).toBe("done")
    await expectWhole(bed)
    expect(bed.mostAtWork).toBeLessThanOrEqual(4)
    const rows = (await bed.rounds()).flatMap(({ rows }) => rows)
    expect(rows.filter(({ parent }) => parent === null)).toHaveLength(12)
    expect(rows.some(({ rung }) => rung === 2)).toBe(true)
  })

  test("a parent is final before its child is made: no trial is live twice", async () => {
    const bed = new SearchBed()
    await bed.start()
    await bed.until(bed.drive(ALWAYS).driving)
    const learned = new Set<number>()
    for (const round of await bed.rounds()) {
      for (const { index, value } of round.learned) if (value !== null) learned.add(index)
      for (const { parent } of round.rows) expect(parent === null || learned.has(parent)).toBe(true)
    }
  })

  test("more than a hundred rows are at work at once, in rounds that each fit an item", async () => {
    const bed = new SearchBed(ASHA.replace("parallel: 4", "parallel: 250").replace("samples: 12", "samples: 600"))
    await bed.start()
    await bed.until(bed.drive(ALWAYS).driving)
    await expectWhole(bed)
    expect(bed.mostAtWork).toBeGreaterThan(200)
    expect(Math.max(...(await bed.rounds()).map(({ rows }) => rows.length))).toBeLessThanOrEqual(200)
    expect((await bed.record()).parts.length).toBeLessThan(160)
  })

  test("killed at any of its calls, and gone on with by another, each round is made exactly once", async () => {
    const few = ASHA.replace("samples: 12", "samples: 5")
    const whole = new SearchBed(few)
    await whole.start()
    const counted = killedAt(whole.ports, -1, false, () => {})
    await whole.until(whole.drive(ALWAYS, counted.ports).driving)
    const last = counted.calls()
    expect(last).toBeGreaterThan(100)
    // Every call of the first round and what follows it, and then some of all the others; the call itself is done, or is not.
    const points = Array.from({ length: last }, (_, at) => at + 1).filter(
      (at) => at <= 32 || at % Math.ceil(last / 24) === 0,
    )
    for (const call of points) {
      for (const isDone of call <= 32 ? [false, true] : [call % 2 === 0]) {
        const bed = new SearchBed(few)
        await bed.start()
        const kill = { now: () => {} }
        const { ports } = killedAt(bed.ports, call, isDone, () => kill.now())
        const first = bed.drive(ALWAYS, ports)
        kill.now = () => bed.kill(first.me)
        const ended = await bed.until(first.driving.catch((error: unknown) => error))
        if (ended !== "done") expect(ended).toBeInstanceOf(Killed)
        await bed.until(bed.drive(ALWAYS).driving)
        await expectWhole(bed)
      }
    }
  }, 60_000)

  test("a second driver is refused while the first is alive", async () => {
    const bed = new SearchBed()
    await bed.start()
    const first = bed.drive(ALWAYS)
    const second = bed.clock.sleep(bed.clock.now() + 1500).then(() => bed.drive(ALWAYS).driving)
    await expect(bed.until(second)).rejects.toMatchObject({ code: "refused" })
    await bed.until(first.driving)
    await expectWhole(bed)
  })

  test("who is interrupted leaves the seat, and rows go on; another goes on at once", async () => {
    const bed = new SearchBed()
    await bed.start()
    const leaving = new AbortController()
    const first = bed.drive(leaving.signal)
    bed.clock.at(bed.clock.now() + 3000, () => leaving.abort())
    expect(await bed.until(first.driving)).toBeNull()
    expect((await bed.record()).search?.isOver).toBe(false)
    expect(await bed.until(bed.drive(ALWAYS).driving)).toBe("done")
    await expectWhole(bed)
  })

  test("a row that failed gives nothing, and the search goes on", async () => {
    const bed = new SearchBed()
    for (const index of [0, 3, 5]) bed.ends.set(index, { status: "failed", reason: "exit 1" })
    await bed.start()
    await bed.until(bed.drive(ALWAYS).driving)
    const rounds = await bed.rounds()
    expect(rounds.flatMap(({ learned }) => learned).filter(({ value }) => value === null)).toHaveLength(3)
    expect(rounds.flatMap(({ rows }) => rows).some(({ parent }) => [0, 3, 5].includes(parent ?? -1))).toBe(false)
  })

  test("a budget that pays no further row ends the search, and says so", async () => {
    const bed = new SearchBed()
    bed.ends.set(6, {
      status: "failed",
      reason: "budget $1.00: $0.00 is reserved and $1.00 spent, $0.10 more asked for",
    })
    await bed.start()
    expect(await bed.until(bed.drive(ALWAYS).driving)).toBe("budget")
    const run = await bed.record()
    expect(run.search).toMatchObject({ isOver: true, end: "budget" })
    expect((await bed.specs()).length).toBeLessThan(12)
    expect((await bed.rounds()).at(-1)).toMatchObject({ rows: [], end: "budget" })
  })

  test("a stop of the run ends the search: no further row is made", async () => {
    const bed = new SearchBed()
    await bed.start()
    bed.clock.at(bed.clock.now() + 2500, async () => {
      const run = await bed.record()
      const order = { kind: "stop", rows: "all", at: bed.clock.now(), by: "ada" } as const
      const search = run.search && { ...run.search, isOver: true, end: "stopped" as const }
      await bed.table.amendRun({ ...run, version: run.version + 1, orders: [order], ...(search && { search }) })
    })
    expect(await bed.until(bed.drive(ALWAYS).driving)).toBe("stopped")
  })

  test("settings that changed under the search are refused by name, and set back it goes on", async () => {
    const bed = new SearchBed()
    await bed.start()
    const leaving = new AbortController()
    const first = bed.drive(leaving.signal)
    bed.clock.at(bed.clock.now() + 1500, () => leaving.abort())
    await bed.until(first.driving)
    const changed = { ...bed.config.defaults, max_runtime: "2h" }
    Object.assign(bed.config, { defaults: changed })
    await expect(bed.until(bed.drive(ALWAYS).driving)).rejects.toMatchObject({
      code: "changed",
      message: expect.stringContaining("defaults.max_runtime"),
    })
    const { max_runtime: _, ...before } = changed
    Object.assign(bed.config, { defaults: before })
    await bed.until(bed.drive(ALWAYS).driving)
    await expectWhole(bed)
  })

  test("code that changed under the search is refused by name", async () => {
    const bed = new SearchBed()
    await bed.start()
    bed.clock.at(bed.clock.now() + 1500, () =>
      bed.files.put("/projects/demo/src/train.mjs", "console.log('accuracy=1')"),
    )
    await expect(bed.until(bed.drive(ALWAYS).driving)).rejects.toMatchObject({
      code: "changed",
      message: expect.stringContaining("train.mjs"),
    })
  })
})

describe("early stop", () => {
  const STOP = ASHA.replace("samples: 12", "samples: 16").replace(
    "resource: {column: hp.epochs, min: 1, max: 9}",
    "halving: stop\nresource: {column: hp.epochs, min: 1, max: 9, metric: epoch}",
  )

  test("stops rows by what they show while they train, by an order with its reason, and each is seen ended", async () => {
    const bed = new SearchBed(STOP)
    await bed.start()
    expect(await bed.until(bed.drive(ALWAYS).driving)).toBe("done")
    const run = await bed.record()
    const rounds = await bed.rounds()
    const stops = rounds.flatMap((round) => round.stops)
    expect(stops.length).toBeGreaterThan(2)
    expect(new Set(stops.map(({ index }) => index)).size).toBe(stops.length)
    expect(rounds.flatMap(({ rows }) => rows)).toHaveLength(16)
    for (const { index, reason } of stops) {
      expect(reason).toContain("accuracy")
      expect(["stopped", "completed"]).toContain((await bed.table.readRow(run.run, index)).state.status)
    }
    expect(run.orders.every(({ kind, by }) => kind === "stop" && by === "ada")).toBe(true)
    expect(replayRounds(RULES, pinnedSpace(run), run.search?.settings as never, rounds)).toBeNull()
  })

  test("killed between the decision and the order, the next driver gives the order", async () => {
    for (const point of [40, 70, 100, 140, 200]) {
      const bed = new SearchBed(STOP)
      await bed.start()
      const kill = { now: () => {} }
      const { ports } = killedAt(bed.ports, point, true, () => kill.now())
      const first = bed.drive(ALWAYS, ports)
      kill.now = () => bed.kill(first.me)
      await bed.until(first.driving.catch((error: unknown) => error))
      await bed.until(bed.drive(ALWAYS).driving)
      const run = await bed.record()
      const rounds = await bed.rounds()
      const stops = rounds.flatMap((round) => round.stops.map(({ index }) => index))
      const ordered = new Set(
        run.orders
          .flatMap(({ rows }) => (rows === "all" ? [] : rows))
          .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at)),
      )
      for (const index of stops) {
        const { status } = (await bed.table.readRow(run.run, index)).state
        if (status === "stopped") expect(ordered.has(index)).toBe(true)
      }
      expect(carriedBy(bed.queue.arrays.values())).toEqual(Array.from({ length: 16 }, (_, index) => index))
      expect(replayRounds(RULES, pinnedSpace(run), run.search?.settings as never, rounds)).toBeNull()
    }
  }, 60_000)
})
