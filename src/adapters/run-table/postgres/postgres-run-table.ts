// The central table in a PostgreSQL database, for many machines: a connection is held for a write, not between writes.
// It takes no password from a URL, makes no database and no role, and keeps nothing in memory.
import type { Clock } from "../../../ports/world.ts"
import { SqlRunTable } from "../../sql/sql-run-table.ts"
import { PostgresDatabase } from "./postgres-database.ts"

export interface PostgresRunTableOptions {
  /** `postgres://user@host:port/database?sslmode=verify-full&sslrootcert=…`, without a password. */
  readonly url: string
  /** Missing: PGPASSWORD of this process, then the password file, as every program of PostgreSQL finds it. */
  readonly password?: string | undefined
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Milliseconds after which a claim that was turned away is worth another try. */
  readonly retryAfter: number
  /** Milliseconds that a call goes on trying against other writers and a server without a free connection, before it is `unavailable`. */
  readonly patience?: number
}

const PATIENCE = 20_000

export class PostgresRunTable extends SqlRunTable {
  constructor({ retryAfter, patience = PATIENCE, ...options }: PostgresRunTableOptions) {
    super(new PostgresDatabase({ ...options, patience }), { retryAfter })
  }
}
