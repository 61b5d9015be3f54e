import type { ObjectRef, RunRecord } from "../core/run/run.ts"
import { type ArrayPiece, sliceSizes } from "../core/run/slices.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { rowFinder, writeRowList } from "./pin-manifest.ts"

type Ports = Pick<OpenPorts, "objects" | "world">
type QueueRegion = ArrayPiece["queueRegion"]

/**
 * Pieces that carry exactly these rows: contiguous ones by their offset, others by a row list that is written to `home`. Rows of
 * different queues are never in one piece. At most 8 bytes are held per row.
 */
export async function piecesForRows(
  ports: Ports,
  home: string,
  rows: readonly number[],
  queueRegionOf: (row: number) => QueueRegion,
): Promise<readonly ArrayPiece[]> {
  const byQueue = Map.groupBy(new Set(rows), queueRegionOf)
  const pieces: ArrayPiece[] = []
  for (const [queueRegion, own] of byQueue) {
    own.sort((one, other) => one - other)
    let from = 0
    for (const size of sliceSizes(own.length)) {
      const first = await firstOf(ports, home, own.slice(from, from + size))
      pieces.push({ size, first, ...(queueRegion === undefined ? {} : { queueRegion }) })
      from += size
    }
  }
  return pieces
}

/** The first of contiguous rows, a lone one included (a plain job has no array index to look up with), else a row list. */
async function firstOf(ports: Ports, home: string, rows: readonly number[]): Promise<number | ObjectRef> {
  const [first = 0] = rows
  return rows.at(-1) === first + rows.length - 1 ? first : writeRowList(ports, home, rows)
}

/** Whose queue each row of a run went to, from the run's own arrays; undefined for all where it has one queue. */
export async function queueRegionsOf(
  { objects }: Pick<Ports, "objects">,
  { arrays }: Pick<RunRecord, "arrays">,
): Promise<(row: number) => QueueRegion> {
  const regions = new Map<number, string>()
  const rowOf = rowFinder(objects)
  for (const array of arrays) {
    if (array.queueRegion === undefined) continue
    for (let child = 0; child < array.size; child += 1) regions.set(await rowOf(array, child), array.queueRegion)
  }
  return (row) => regions.get(row)
}
