import type { PlanPlacement } from "../placement/plan-placement.ts"
import type { Problem } from "../problem.ts"
import type { PlatformName } from "./run.ts"

export const PLAN_VERSION = 1

/** What a submission would do, as plain data: `plan` prints it, `submit` obeys it. */
export interface Plan {
  readonly version: typeof PLAN_VERSION
  readonly on: PlatformName
  readonly name: string
  readonly manifest: { readonly file: string; readonly sha256: string }
  /** SHA-256 of the pinned rows: the same manifest and settings give the same, whatever is in the programs' files. */
  readonly rowsSha256: string
  readonly size: number
  readonly regions: readonly PlanRegion[]
  /** Sizes of the array jobs; 1 is a plain job. */
  readonly slices: readonly number[]
  readonly follow: "attached" | "detached"
  /** Price range of all rows on demand; null: no row's price is known. `unknownRows` rows are in neither. */
  readonly cost: {
    readonly lowUsd: number
    readonly highUsd: number
    /** The part of `lowUsd` that rests on expected_runtime or earlier runs; the rest is from max_runtime, which rows may stay far below. */
    readonly expectedUsd: number
    /** What the row costs that costs most at its cheapest place: a budget below it never starts that row. */
    readonly dearestRowUsd: number
    readonly unknownRows: number
    readonly basis: string
    /** Median of earlier runs, in seconds, for rows without an expected_runtime of their own; null: none is known. */
    readonly earlierRuntimeSeconds: number | null
  } | null
  /** Regions that were chosen, and what is copied for them; missing: every row is pinned. */
  readonly placement?: PlanPlacement
  readonly warnings: readonly Problem[]
  /** USD per instance-hour by `region/instance_type`: those of regatta.yaml and, on aws, of the Price List where they were looked up. */
  readonly prices: Readonly<Record<string, number>>
  /** Images that were looked for in their registries, with what their tags name now; a digest of null: it is not there. Missing: none was looked for. */
  readonly images?: readonly { readonly image: string; readonly digest: string | null }[]
  /** Checks that could not be made here, each with why: never shown as passed. */
  readonly notChecked: readonly string[]
  /** Settings of rows that this platform does not apply (e.g. `vpc.subnets` on local), by column with the number of rows. */
  readonly notApplied: Readonly<Record<string, number>>
}

export interface PlanRegion {
  readonly region: string
  readonly rows: number
  /** Instances of all rows at once, by instance type (`…/spot` for Spot). */
  readonly instances: Readonly<Record<string, number>>
  /** Smallest known limit against the wish, by the same keys; missing: no known limit. */
  readonly limits: Readonly<Record<string, number>>
}
