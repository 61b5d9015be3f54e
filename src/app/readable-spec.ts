import { isRegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** The row's pinned line, or why it will never be read: an object that was changed or deleted under the run. */
export type Readable = { readonly spec: JobSpec } | { readonly spec: null; readonly reason: string }

/** One row that cannot be read must not hold up the others: their training jobs are still to be followed and stopped. */
export async function readableSpec(
  ports: Pick<LoopPorts, "specOf" | "world">,
  run: RunRecord,
  index: number,
): Promise<Readable> {
  try {
    return { spec: await ports.specOf(run, index) }
  } catch (error) {
    if (!isRegattaError(error, "changed", "notFound", "invalid", "unsupported")) throw error
    ports.world.log.event("error", "row.unreadable", { run: run.run, row: index, error: error.message })
    return { spec: null, reason: error.message }
  }
}
