import { describe, expect, test } from "vitest"
import {
  afterRound,
  decideRound,
  firstReadings,
  NO_HISTORY,
  replayRounds,
  type SearchHistory,
  type SearchRound,
  type SearchRules,
} from "../../../../src/core/run/search-round.ts"
import type { Search, TrialRow } from "../../../../src/core/search/search.ts"
import type { Space } from "../../../../src/core/sweep/space.ts"
import { aSearch } from "../../../builders.ts"

// The rules of these tests look at no space.
const SPACE = {} as Space
const { settings } = aSearch()
const aRow = (trial: number): TrialRow => ({ trial, rung: 0, resource: 1, point: [["x", trial]], parent: null })

/** New trials as long as there are some, and a stop for every reading below 1. */
const RULES: SearchRules = {
  nextRows: (_, search, rows, _outcomes, room) =>
    Array.from({ length: Math.min(room, search.trials - rows.length) }, (_row, at) => aRow(rows.length + at)),
  rowsToStop: (_, _rows, _outcomes, seen) =>
    seen.filter(({ value }) => value < 1).map(({ index }) => ({ index, rung: 0, reason: "it is low" })),
}

const NOTHING = { learned: [], seen: [], ends: null } as const
const decide = (search: Search, history: SearchHistory, news = {}) =>
  decideRound(RULES, SPACE, search, history, { ...NOTHING, ...news })
const ends = (...indexes: number[]) => indexes.map((index) => ({ index, value: index }))

describe("a round", () => {
  const first = decide(settings, NO_HISTORY)
  const begun = first === null ? NO_HISTORY : afterRound(NO_HISTORY, first)

  test("the first takes as many rows as may train at once", () => {
    expect(first).toMatchObject({ round: 1, first: 0, room: 4, learned: [], stops: [] })
    expect(first?.rows.map(({ trial }) => trial)).toEqual([0, 1, 2, 3])
  })

  test("waits until a quarter of them can begin, or nothing else trains", () => {
    const wide = { ...settings, parallel: 8, trials: 30 }
    const made = decide(wide, NO_HISTORY)
    const history = made === null ? NO_HISTORY : afterRound(NO_HISTORY, made)
    expect(decide(wide, history)).toBeNull()
    expect(decide(wide, history, { learned: ends(0) })).toBeNull()
    expect(decide(wide, history, { learned: ends(0, 5) })).toMatchObject({
      round: 2,
      first: 8,
      room: 2,
      learned: ends(0, 5),
    })
    const last = { ...wide, trials: 9 }
    expect(decide(last, history, { learned: ends(0, 1, 2, 3, 4, 5, 6) })).toBeNull()
    expect(decide(last, history, { learned: ends(0, 1, 2, 3, 4, 5, 6, 7) })?.rows).toHaveLength(1)
  })

  test("rows are not chosen while there is no room for a round", () => {
    const wide = { ...settings, parallel: 8, trials: 30 }
    const made = decide(wide, NO_HISTORY)
    const history = made === null ? NO_HISTORY : afterRound(NO_HISTORY, made)
    const rooms: number[] = []
    const counted: SearchRules = {
      ...RULES,
      nextRows: (space, search, rows, outcomes, room) => {
        rooms.push(room)
        return RULES.nextRows(space, search, rows, outcomes, room)
      },
    }
    for (const learned of [[], ends(0), ends(0, 5)]) decideRound(counted, SPACE, wide, history, { ...NOTHING, learned })
    expect(rooms).toEqual([2])
  })

  test("is the last where nothing trains and nothing can begin, and says so", () => {
    const done = { ...settings, trials: 4 }
    expect(decide(done, begun, { learned: ends(0, 1, 2) })).toBeNull()
    expect(decide(done, begun, { learned: ends(0, 1, 2, 3) })).toMatchObject({ rows: [], end: "done" })
    expect(decide(settings, begun, { learned: ends(0, 1, 2), ends: "budget" })).toBeNull()
    expect(decide(settings, begun, { learned: ends(0, 1, 2, 3), ends: "budget" })).toMatchObject({
      room: 0,
      rows: [],
      end: "budget",
    })
  })

  test("has at most 200 rows, whatever may train at once", () => {
    const wide = { ...settings, parallel: 1000, trials: 5000 }
    const made = decide(wide, NO_HISTORY)
    expect(made?.rows).toHaveLength(200)
    expect(decide(wide, afterRound(NO_HISTORY, made as SearchRound))?.rows).toHaveLength(200)
  })

  test("stops each row once, and at once, without waiting for rows to begin", () => {
    const stopping: Search = { ...settings, halving: "stop" }
    const seen = [{ index: 2, resource: 1, value: 0 }]
    const round = decide(stopping, begun, { seen })
    expect(round).toMatchObject({ room: 0, rows: [], stops: [{ index: 2 }], seen })
    const after = afterRound(begun, round as SearchRound)
    expect([...after.stopped.keys()]).toEqual([2])
    expect(decide(stopping, after)).toBeNull()
    expect(decide(settings, begun, { seen })).toBeNull()
  })
})

describe("a replay", () => {
  const rounds: SearchRound[] = []
  let history = NO_HISTORY
  for (const learned of [[], ends(0, 1), ends(2, 3, 4), ends(5, 6, 7, 8, 9, 10, 11)]) {
    const round = decide(settings, history, { learned })
    if (round === null) continue
    rounds.push(round)
    history = afterRound(history, round)
  }

  test("of what was decided is the same", () => {
    expect(rounds.length).toBeGreaterThan(2)
    expect(replayRounds(RULES, SPACE, settings, rounds)).toBeNull()
  })

  test("tells the first round in which another row would be made", () => {
    const changed = rounds.map((round) =>
      round.round === 2 ? { ...round, rows: [aRow(9), ...round.rows.slice(1)] } : round,
    )
    expect(replayRounds(RULES, SPACE, settings, changed)).toMatchObject({
      round: 2,
      what: "rows",
      again: rounds[1]?.rows,
    })
  })

  test("tells a stop that would not be ordered", () => {
    const stops = [{ index: 1, rung: 0, reason: "it is low" }]
    const changed = rounds.map((round) => (round.round === 1 ? { ...round, stops } : round))
    expect(replayRounds(RULES, SPACE, settings, changed)).toMatchObject({
      round: 1,
      what: "stops",
      recorded: stops,
      again: [],
    })
  })
})

describe("readings", () => {
  test("of each row the first at or beyond each level is kept, and no other", () => {
    const reading = (index: number, resource: number) => ({ index, resource, value: 0 })
    const told = [
      reading(0, 0.5),
      reading(0, 1),
      reading(0, 2),
      reading(1, 4),
      reading(0, 3),
      reading(1, 5),
      reading(1, 9),
    ]
    expect(firstReadings([1, 3, 9], [], told)).toEqual([reading(0, 1), reading(1, 4), reading(0, 3), reading(1, 9)])
    expect(firstReadings([1, 3, 9], [reading(1, 3)], told)).toEqual([reading(0, 1), reading(0, 3), reading(1, 9)])
  })
})
