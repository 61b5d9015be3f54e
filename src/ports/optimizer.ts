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
  readonly columns: readonly number[]
  readonly coefficients: readonly number[]
}

export interface ModelSolution {
  /** `feasible`: the time was up, or the solver gave up, with something in hand; `unknown`: with nothing in hand. */
  readonly status: "optimal" | "feasible" | "infeasible" | "unknown"
  /** Value of every column; empty where there is none. Within the solver's tolerances: whole values must be rounded. */
  readonly values: readonly number[]
  /** No solution costs less, as far as it was proven; `-Infinity`: nothing was. */
  readonly bound: number
  /** Of a program without whole variables: dual value per row, d cost / d bound; else empty. */
  readonly duals: readonly number[]
}

/** Solves linear and mixed-integer programs, on this machine. */
export interface Optimizer {
  /**
   * The same solution for the same model, unless the time limit ended it. Blocks nothing outside; repeatable.
   * Errors: `fault` (the solver refused the model).
   */
  minimise(model: LinearModel, limits: { readonly seconds: number }): Promise<ModelSolution>
}
