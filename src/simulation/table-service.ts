import type { RowRecord } from "../core/decision/row.ts"
import type { Instant } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { ServiceAnswer, ServiceRequest } from "./service-model.ts"

/** A central table that lies in a modelled service, as the simulation watches it. */
export interface TableService {
  handle(request: ServiceRequest, now: Instant): ServiceAnswer
  /** The rows and runs that a request is about to write or has written, as they are at the moment of the call. */
  touched(request: Pick<ServiceRequest, "operation" | "input">): Touched
  /** Read at the moment of the call, without a process and its way. */
  readonly truth: Pick<RunTable, "live" | "money" | "counts">
}

/** A request names the same records before and after it, in the same order. */
export interface Touched {
  readonly rows: readonly RowRecord[]
  readonly runs: readonly RunRecord[]
}
