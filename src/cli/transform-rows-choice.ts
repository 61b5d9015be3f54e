import { readStatus } from "../app/read-status.ts"
import { isSelected, WHOLE_RUN } from "../app/select-rows.ts"
import { RegattaError } from "../core/errors.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { Call } from "./command.ts"
import type { RunModels } from "./open-models.ts"
import { parseRows, requireSelected } from "./selection.ts"
import { formatRanges } from "./views/row-ranges.ts"

/** Whether the call means several rows. Error `usage`: it means one row as well, or it does not say which. */
export function isSeveralRows({ arguments: given, options }: Call): boolean {
  const [rows, all] = [options.text("rows") !== null, options.flag("all")]
  if (!rows && !all) {
    if (options.text("region") === null) return false
    throw new RegattaError("usage", "--region narrows --rows or --all, and neither was given")
  }
  if (rows && all) throw new RegattaError("usage", "--rows and --all exclude each other")
  const flag = rows ? "--rows" : "--all"
  if (given[1] !== undefined && given[1] !== null) {
    throw new RegattaError("usage", `ROW and ${flag} exclude each other: name one row, or several by ${flag}`)
  }
  if (options.text("best") !== null) throw new RegattaError("usage", `--best and ${flag} exclude each other`)
  return true
}

/**
 * Indexes of the rows that `--rows` or `--all` and `--region` mean. Errors: `notFound`: a row of `--rows` is not there, has not
 * completed or left no artifact (each is named), or none is meant.
 */
export async function chooseRows(call: Call, { session, ports, run }: RunModels): Promise<readonly number[]> {
  const { options } = call
  const rows = options.text("rows")
  const selection = { ...WHOLE_RUN, rows: rows === null ? null : parseRows(rows), region: options.text("region") }
  requireSelected(run, selection)
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, call.shell.terminated)
  const meant = document.rows.filter((row) => isSelected(selection, row))
  const others = meant.filter((row) => !hasModel(row))
  const fields = { run: run.run }
  if (selection.rows !== null && others.length > 0) {
    const which = others.map(({ index, status }) => `${index} (${status === "completed" ? "no artifact" : status})`)
    throw new RegattaError("notFound", `no model, so nothing is transformed: row ${which.join(", row ")}`, {
      hint: "--all takes the rows alone that completed",
      fields,
    })
  }
  const chosen = meant.filter(hasModel).map(({ index }) => index)
  if (chosen.length === 0) {
    throw new RegattaError("notFound", `no row of ${run.run} that is meant has completed with an artifact`, { fields })
  }
  if (others.length > 0) {
    call.shell.err(`without a model, and so left out: rows ${formatRanges(others.map(({ index }) => index))}\n`)
  }
  return chosen
}

function hasModel({ status, artifact }: StatusRow): boolean {
  return status === "completed" && artifact !== null
}
