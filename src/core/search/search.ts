// Adaptive sweeps as plain data and pure decisions: which rows are next, which are stopped, whether it is over.
// Nothing is started, read or remembered here, and no clock is asked: the same input gives the same answer for ever.
import type { Cell } from "../sweep/parameter.ts"

/** How a run chooses its own rows; pinned whole in the run's record. */
export interface Search {
  readonly method: "asha" | "tpe"
  /** Name of the rows' metric, without `metric.`. */
  readonly metric: string
  readonly direction: "max" | "min"
  /** Configurations in all; with promotion a configuration has a row for each rung that it reaches. */
  readonly trials: number
  /** Rows unfinished at once. */
  readonly parallel: number
  readonly seed: number
  /** null: the method is tpe, and every row is trained in full. */
  readonly resource: Resource | null
  readonly halving: "promote" | "stop"
  /** How new configurations are chosen. */
  readonly sampler: "random" | "tpe"
  /** Values that must be known before TPE chooses; until then, chance does. */
  readonly startup: number
  /** TPE: how many points are weighed for each one that is taken. */
  readonly candidates: number
}

/** What a row is given of, and more of the better it is: epochs, steps, the share of the data. */
export interface Resource {
  readonly column: string
  readonly min: number
  readonly max: number
  /** Of each rung's rows, one in `eta` goes on, with about `eta` times as much. */
  readonly eta: number
  /** Live metric that says how much a row has used; null: none is looked at. */
  readonly metric: string | null
}

/** One row of the run; its index is its place in the list of all rows. */
export interface TrialRow {
  /** From 0, in the order in which configurations were chosen. */
  readonly trial: number
  /** From 0. */
  readonly rung: number
  /** The cell of the resource's column; null: there is no resource. */
  readonly resource: number | null
  /** Parameters that are there, in the order of the file. */
  readonly point: readonly (readonly [name: string, cell: Cell])[]
  /** Row of the same trial, one rung below, whose checkpoint it continues; null: it begins. */
  readonly parent: number | null
}

/** In the order in which they were learned; of two about a row the later counts. `value` null: failed, stopped, or ended without the metric. */
export interface Outcome {
  readonly index: number
  readonly value: number | null
}

/** One reading of a row that trains: so much used, and the metric there. */
export interface Live {
  readonly index: number
  readonly resource: number
  readonly value: number
}

export interface StopOrder {
  readonly index: number
  readonly rung: number
  readonly reason: string
}
