import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import { type ArrayRecord, positionOf } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { readRowListEntry, streamPinnedRows } from "./pin-manifest.ts"

/** The region of each child's row, in order of children: for a queue that bounds its workers per region. */
export async function* childRegions(
  { table, objects }: Pick<OpenPorts, "table" | "objects">,
  id: RunId,
  array: Pick<ArrayRecord, "first" | "size">,
): AsyncGenerator<string> {
  const run = await table.readRun(id)
  if (run === null) throw new RegattaError("notFound", `run ${id} is not in the central table`, { fields: { run: id } })
  const regions: string[] = []
  for await (const spec of streamPinnedRows(objects, run)) regions.push(spec.region)
  for (let child = 0; child < array.size; child += 1) {
    const row =
      typeof array.first === "number" ? array.first + child : await readRowListEntry(objects, array.first, child)
    yield regions[positionOf(run, row) ?? -1] ?? ""
  }
}
