import type { ObjectRef, RunRecord } from "../core/run/run.ts"
import { type ArrayPiece, sliceSizes } from "../core/run/slices.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { rowFinder, writeRowList } from "./pin-manifest.ts"

type Ports = Pick<OpenPorts, "objects" | "world">

/** What rows of one array have in common. */
export type ArrayTerms = Pick<ArrayPiece, "queueRegion" | "waitsFor">

/**
 * Pieces that carry exactly these rows: contiguous ones by their offset, others by a row list that is written to `home`. Rows of
 * different queues, and such as wait for different copies, are never in one piece; those that wait for none come first. At
 * most 8 bytes are held per row, and its terms.
 */
export async function piecesForRows(
  ports: Ports,
  home: string,
  rows: readonly number[],
  termsOf: (row: number) => ArrayTerms,
): Promise<readonly ArrayPiece[]> {
  const groups = new Map<string, { readonly terms: ArrayTerms; readonly rows: number[] }>()
  for (const row of new Set(rows)) {
    const { queueRegion, waitsFor } = termsOf(row)
    const name = `${queueRegion ?? ""} ${waitsFor?.join(" ") ?? ""}`
    const group = groups.get(name) ?? {
      terms: { ...(queueRegion === undefined ? {} : { queueRegion }), ...(waitsFor === undefined ? {} : { waitsFor }) },
      rows: [],
    }
    group.rows.push(row)
    groups.set(name, group)
  }
  const [ready, waiting] = [[...groups.values()].filter(isReady), [...groups.values()].filter((each) => !isReady(each))]
  const pieces: ArrayPiece[] = []
  for (const { terms, rows: own } of [...ready, ...waiting]) {
    own.sort((one, other) => one - other)
    let from = 0
    for (const size of sliceSizes(own.length)) {
      const first = await firstOf(ports, home, own.slice(from, from + size))
      pieces.push({ size, first, ...terms })
      from += size
    }
  }
  return pieces
}

function isReady({ terms }: { readonly terms: ArrayTerms }): boolean {
  return terms.waitsFor === undefined
}

/** The first of contiguous rows, a lone one included (a plain job has no array index to look up with), else a row list. */
async function firstOf(ports: Ports, home: string, rows: readonly number[]): Promise<number | ObjectRef> {
  const [first = 0] = rows
  return rows.at(-1) === first + rows.length - 1 ? first : writeRowList(ports, home, rows)
}

/** Whose queue each row of a run went to, and what it waits for, from the run's own arrays; nothing for all where it has one queue and no copies. */
export async function arrayTermsOf(
  { objects }: Pick<Ports, "objects">,
  { arrays }: Pick<RunRecord, "arrays">,
): Promise<(row: number) => ArrayTerms> {
  const known = new Map<number, ArrayTerms>()
  const rowOf = rowFinder(objects)
  for (const array of arrays) {
    const { queueRegion, waitsFor } = array
    if (queueRegion === undefined && waitsFor === undefined) continue
    for (let child = 0; child < array.size; child += 1) known.set(await rowOf(array, child), array)
  }
  return (row) => known.get(row) ?? {}
}
