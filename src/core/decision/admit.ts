// Which waiting rows may try a claim now: quotas, fairness, priority, budget and pace live here and nowhere else.
// Only advice: it enforces nothing, the claim's transaction does, also for a child that comes alone.
import type { Instant, RunId } from "../ids.ts"
import type { Place } from "../job/place.ts"
import { placeKey } from "../job/place.ts"
import type { Held } from "./row.ts"

export interface Candidate {
  readonly run: RunId
  readonly index: number
  /** What its claim would take at the place that it should try first. */
  readonly held: Held
  /** The same at its other places, in the order in which they should be tried; missing: it has none. */
  readonly elsewhere?: readonly Held[]
  /** Its run can never pay it: it takes no money and is let through, so that its claim says so and the row ends. */
  readonly isUnaffordable: boolean
  /** Higher goes first. */
  readonly priority: number
  readonly since: Instant
}

/** What may be given out. Each is asked once per key. */
export interface Supply {
  /** Instances that may still start at the place; Infinity where no limit is known. */
  readonly room: (place: Place) => number
  /** USD that the run may still reserve; null: it has no budget. */
  readonly money: (run: RunId) => number | null
  /** Creates that may be sent to the region in this tick. */
  readonly perRegion: (region: string) => number
}

/** Waiting rows of one run, region and priority, oldest first. */
interface Line {
  readonly run: RunId
  readonly region: string
  readonly priority: number
  readonly rows: readonly Candidate[]
  next: number
}

/**
 * The candidates that may try, in the order in which they should. Higher priority first; among equals each run and each
 * region takes its turn, so that neither a large run nor a full region holds up the others; within those the oldest first.
 * A row that does not fit is passed by, not waited for. `held` of what is returned is the first of its places that fits.
 */
export function admit(waiting: readonly Candidate[], supply: Supply): readonly Candidate[] {
  const left = new Remaining(supply)
  const admitted: Candidate[] = []
  const byPriority = Map.groupBy(linesOf(waiting), ({ priority }) => priority)
  for (const priority of [...byPriority.keys()].sort((a, b) => b - a)) {
    takeTurns(byPriority.get(priority) ?? [], left, admitted)
  }
  return admitted
}

function linesOf(waiting: readonly Candidate[]): readonly Line[] {
  const groups = Map.groupBy(waiting, (row) => `${row.priority} ${row.held.place.region} ${row.run}`)
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows
    if (first === undefined) return []
    const sorted = rows.toSorted((a, b) => a.since - b.since || a.index - b.index)
    return [{ run: first.run, region: first.held.place.region, priority: first.priority, rows: sorted, next: 0 }]
  })
}

/** Always the line whose run, then whose region, was given least so far; then the one whose first row is oldest. */
function takeTurns(all: readonly Line[], left: Remaining, admitted: Candidate[]): void {
  const given = new Map<string, number>()
  const givenTo = (key: string) => given.get(key) ?? 0
  let lines = all.filter((line) => skipUnfit(line, left))
  while (lines.length > 0) {
    const line = lines.reduce((best, other) => (comesBefore(other, best, givenTo) ? other : best))
    const waiting = line.rows[line.next]
    const row = waiting === undefined ? null : left.fitting(waiting)
    if (row === null) return
    line.next++
    left.take(row)
    admitted.push(row)
    for (const key of [runKey(line), regionKey(line)]) given.set(key, givenTo(key) + 1)
    lines = lines.filter((other) => skipUnfit(other, left))
  }
}

function runKey(line: Line): string {
  return `run ${line.run}`
}

function regionKey(line: Line): string {
  return `region ${line.region}`
}

function comesBefore(a: Line, b: Line, givenTo: (key: string) => number): boolean {
  const byRun = givenTo(runKey(a)) - givenTo(runKey(b))
  const byRegion = givenTo(regionKey(a)) - givenTo(regionKey(b))
  const byAge = (a.rows[a.next]?.since ?? 0) - (b.rows[b.next]?.since ?? 0)
  return (byRun || byRegion || byAge || (a.run < b.run ? -1 : 1)) < 0
}

/** Moves the line to its next row that fits; false: none is left. */
function skipUnfit(line: Line, left: Remaining): boolean {
  for (; line.next < line.rows.length; line.next++) {
    const row = line.rows[line.next]
    if (row !== undefined && left.fitting(row) !== null) return true
  }
  return false
}

/** The supply, less what was given out in this call. */
class Remaining {
  readonly #supply: Supply
  readonly #room = new Map<string, number>()
  readonly #money = new Map<RunId, number | null>()
  readonly #perRegion = new Map<string, number>()

  constructor(supply: Supply) {
    this.#supply = supply
  }

  /** The row with the first of its places that fits; null: none does. */
  fitting(row: Candidate): Candidate | null {
    if (this.#fits(row)) return row
    const held = row.elsewhere?.find((other) => this.#fits({ ...row, held: other }))
    return held === undefined ? null : { ...row, held }
  }

  /** A row of unknown price never fits a budget; one that no budget will ever fit need not. */
  #fits({ run, held, isUnaffordable }: Candidate): boolean {
    const money = this.#moneyOf(run)
    return (
      this.#perRegionOf(held.place.region) >= 1 &&
      this.#roomOf(held.place) >= held.place.instances &&
      (isUnaffordable || money === null || (held.usd !== null && money >= held.usd))
    )
  }

  take({ run, held, isUnaffordable }: Candidate): void {
    const { place } = held
    const money = this.#moneyOf(run)
    this.#room.set(placeKey(place), this.#roomOf(place) - place.instances)
    this.#perRegion.set(place.region, this.#perRegionOf(place.region) - 1)
    if (money !== null && !isUnaffordable) this.#money.set(run, money - (held.usd ?? 0))
  }

  #roomOf(place: Place): number {
    return fill(this.#room, placeKey(place), () => this.#supply.room(place))
  }

  #moneyOf(run: RunId): number | null {
    return fill(this.#money, run, () => this.#supply.money(run))
  }

  #perRegionOf(region: string): number {
    return fill(this.#perRegion, region, () => this.#supply.perRegion(region))
  }
}

function fill<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
