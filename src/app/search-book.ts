import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunTask } from "../core/run/run-task.ts"
import {
  afterRound,
  NO_HISTORY,
  roundKey,
  roundsOf,
  type SearchHistory,
  type SearchRound,
} from "../core/run/search-round.ts"
import type { Space } from "../core/sweep/space.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { readSpaceText } from "./load-space.ts"

/** The recorded rounds of a search, read once and then kept up by what is written here. */
export class SearchBook {
  readonly #table: Pick<OpenPorts["table"], "tasks" | "writeTask">
  readonly #run: RunId
  #history: SearchHistory | null = null
  #last: SearchRound | null = null

  constructor(table: Pick<OpenPorts["table"], "tasks" | "writeTask">, run: RunId) {
    this.#table = table
    this.#run = run
  }

  async history(): Promise<SearchHistory> {
    if (this.#history !== null) return this.#history
    const rounds = await readRounds(this.#table, this.#run)
    this.#last = rounds.at(-1) ?? null
    this.#history = rounds.reduce(afterRound, NO_HISTORY)
    return this.#history
  }

  /** The newest round; null: none is recorded. */
  async last(): Promise<SearchRound | null> {
    await this.history()
    return this.#last
  }

  /** Before anything is done for it. False: another process was first, and what it wrote is read next. */
  async record(round: SearchRound): Promise<boolean> {
    const history = await this.history()
    const task: RunTask = { run: this.#run, key: roundKey(round.round), version: 1, state: round }
    if (!(await this.#table.writeTask(task))) {
      this.#history = null
      return false
    }
    this.#history = afterRound(history, round)
    this.#last = round
    return true
  }
}

export async function readRounds(
  table: Pick<OpenPorts["table"], "tasks">,
  run: RunId,
): Promise<readonly SearchRound[]> {
  return roundsOf(await Array.fromAsync(table.tasks(run)))
}

/** The space that the run's record holds. Errors: `notFound` where the run has no search, `invalid` where another version of this program would read it otherwise. */
export function pinnedSpace(run: RunRecord): Space {
  if (run.search === undefined) {
    throw new RegattaError("notFound", `run ${run.run} has no search: it does not grow`, { fields: { run: run.run } })
  }
  const { settings, space: text } = run.search
  const overrides = { method: settings.method, samples: settings.trials, seed: settings.seed, regions: null }
  // Whatever the command line said in place of the file stands in the settings.
  return { ...readSpaceText(run.manifest.file, text, overrides).space, search: settings }
}
