// Finds the run that a person means: by id, unique prefix of an id, name, or `@last`.
// It guesses nothing: what could be two runs is refused with both.
import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import { BATCH_OWNER, type RunRecord } from "../core/run/run.ts"
import type { RunTable } from "../ports/run-table.ts"

export interface RunScope {
  /** First part of every id of this project's runs. */
  readonly prefix: string
  /** Whose runs are meant, beside those that are nobody's (BATCH_OWNER); null: everybody's. */
  readonly owner: string | null
  /** An exact id names a run of any owner: for commands that then confirm whose run it is. */
  readonly isExactIdEnough: boolean
}

const SHOWN = 5

/** The run. Errors: `notFound` (none, or another owner's), `usage` (the text could be several runs). */
export async function findRun(
  table: Pick<RunTable, "readRun" | "listRuns">,
  selector: string,
  scope: RunScope,
): Promise<RunRecord> {
  const exact = await table.readRun(selector as RunId)
  if (exact !== null && (isInScope(exact, scope) || scope.isExactIdEnough)) return exact
  const matches: RunRecord[] = []
  let elsewhere: RunRecord | null = exact
  for await (const run of table.listRuns(`${scope.prefix}-`)) {
    if (selector !== "@last" && run.name !== selector && !run.run.startsWith(selector)) continue
    if (!isInScope(run, scope)) {
      elsewhere ??= run
      continue
    }
    if (selector === "@last") return run
    matches.push(run)
  }
  const [first, ...others] = matches
  if (first === undefined) throw nothingFound(selector, elsewhere)
  if (others.length > 0) throw severalFound(selector, matches)
  return first
}

export function isInScope(run: Pick<RunRecord, "createdBy">, scope: Pick<RunScope, "owner">): boolean {
  return scope.owner === null || run.createdBy === scope.owner || run.createdBy === BATCH_OWNER
}

function nothingFound(selector: string, elsewhere: RunRecord | null): RegattaError {
  if (elsewhere !== null) {
    const what = selector === "@last" ? "you have no run yet" : `no run of yours is "${selector}"`
    return new RegattaError("notFound", `${what}; ${elsewhere.run} belongs to ${elsewhere.createdBy}`, {
      hint: "add --all-owners to see the runs of others",
      fields: { run: elsewhere.run },
    })
  }
  const what =
    selector === "@last" ? "there is no run yet" : `no run has the id, the name or the beginning "${selector}"`
  return new RegattaError("notFound", what, { hint: "`regatta list` shows the runs, `regatta submit` makes one" })
}

function severalFound(selector: string, runs: readonly RunRecord[]): RegattaError {
  const shown = runs.slice(0, SHOWN).map((run) => run.run)
  const rest = runs.length > SHOWN ? ` and ${runs.length - SHOWN} more` : ""
  return new RegattaError("usage", `"${selector}" could be ${runs.length} runs: ${shown.join(", ")}${rest}`, {
    hint: "name one by its id; @last is the newest of all",
  })
}
