import { describe, expect, test } from "vitest"
import type { OwnerId, RunId } from "../../../../src/core/ids.ts"
import { firingRun } from "../../../../src/core/schedule/firing-run.ts"
import {
  NO_TURNS,
  parseTurns,
  type Turns,
  takeTurn,
  turnsText,
  withoutMaker,
} from "../../../../src/core/schedule/turns.ts"
import { aWorld } from "../../../builders.ts"

const [one, two, three] = ["rg-1", "rg-2", "rg-3"] as readonly string[] as readonly [RunId, RunId, RunId]
const [ada, bob] = ["command|ada", "command|bob"] as readonly string[] as readonly [OwnerId, OwnerId]
const asked = { by: bob, overlap: "skip", isBusy: false, now: 1000, patience: 100 } as const
const taken: Turns = { run: { id: one, at: 0, makers: [ada] }, waiting: [] }

describe("whose turn it is", () => {
  test("the first firing goes", () => {
    expect(takeTurn(NO_TURNS, { ...asked, me: one })).toEqual({
      kind: "go",
      turns: { run: { id: one, at: 1000, makers: [bob] }, waiting: [] },
    })
  })

  test("a firing that had its turn has it still, whatever goes on", () => {
    const turns = { ...taken, run: { id: one, at: 0, makers: [ada, bob] } }
    expect(takeTurn(taken, { ...asked, me: one, isBusy: true })).toEqual({ kind: "go", turns })
    expect(takeTurn(turns, { ...asked, me: one, by: ada })).toEqual({ kind: "go", turns })
  })

  test("skip: nothing beside a run that goes on", () => {
    expect(takeTurn(taken, { ...asked, me: two, isBusy: true })).toEqual({ kind: "skip", because: one })
    expect(takeTurn(taken, { ...asked, me: two }).kind).toBe("go")
  })

  test("allow: goes beside it", () => {
    expect(takeTurn(taken, { ...asked, me: two, overlap: "allow", isBusy: true }).kind).toBe("go")
  })

  test("queue: the earliest that waits goes first, and one that was not seen lately holds nobody up", () => {
    const waits = takeTurn(taken, { ...asked, me: three, overlap: "queue", isBusy: true })
    expect(waits).toMatchObject({ kind: "wait", turns: { run: { id: one }, waiting: [{ id: three, seenAt: 1000 }] } })
    const both: Turns = {
      ...taken,
      waiting: [
        { id: two, seenAt: 950 },
        { id: three, seenAt: 950 },
      ],
    }
    expect(takeTurn(both, { ...asked, me: three, overlap: "queue" }).kind).toBe("wait")
    expect(takeTurn(both, { ...asked, me: two, overlap: "queue" })).toEqual({
      kind: "go",
      turns: { run: { id: two, at: 1000, makers: [bob] }, waiting: [{ id: three, seenAt: 950 }] },
    })
    expect(takeTurn(both, { ...asked, me: three, overlap: "queue", now: 1050 }).kind).toBe("go")
  })

  test("is written and read", () => {
    const turns: Turns = { ...taken, waiting: [{ id: two, seenAt: 5 }] }
    expect(parseTurns(turnsText(turns))).toEqual(turns)
    expect(parseTurns("not JSON")).toEqual(NO_TURNS)
    // As before it was known who makes a run.
    expect(parseTurns('{"run":{"id":"rg-1","at":0},"waiting":[]}')).toEqual({
      run: { id: one, at: 0, makers: [] },
      waiting: [],
    })
  })

  test("who gives up leaves the turn to whoever makes the same run, and to nobody else's", () => {
    const both: Turns = { ...taken, run: { id: one, at: 0, makers: [ada, bob] } }
    expect(withoutMaker(both, one, bob)).toEqual(taken)
    expect(withoutMaker(taken, one, ada).run).toBeNull()
    expect(withoutMaker(taken, two, ada)).toBe(taken)
  })
})

describe("the run of a firing", () => {
  const run = (schedule: string, at: string) => firingRun("rg", schedule, Date.parse(at), aWorld().digest())

  test("follows from schedule and time alone", () => {
    const id = run("nightly", "2026-11-29T02:00:00Z")
    expect(id).toMatch(/^rg-20261129020000-nightly-[0-9a-z]{4}$/)
    expect(run("nightly", "2026-11-29T02:00:00Z")).toBe(id)
    expect(run("nightly", "2026-11-30T02:00:00Z")).not.toBe(id)
  })

  test("names that are cut alike are told apart, in 40 characters", () => {
    const [one, other] = ["a-very-long-name-of-a-schedule-1", "a-very-long-name-of-a-schedule-2"]
    const ids = [one, other].map((name) => run(name ?? "", "2026-11-29T02:00:00Z"))
    expect(new Set(ids).size).toBe(2)
    expect(ids.every((id) => id.length <= 40)).toBe(true)
  })
})
