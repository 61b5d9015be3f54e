import type { Config } from "../core/config/config.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { withPlaced } from "./place-rows.ts"
import type { PlanPorts } from "./planned.ts"
import { createRun, planSubmission, type SubmitProgress, type SubmitRequest, type Submitted } from "./submit-run.ts"

/** A submission of one row: `row` is its index in the manifest. */
export interface SingleRunRequest extends SubmitRequest {
  readonly row: number
}

/**
 * Makes a run of one row of a manifest, for a process that then carries it: the row keeps its index (`RunRecord.only`), no array is
 * submitted, and the other rows are not looked at. Errors as `submitRun`; `invalid` also where the manifest has no such row.
 */
export async function createSingleRun(
  ports: Pick<OpenPorts, "objects" | "table"> & PlanPorts,
  config: Config,
  given: SingleRunRequest,
  progress: Pick<SubmitProgress, "onPlan" | "onCreated">,
  signal: AbortSignal,
): Promise<Submitted> {
  const request = await withPlaced(ports, config, given)
  const { planned, plan } = await planSubmission(ports, config, request)
  await progress.onPlan?.(planned, plan)
  return { run: await createRun(ports, config, request, plan, progress, signal, async () => []), plan }
}
