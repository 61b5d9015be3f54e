import type { Config } from "../core/config/config.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { PlaceWish } from "../core/placement/problem.ts"
import type { Problem } from "../core/problem.ts"
import type { Plan } from "../core/run/plan.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"
import type { AccountAccess } from "./account-access.ts"
import type { PlacingPorts } from "./place-rows.ts"
import type { Placed } from "./placed-rows.ts"

export interface PlanRequest {
  /** Absolute path. */
  readonly manifest: string
  /** From `--columns`: names of a manifest without a header; null: the file's header, or the two of an array file. */
  readonly columns: readonly string[] | null
  /** From `--allow-plain-env`: environment names that may look like a secret's. */
  readonly allowPlainEnv: readonly string[]
  /** Name of the run; null: the folder's or the file's. */
  readonly name: string | null
  /** Index of the first row, of rows that are appended to a run. Missing: 0. */
  readonly first?: number
  /** Only this row (`run-row`): the others are not looked at. null: all. */
  readonly row: number | null
  /** Median of earlier runs of the name (`earlierRuntimeSeconds`), for rows without an expected_runtime. Missing or null: not known. */
  readonly earlierRuntimeSeconds?: number | null
  /** From `--place`: in place of every row's own. Missing or null: each row's own. */
  readonly place?: PlaceWish | null
  /** What was chosen for the rows that are not pinned (`placeRows`, or a saved plan). Missing or null: nothing was. */
  readonly placed?: Placed | null
}

/** What `planRun` found. Errors leave no plan; problems hold the warnings too. */
export interface Planned {
  readonly plan: Plan | null
  /** In the order of the file, at most `PROBLEMS_KEPT` of each severity. */
  readonly problems: readonly Problem[]
  /** Problems beyond those kept. */
  readonly omitted: { readonly errors: number; readonly warnings: number }
}

/**
 * Gets every row that has no problem, in order, and is awaited before the next. `program.archive` is null still; `code` is
 * what is to be packed for it, null where there is no program or its code is in S3 already. A later row may yet turn out
 * wrong: what was done here counts only when `planRun` returned a plan.
 */
export type OnRow = (spec: JobSpec, code: CodeSource | null) => Promise<void>

/** `service`: what is known of the platform's training service; missing: its rows are judged by the rules alone. */
export type PlanPorts = Pick<OpenPorts, "files" | "world"> & {
  readonly service?: Pick<RequestPreview, "refusals">
  /** Missing: the account is not looked at, and the plan says so. */
  readonly account?: AccountAccess
  /** Missing: nobody chooses the region of a row, and a row that is not pinned is refused. */
  readonly placing?: PlacingPorts
}

/** `planRun` of plan-run.ts: reads and checks a manifest and says what a submission would do; changes nothing. */
export type PlanRun = (ports: PlanPorts, config: Config, request: PlanRequest, onRow?: OnRow) => Promise<Planned>

export const PROBLEMS_KEPT = 1000
