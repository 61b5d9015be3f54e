// Drives the search of a run that grows, round by round: learn what ended, decide, record the decision, then do it.
// It carries no row, and remembers nothing that the table does not hold: killed anywhere, the next driver goes on from there.

import type { Config } from "../core/config/config.ts"
import { isBudgetReason } from "../core/decision/claim.ts"
import { isFinal } from "../core/decision/row.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { orderFor, type RunRecord, runSize } from "../core/run/run.ts"
import { endedSearch, type SearchEnd } from "../core/run/run-search.ts"
import { isSearching } from "../core/run/run-status.ts"
import {
  decideRound,
  firstReadings,
  type SearchHistory,
  type SearchNews,
  type SearchRound,
  type SearchRules,
} from "../core/run/search-round.ts"
import { namedArrays } from "../core/run/slices.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import { rungsOf } from "../core/search/rungs.ts"
import type { Live, Outcome, Search, TrialRow } from "../core/search/search.ts"
import type { Space } from "../core/sweep/space.ts"
import { giveOrder } from "./give-order.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { outwait } from "./outwait-table.ts"
import { streamPinnedRows } from "./pin-manifest.ts"
import { noteRow, type PlannedRound, planRound, type RoundPorts } from "./plan-round.ts"
import { plannedWith, refuseChangedSettings } from "./planned-with.ts"
import { openRunReader } from "./run-reader.ts"
import { pinnedSpace, SearchBook } from "./search-book.ts"
import { keepSearchSeat, leaveSearchSeat } from "./search-seat.ts"
import { rangesOf, WHOLE_RUN } from "./select-rows.ts"
import { stopRun } from "./stop-run.ts"
import { type SubmitHooks, submitArrays } from "./submit-arrays.ts"

export type SearchPorts = LoopPorts & RoundPorts

export interface DriveOptions {
  readonly rules: SearchRules
  readonly me: OwnerId
  /** Who orders early stops, for the run's record. */
  readonly by: string
  readonly hooks?: SubmitHooks
  /** After each round that was decided here, before it is done. */
  readonly onRound?: (round: SearchRound) => void
}

/**
 * Until the search is over, which the run's record then says; null: the signal fired first. Errors: `refused` where another
 * process drives it, `changed` (settings or code), what planning a round finds, and what table and store throw.
 */
export async function driveSearch(
  ports: SearchPorts,
  config: Config,
  id: RunId,
  options: DriveOptions,
  signal: AbortSignal,
): Promise<SearchEnd | null> {
  const { world, timing } = ports
  const driver = new Driver(ports, config, id, options, signal)
  try {
    for (;;) {
      if (signal.aborted) return null
      // Each step may be repeated: what it does first is to look how far the last one came.
      const step = await outwait({ world, timing, signal }, () => driver.step())
      if (step.kind === "over") return step.end
      if (step.kind === "wait") await world.clock.sleep(world.clock.now() + timing.poll, signal)
    }
  } finally {
    await driver.settle()
    if (driver.holdsSeat) await leaveSeat(ports, id, options.me)
  }
}

type Step = { readonly kind: "again" } | { readonly kind: "wait" } | { readonly kind: "over"; readonly end: SearchEnd }

class Driver {
  readonly #ports: SearchPorts
  readonly #config: Config
  readonly #id: RunId
  readonly #options: DriveOptions
  readonly #signal: AbortSignal
  readonly #book: SearchBook
  readonly #checkpoints = new Map<number, Pick<JobSpec, "checkpoint">>()
  readonly #archives = new Map<string, string>()
  #known: { readonly space: Space; readonly search: Search } | null = null
  #notedParts = 0
  #reader: Awaited<ReturnType<typeof openRunReader>> | null = null
  /** What was known when nothing was to be decided. */
  #waitedOn: string | null = null
  #stopping: Promise<void> | null = null
  #stopFault: { readonly error: unknown } | null = null
  holdsSeat = false

  constructor(ports: SearchPorts, config: Config, id: RunId, options: DriveOptions, signal: AbortSignal) {
    this.#ports = ports
    this.#config = config
    this.#id = id
    this.#options = options
    this.#signal = signal
    this.#book = new SearchBook(ports.table, id)
  }

