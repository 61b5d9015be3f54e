import type { Lease } from "../../../core/decision/owner.ts"
import type { OwnerId, RunId } from "../../../core/ids.ts"
import type { RunTask } from "../../../core/run/run-task.ts"
import type { Seat } from "../../../ports/run-table.ts"
import type { MemoryRun } from "./memory-run.ts"

/** What the tables of several simulated processes share. */
export class MemoryStore {
  readonly runs = new Map<RunId, MemoryRun>()
  /** Live instances by place key. */
  readonly live = new Map<string, number>()
  readonly leases = new Map<OwnerId, Lease>()
  readonly seats = new Map<string, Seat>()
  /** By run, then by key. */
  readonly tasks = new Map<RunId, Map<string, RunTask>>()
}
