import { RegattaError } from "../core/errors.ts"
import type { Placement, PlacementProblem } from "../core/placement/problem.ts"
import type { Optimizer } from "../ports/optimizer.ts"

/**
 * Finds the best place for every row at once. The same placement for the same problem.
 * Errors: `invalid` with everything that keeps rows from a place, and what would make one possible.
 */
export async function solvePlacement(ports: { optimizer: Optimizer }, problem: PlacementProblem): Promise<Placement> {
  void ports
  if (problem.rows.length === 0) return NOWHERE
  throw new RegattaError("unsupported", "placement is not built yet")
}

const NOWHERE: Placement = {
  regionOf: new Map(),
  copies: [],
  reasons: new Map(),
  usd: 0,
  baselineUsd: 0,
  hours: 0,
  baselineHours: 0,
  gap: 0,
  unpriced: [],
  notes: [],
}
