import type { RunId } from "../ids.ts"
import type { ArrayRecord, RunRecord } from "./run.ts"
import { orderFor } from "./run.ts"
import { isStoppedWhole } from "./run-status.ts"

/** Most children of an array job in AWS Batch; the least is 2, so that a lone row is a plain job. */
export const MAX_ARRAY_SIZE = 10_000

/** Sizes of the array jobs that carry so many rows: full ones and a rest; 1 is a plain job. */
export function sliceSizes(rows: number): readonly number[] {
  const full = Array.from({ length: Math.floor(rows / MAX_ARRAY_SIZE) }, () => MAX_ARRAY_SIZE)
  const rest = rows % MAX_ARRAY_SIZE
  return rest === 0 ? full : [...full, rest]
}

/** Name of a run's array by its number, from 0 in order of submission: what the queue knows it by. */
export function arrayName(run: RunId, number: number): string {
  return `${run}-${number}`
}

/** What an array carries, before it has a name. */
export type ArrayPiece = Pick<ArrayRecord, "size" | "first" | "queueRegion" | "waitsFor">

/** Pieces that carry rows numbered on from `first`. */
export function contiguousPieces(first: number, rows: number): readonly ArrayPiece[] {
  let next = first
  return sliceSizes(rows).map((size) => {
    const piece = { size, first: next }
    next += size
    return piece
  })
}

/** The pieces as arrays of a run, numbered on from `from`; none is submitted yet. */
export function namedArrays(run: RunId, from: number, pieces: readonly ArrayPiece[]): readonly ArrayRecord[] {
  return pieces.map((piece, at) => ({ name: arrayName(run, from + at), id: null, ...piece, claim: null }))
}

/** The arrays of a run whose rows are numbered on from `first`; none is submitted yet. */
export function contiguousArrays(run: RunId, from: number, first: number, rows: number): readonly ArrayRecord[] {
  return namedArrays(run, from, contiguousPieces(first, rows))
}

/** Whether an array that was not submitted yet still should be: some of its rows are not meant by a stop order. */
export function isWanted(run: Pick<RunRecord, "orders">, array: Pick<ArrayRecord, "first" | "size">): boolean {
  if (run.orders.length === 0) return true
  const { first, size } = array
  if (typeof first !== "number") return !isStoppedWhole(run)
  for (let row = first; row < first + size; row += 1) if (orderFor(run, row)?.kind !== "stop") return true
  return false
}
