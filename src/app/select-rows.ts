/** Which rows of a run a command means; all given parts must hold. Everything null or false: the whole run. */
export interface RowSelection {
  /** Inclusive ranges. */
  readonly rows: readonly (readonly [from: number, to: number])[] | null
  readonly failed: boolean
  readonly region: string | null
  /** Part of the row's reason, case ignored. */
  readonly reason: string | null
}

export const WHOLE_RUN: RowSelection = { rows: null, failed: false, region: null, reason: null }
