import type { Search } from "../search/search.ts"
import type { Expression } from "./expression.ts"
import type { Method } from "./methods.ts"
import type { Cell, Parameter } from "./parameter.ts"

/** A search space whose keys go together. */
export interface Space {
  readonly method: Method
  /** null: a grid. */
  readonly samples: number | null
  readonly seed: number
  readonly isScrambled: boolean
  /** In the order of the file. */
  readonly parameters: readonly Parameter[]
  /** The same, each after those that its condition names. */
  readonly ordered: readonly Parameter[]
  readonly constraints: readonly Expression[]
  readonly repeats: number
  readonly repeatColumn: string
  readonly columns: readonly (readonly [column: string, cell: string])[]
  /** Path as written; null: none. */
  readonly cross: string | null
  /** null: rows are not spread. */
  readonly regions: readonly string[] | null
  /** How points are chosen by results; null: all of them are drawn at once. */
  readonly search: Search | null
}

/** One choice of values by parameter; a parameter whose condition does not hold is missing. */
export type Point = ReadonlyMap<string, Cell>
