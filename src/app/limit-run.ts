import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import { placeKey } from "../core/job/place.ts"
import type { RunRecord } from "../core/run/run.ts"
import { changedTerms, type TermsChange } from "../core/run/run-terms.ts"
import type { LoopPorts } from "./loop-ports.ts"

/**
 * Changes what a run may have at once, and spend, from the next claim on; what runs goes on. Made anew from the record as it
 * stands whenever another writer was first. Returns the run before and after. Error `notFound`.
 */
export async function limitRun(
  { table, world }: Pick<LoopPorts, "table" | "world">,
  id: RunId,
  change: TermsChange,
): Promise<{ readonly before: RunRecord; readonly after: RunRecord }> {
  for (;;) {
    const before = await table.readRun(id)
    if (before === null)
      throw new RegattaError("notFound", `there is no run ${id} in this table`, { fields: { run: id } })
    const after = changedTerms(before, change, world.clock.now())
    if (after === before || (await table.amendRun(after)) === "done") return { before, after }
  }
}

/** Places of the change, as keys, where no row of the run may train. Reads the pinned rows in one stream. */
export async function placesOfNoRow(
  { specsOf }: Pick<LoopPorts, "specsOf">,
  run: RunRecord,
  { limits }: TermsChange,
): Promise<readonly string[]> {
  const left = new Set(Object.keys(limits))
  if (specsOf === undefined || left.size === 0) return []
  for await (const spec of specsOf(run)) {
    for (const place of spec.places) left.delete(placeKey(place))
    if (left.size === 0) return []
  }
  return [...left]
}