  /** One look, and what follows from it. */
  async step(): Promise<Step> {
    if (this.#stopFault !== null) throw this.#stopFault.error
    if (!(await keepSearchSeat(this.#ports, this.#id, this.#options.me))) throw this.#taken()
    this.holdsSeat = true
    const run = await this.#run()
    if (!isSearching(run)) return { kind: "over", end: run.search?.end ?? "stopped" }
    const { space, search } = this.#knownOf(run)
    const last = await this.#book.last()
    if (last !== null && !(await this.#do(run, space, last))) return { kind: "again" }
    const history = await this.#book.history()
    const news = await this.#news(search, history)
    // The same facts give the same answer: to weigh 10,000 trials anew at every look would cost more than the look.
    const facts = `${history.rounds} ${news.learned.length} ${news.seen.length} ${news.ends}`
    if (facts === this.#waitedOn) return { kind: "wait" }
    const round = decideRound(this.#options.rules, space, search, history, news)
    this.#waitedOn = round === null ? facts : null
    if (round === null) return { kind: "wait" }
    if (await this.#book.record(round)) this.#options.onRound?.(round)
    return { kind: "again" }
  }

  /** Until no stop is under way any more; one that is interrupted stands as an order. */
  async settle(): Promise<void> {
    await this.#stopping
  }

  /** Does what the round says, as far as it is not done; false: it ended the search, or the run's record is to be read anew. */
  async #do(run: RunRecord, space: Space, round: SearchRound): Promise<boolean> {
    if (round.rows.length > 0 && runSize(run) < round.first + round.rows.length) {
      await this.#append(await this.#plan(run, space, round), round)
      return false
    }
    if (run.arrays.some(({ id }) => id === null))
      await submitArrays(this.#ports, this.#id, this.#options.me, this.#signal, this.#options.hooks)
    await this.#stop(run, round)
    if (round.end === undefined) return true
    await this.#end(run, round.end)
    return false
  }

  async #plan(run: RunRecord, space: Space, round: SearchRound): Promise<PlannedRound> {
    refuseChangedSettings(run, plannedWith(this.#ports.world, this.#config), this.#config)
    await this.#noteParts(run)
    const { rows } = await this.#book.history()
    const earlier = { checkpoints: this.#checkpoints, archives: this.#archives }
    return planRound(this.#ports, this.#config, run, space, round, earlier, (index) => rootOf(rows, index))
  }

  /** Rows that were pinned before, each part read once. */
  async #noteParts(run: RunRecord): Promise<void> {
    for (; this.#notedParts < run.parts.length; this.#notedParts += 1) {
      const part = { parts: run.parts.slice(this.#notedParts, this.#notedParts + 1) }
      for await (const spec of streamPinnedRows(this.#ports.objects, part)) {
        this.#checkpoints.set(spec.index, { checkpoint: spec.checkpoint })
        noteRow(spec, { checkpoints: this.#checkpoints, archives: this.#archives })
      }
    }
  }

  /** One write, part and arrays together: whoever reads the run finds both or none. */
  async #append({ part, pieces, prices }: PlannedRound, round: SearchRound): Promise<void> {
    for (;;) {
      const run = await this.#run()
      if (!isSearching(run) || runSize(run) >= round.first + round.rows.length) return
      const next: RunRecord = {
        ...run,
        version: run.version + 1,
        parts: [...run.parts, part],
        arrays: [...run.arrays, ...namedArrays(run.run, run.arrays.length, pieces)],
        prices: { ...run.prices, ...prices },
      }
      if ((await this.#ports.table.amendRun(next)) === "done") return
    }
  }

  /** The order first, as for any stop of rows; then, beside everything else, until each is seen ended. */
  async #stop(run: RunRecord, round: SearchRound): Promise<void> {
    const { by } = this.#options
    const isOrdered = (of: RunRecord, index: number) => orderFor(of, index)?.kind === "stop"
    if (round.stops.some(({ index }) => !isOrdered(run, index))) {
      await giveOrder(this.#ports, this.#id, async (now) => {
        const rows = round.stops.map(({ index }) => index).filter((index) => !isOrdered(now, index))
        if (rows.length === 0 || !isSearching(now)) return null
        return { kind: "stop", rows: rangesOf(rows.toSorted((one, other) => one - other)), by }
      })
    }
    const { stopped, outcomes } = await this.#book.history()
    const ended = new Set(outcomes.map(({ index }) => index))
    const open = [...stopped.keys()].filter((index) => !ended.has(index)).toSorted((one, other) => one - other)
    if (open.length === 0 || this.#stopping !== null || this.#signal.aborted) return
    const selection = { ...WHOLE_RUN, rows: rangesOf(open) }
    this.#stopping = stopRun(this.#ports, this.#id, selection, this.#options.me, { by }, this.#signal)
      .then(() => {})
      .catch((error: unknown) => {
        this.#stopFault = { error }
      })
      .finally(() => {
        this.#stopping = null
      })
  }

  async #end(run: RunRecord, end: SearchEnd): Promise<void> {
    await this.#ports.table.amendRun({ ...run, version: run.version + 1, ...endedSearch(run, end) })
  }

  /** What ended, and what live rows showed, since the last recorded round. */
  async #news(search: Search, history: SearchHistory): Promise<SearchNews> {
    this.#reader ??= await openRunReader(this.#ports, this.#id)
    await this.#reader.refresh()
    const rows = this.#reader.rows().slice(0, history.rows.length)
    const known = new Set(history.outcomes.map(({ index }) => index))
    const learned = rows.filter(({ index, status }) => isFinal(status) && !known.has(index)).map(outcomeOf(search))
    const seen =
      search.halving === "stop" ? firstReadings(levelsOf(search), history.seen, readingsOf(search, rows)) : []
    const isUnpaid = rows.some(({ status, reason }) => status === "failed" && isBudgetReason(reason ?? ""))
    return { learned, seen, ends: isUnpaid ? "budget" : null }
  }

  #knownOf(run: RunRecord): { readonly space: Space; readonly search: Search } {
    if (this.#known !== null) return this.#known
    const space = pinnedSpace(run)
    if (space.search === null) throw new RegattaError("fault", `the space of run ${this.#id} has no search`)
    this.#known = { space, search: space.search }
    return this.#known
  }

  async #run(): Promise<RunRecord> {
    const run = await this.#ports.table.readRun(this.#id)
    if (run !== null) return run
    throw new RegattaError("notFound", `the central table has no run ${this.#id}`, { fields: { run: this.#id } })
  }

  #taken(): RegattaError {
    return new RegattaError("refused", `another process drives the search of ${this.#id}`, {
      hint: `\`regatta watch ${this.#id}\` looks on; where that process died, try again in a while`,
      fields: { run: this.#id },
    })
  }
}

/** A table that does not take it leaves the seat to its lease. */
async function leaveSeat(ports: SearchPorts, id: RunId, me: OwnerId): Promise<void> {
  try {
    await leaveSearchSeat(ports, id, me)
  } catch (error) {
    if (!isRegattaError(error, "unavailable")) throw error
  }
}

/** The first row of the trial. */
function rootOf(rows: readonly TrialRow[], index: number): number {
  const parent = rows[index]?.parent ?? null
  return parent === null ? index : rootOf(rows, parent)
}

function outcomeOf({ metric }: Search): (row: StatusRow) => Outcome {
  return ({ index, status, metrics }) => {
    const value = status === "completed" ? (metrics[metric] ?? null) : null
    return { index, value: value !== null && Number.isFinite(value) ? value : null }
  }
}

function levelsOf({ resource }: Search): readonly number[] {
  return resource === null ? [] : rungsOf(resource)
}

function readingsOf({ metric, resource }: Search, rows: readonly StatusRow[]): readonly Live[] {
  const used = resource?.metric ?? null
  if (used === null) return []
  return rows.flatMap(({ index, status, metrics }) => {
    const [amount, value] = [metrics[used], metrics[metric]]
    const isRead = status === "running" && amount !== undefined && value !== undefined
    return isRead && Number.isFinite(amount) && Number.isFinite(value) ? [{ index, resource: amount, value }] : []
  })
}
