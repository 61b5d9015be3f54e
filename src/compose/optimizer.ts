import type { Optimizer } from "../ports/optimizer.ts"

/** The solver is read only by commands that place rows. */
export async function highsOptimizer(): Promise<Optimizer> {
  const { HighsOptimizer } = await import("../adapters/optimizer/highs/highs-optimizer.ts")
  return new HighsOptimizer()
}
