import type { PlanRequest } from "../app/planned.ts"
import { isSavedPlan, readSavedPlan, type SavedPlan } from "../app/saved-plan.ts"
import { RegattaError } from "../core/errors.ts"
import { resolvePath } from "../core/paths.ts"
import type { Call } from "./command.ts"

/** The saved plan that stands in a manifest's place; null: it is a manifest. Errors: `usage` (what a saved plan has itself), those of reading it. */
export async function savedPlanOf(call: Call, typed: string): Promise<SavedPlan | null> {
  if (!isSavedPlan(typed)) return null
  for (const name of ["columns", "name", "on", "config", "place"]) {
    if (!call.options.has(name) || !call.options.isGiven(name)) continue
    throw new RegattaError("usage", `--${name} is not for a saved plan, which has its own`, {
      hint: "give it to `plan --save`",
    })
  }
  return readSavedPlan(call.files(), resolvePath(call.shell.cwd, typed))
}

/** The request of a saved plan, or of a manifest: what a saved plan chose is obeyed, and nothing is weighed anew. */
export function requestOf(
  planned: Pick<PlanRequest, "manifest" | "columns" | "allowPlainEnv" | "name" | "place">,
  saved: SavedPlan | null,
): PlanRequest {
  const { manifest, columns, allowPlainEnv, name, place = null } = planned
  const { placement } = saved ?? {}
  const placed = placement === undefined ? {} : { placed: { placement, failed: new Set<number>(), problems: [] } }
  return { manifest, columns, allowPlainEnv, name, row: null, place, ...placed }
}
