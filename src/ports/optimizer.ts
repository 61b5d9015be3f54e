import type { LinearModel, ModelSolution } from "../core/placement/linear-model.ts"

/** Solves linear and mixed-integer programs, on this machine. */
export interface Optimizer {
  /**
   * The same solution for the same model and limits, unless the seconds ran out. Repeatable; nothing outside is touched.
   * @param limits `nodes`: of branch and bound, the same on every machine; `seconds`: the last resort
   * Errors: `fault` (the solver refused the model, or broke).
   */
  minimise(model: LinearModel, limits: SolvingLimits): Promise<ModelSolution>
}

export interface SolvingLimits {
  readonly seconds: number
  readonly nodes: number
}
