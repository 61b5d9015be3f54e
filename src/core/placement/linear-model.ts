/** A linear program, some of whose variables may have to be whole: minimise cost·x under rows and bounds. */
export interface LinearModel {
  readonly columns: readonly ModelColumn[]
  readonly rows: readonly ModelRow[]
}

export interface ModelColumn {
  readonly cost: number
  readonly lower: number
  /** `Infinity`: none. */
  readonly upper: number
  readonly isWhole: boolean
}

/** lower ≤ Σ coefficient·x[column] ≤ upper; `-Infinity` and `Infinity`: no bound. A column stands in a row once at most. */
export interface ModelRow {
  readonly lower: number
  readonly upper: number
  readonly terms: readonly (readonly [column: number, coefficient: number])[]
}

export interface ModelSolution {
  /** `feasible`: a limit was reached with something in hand; `unknown`: with nothing in hand. */
  readonly status: "optimal" | "feasible" | "infeasible" | "unknown"
  /** Value of every column; empty where there is none. Within the solver's tolerances: whole values must be rounded. */
  readonly values: ArrayLike<number>
  /** No solution costs less, as far as it was proven; `-Infinity`: nothing was. */
  readonly bound: number
}
