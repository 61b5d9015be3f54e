import type { PlanRequest } from "../app/planned.ts"
import { RegattaError } from "../core/errors.ts"
import { resolvePath } from "../core/paths.ts"
import type { PlaceWish } from "../core/placement/problem.ts"
import type { Call, Options } from "./command.ts"

/** The request of a command that reads a manifest; paths on the command line begin at the caller's folder. `manifest` may be absolute already. */
export function planRequest(call: Call, manifest: string, row: number | null): PlanRequest {
  const { options, shell } = call
  return {
    manifest: resolvePath(shell.cwd, manifest),
    columns: columnsOption(options.text("columns")),
    allowPlainEnv: options.texts("allow-plain-env"),
    name: options.text("name"),
    row,
    ...placeOption(options),
  }
}

/** `--place`, of commands that have it; its choices are checked already. */
function placeOption(options: Options): Pick<PlanRequest, "place"> {
  const place = options.has("place") ? options.text("place") : null
  return place === null ? {} : { place: place as PlaceWish }
}

function columnsOption(text: string | null): readonly string[] | null {
  if (text === null) return null
  const columns = text.split(",").map((name) => name.trim())
  if (columns.every((name) => name !== "")) return columns
  throw new RegattaError("usage", `--columns is a list of column names separated by commas, got "${text}"`)
}
