import type { RunId } from "../../../src/core/ids.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"

/** A table that holds nothing yet, seen from several processes. */
export interface TableUnderTest {
  /** Another opened handle on the same table, as another process would have; `close` of the whole closes it. */
  another(): Promise<RunTable>
  /** Makes a run as a program would whose layout is one newer than ours. */
  makeNewerRun(run: RunId): Promise<void>
  close(): Promise<void>
}

export type OpenTable = () => Promise<TableUnderTest>

/** Milliseconds after which the tables under test say that a refused claim is worth another try. */
export const RETRY_AFTER = 5_000
