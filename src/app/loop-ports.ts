import type { JobSpec } from "../core/job/job-spec.ts"
import type { ArrayRecord, RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"

/** What the loops around `decide` need of the outside; `specOf` reads one pinned row. */
export interface LoopPorts extends Pick<OpenPorts, "table" | "training" | "queue" | "timing" | "world"> {
  readonly specOf: (run: RunRecord, index: number) => Promise<JobSpec>
  /** All pinned rows of the run in one stream, for whoever needs many; missing: one by one. */
  readonly specsOf?: (run: RunRecord) => AsyncIterable<JobSpec>
  /** Row of a child: the array's offset and the child's index, or what its row list says. */
  readonly rowOf: (array: ArrayRecord, child: number) => Promise<number>
}
