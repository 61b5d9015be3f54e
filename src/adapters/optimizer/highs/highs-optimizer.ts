// The optimizer by HiGHS, compiled to WebAssembly: no threads, no files, no service.
// It knows nothing of rows and regions, and changes no model to make it easier.
import highsPackage, { type Highs, type Model } from "highs"
import { RegattaError } from "../../../core/errors.ts"
import type { LinearModel, ModelSolution } from "../../../core/placement/linear-model.ts"
import type { Optimizer, SolvingLimits } from "../../../ports/optimizer.ts"
import { toModelData } from "./model-data.ts"

// Its types are declared as CommonJS's, where the default would be one step further in; what is imported is its ES module.
const loadHighs = highsPackage as unknown as typeof highsPackage.default

/** A solver's runtime is read at the first model, about 50 ms, and kept until it breaks. */
export class HighsOptimizer implements Optimizer {
  #highs: Promise<Highs> | null = null

  async minimise(model: LinearModel, limits: SolvingLimits): Promise<ModelSolution> {
    this.#highs ??= loadHighs()
    try {
      const highs: Highs = await this.#highs
      return highs.withModel(toModelData(model), (solved) => run(highs, solved, model, limits))
    } catch (cause) {
      // After an abort (out of memory) the runtime cannot be used again.
      this.#highs = null
      throw new RegattaError("fault", `the solver broke over a model of ${model.columns.length} columns`, { cause })
    }
  }
}

function run(highs: Highs, solved: Model, model: LinearModel, limits: SolvingLimits): ModelSolution {
  const isWhole = model.columns.some((column) => column.isWhole)
  solved.options.set({ output_flag: false, random_seed: 0, time_limit: limits.seconds })
  // Its defaults would call a plan that is a ten-thousandth too dear the best.
  if (isWhole) solved.options.set({ mip_rel_gap: 0, mip_abs_gap: 1e-9, mip_max_nodes: limits.nodes })
  solved.run()
  const status = solved.getModelStatus()
  const known = highs.constants.modelStatus
  if (status === known.infeasible || status === known.unboundedOrInfeasible)
    return { status: "infeasible", values: [], bound: Number.POSITIVE_INFINITY }
  const bound = isWhole ? Number(solved.info.get("mip_dual_bound")) : Number.NEGATIVE_INFINITY
  const solution = solved.getSolution()
  const isFeasible = Number(solved.info.get("primal_solution_status")) === highs.constants.solutionStatus.feasible
  if (status === known.optimal) {
    const worth = solved.getObjectiveValue()
    return { status: "optimal", values: solution.colValue, bound: isWhole ? Math.min(bound, worth) : worth }
  }
  return isFeasible
    ? { status: "feasible", values: solution.colValue, bound }
    : { status: "unknown", values: [], bound }
}
