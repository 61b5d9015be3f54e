// The rounds of a search as they are recorded: what was learned, and what was decided on it before anything was done.
// Pure: a round is made from what is known, and made again to see whether it would be the same.

import { isSame } from "../same.ts"
import type { Live, Outcome, Search, StopOrder, TrialRow } from "../search/search.ts"
import type { Space } from "../sweep/space.ts"
import type { SearchEnd } from "./run-search.ts"
import type { RunTask } from "./run-task.ts"

/** What decides (core/search): all of it pure. */
export interface SearchRules {
  nextRows(
    space: Space,
    search: Search,
    rows: readonly TrialRow[],
    outcomes: readonly Outcome[],
    room: number,
  ): readonly TrialRow[]
  rowsToStop(
    search: Search,
    rows: readonly TrialRow[],
    outcomes: readonly Outcome[],
    seen: readonly Live[],
  ): readonly StopOrder[]
}

/** One round; with the rounds before it all that its decision rests on. */
export interface SearchRound {
  /** From 1. */
  readonly round: number
  /** Ends of rows and readings of live ones that were new since the round before, in the order in which they were learned. */
  readonly learned: readonly Outcome[]
  readonly seen: readonly Live[]
  /** Rows that were asked for at most; 0: none were. */
  readonly room: number
  /** Index of the first of `rows`. */
  readonly first: number
  readonly rows: readonly TrialRow[]
  readonly stops: readonly StopOrder[]
  /** The last round says why it is the last. */
  readonly end?: SearchEnd
}

export type RoundTask = RunTask & { readonly state: SearchRound }

const KEY = "search-"
const DIGITS = 6

export function roundKey(round: number): string {
  return `${KEY}${String(round).padStart(DIGITS, "0")}`
}

export function isRoundKey(key: string): boolean {
  return key.startsWith(KEY)
}

/** All that a search knows after some rounds. */
export interface SearchHistory {
  readonly rounds: number
  readonly rows: readonly TrialRow[]
  readonly outcomes: readonly Outcome[]
  readonly seen: readonly Live[]
  /** Rows that were told to stop. */
  readonly stopped: ReadonlyMap<number, StopOrder>
}

export const NO_HISTORY: SearchHistory = { rounds: 0, rows: [], outcomes: [], seen: [], stopped: new Map() }

export function afterRound(history: SearchHistory, round: SearchRound): SearchHistory {
  return {
    rounds: round.round,
    rows: [...history.rows, ...round.rows],
    outcomes: [...history.outcomes, ...round.learned],
    seen: [...history.seen, ...round.seen],
    stopped: new Map([...history.stopped, ...round.stops.map((stop) => [stop.index, stop] as const)]),
  }
}

/** In order of their numbers, as the table holds them. */
export function roundsOf(tasks: readonly RunTask[]): readonly SearchRound[] {
  const rounds = tasks.filter(({ key }) => isRoundKey(key)) as readonly RoundTask[]
  return rounds.map(({ state }) => state).toSorted((one, other) => one.round - other.round)
}

export interface SearchNews {
  readonly learned: readonly Outcome[]
  readonly seen: readonly Live[]
  /** Why no further row may start, although the search would have some; null: they may. */
  readonly ends: SearchEnd | null
}

/** Rows of one round: its record must fit an item of DynamoDB (400 KB) whatever the points are. */
const MOST_ROWS = 200
/** Parts that a run's record has room for, on the same ground. */
const MOST_PARTS = 150

/** The next round; null: nothing is to be decided until more is known. */
export function decideRound(
  rules: SearchRules,
  space: Space,
  search: Search,
  history: SearchHistory,
  { learned, seen, ends }: SearchNews,
): SearchRound | null {
  const outcomes = [...history.outcomes, ...learned]
  const unfinished = history.rows.length - new Set(outcomes.map(({ index }) => index)).size
  const room = ends === null ? Math.min(MOST_ROWS, Math.max(0, search.parallel - unfinished)) : 0
  // With less room no round is made, whatever its rows were: to choose them costs TPE tens of milliseconds each.
  const isRoomy = room > 0 && (unfinished === 0 || room >= leastRows(search))
  const made = isRoomy ? rules.nextRows(space, search, history.rows, outcomes, room) : []
  const stops = newStops(rules, search, history, outcomes, [...history.seen, ...seen])
  const isOver = unfinished === 0 && made.length === 0
  const isWorthIt = isOver || (made.length > 0 && (unfinished === 0 || made.length >= leastRows(search)))
  if (!isWorthIt && stops.length === 0) return null
  const asked = isWorthIt ? { room, rows: made } : { room: 0, rows: [] }
  const end = isOver ? { end: ends ?? "done" } : {}
  return { round: history.rounds + 1, learned, seen, first: history.rows.length, ...asked, stops, ...end }
}

/** A round has its price, a part of the run's record: while others train, so many rows are waited for. */
function leastRows(search: Search): number {
  return Math.min(MOST_ROWS, Math.max(1, Math.ceil(search.parallel / 4), Math.ceil(expectedRows(search) / MOST_PARTS)))
}

/** Rows of all rungs: of each rung's one in `eta` goes on, a few more where an early one went on that a later one surpassed. */
export function expectedRows({ trials, resource, halving }: Search): number {
  return resource !== null && halving === "promote" ? (trials * resource.eta) / (resource.eta - 1) : trials
}

function newStops(
  rules: SearchRules,
  search: Search,
  history: SearchHistory,
  outcomes: readonly Outcome[],
  seen: readonly Live[],
): readonly StopOrder[] {
  if (search.halving !== "stop") return []
  const ended = new Set(outcomes.map(({ index }) => index))
  return rules
    .rowsToStop(search, history.rows, outcomes, seen)
    .filter(({ index }) => !history.stopped.has(index) && !ended.has(index))
}

/** Where a decision that is made again is another than the recorded one. */
export interface Difference {
  readonly round: number
  readonly what: "rows" | "stops"
  readonly recorded: readonly (TrialRow | StopOrder)[]
  readonly again: readonly (TrialRow | StopOrder)[]
}

/** Makes every recorded decision again from what it rested on; null: all are the same. */
export function replayRounds(
  rules: SearchRules,
  space: Space,
  search: Search,
  rounds: readonly SearchRound[],
): Difference | null {
  let history = NO_HISTORY
  for (const round of rounds) {
    const outcomes = [...history.outcomes, ...round.learned]
    const rows = round.room === 0 ? [] : rules.nextRows(space, search, history.rows, outcomes, round.room)
    if (!isSame(rows, round.rows)) return { round: round.round, what: "rows", recorded: round.rows, again: rows }
    const stops = newStops(rules, search, history, outcomes, [...history.seen, ...round.seen])
    if (!isSame(stops, round.stops)) return { round: round.round, what: "stops", recorded: round.stops, again: stops }
    history = afterRound(history, round)
  }
  return null
}

/** Amounts of the resource at which a live row is judged, ascending, max excluded: readings between them say nothing more. */
export function firstReadings(
  levels: readonly number[],
  known: readonly Live[],
  readings: readonly Live[],
): readonly Live[] {
  const reached = new Set<string>()
  const note = ({ index, resource }: Live) => {
    const passed = levels.findLastIndex((level) => resource >= level)
    const key = `${index} ${passed}`
    const isNew = passed >= 0 && !reached.has(key)
    reached.add(key)
    return isNew
  }
  for (const reading of known) note(reading)
  return readings.filter(note)
}
