// The central table in one SQLite file that many processes of one machine share.
// It keeps no table in memory, and reaches no file over a network: children elsewhere need another table.
import type { Clock } from "../../../ports/world.ts"
import { SqlRunTable } from "../../sql/sql-run-table.ts"
import { SqliteDatabase } from "./sqlite-database.ts"

export interface SqliteRunTableOptions {
  /** Absolute path of the file; its folder is made if need be. */
  readonly path: string
  readonly clock: Clock
  /** Milliseconds after which a claim that was turned away is worth another try. */
  readonly retryAfter: number
  /** Milliseconds that a call waits for other processes' locks before it is `unavailable`. */
  readonly patience?: number
}

const PATIENCE = 20_000

export class SqliteRunTable extends SqlRunTable {
  constructor({ path, clock, retryAfter, patience = PATIENCE }: SqliteRunTableOptions) {
    super(new SqliteDatabase(path, clock, patience), { retryAfter })
  }
}
