import { PostgresRunTable } from "../../../src/adapters/run-table/postgres/postgres-run-table.ts"
import { SqliteRunTable } from "../../../src/adapters/run-table/sqlite/sqlite-run-table.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"

const COMMON = { clock: realClock, random: Math.random, retryAfter: 1000 }

/** The table at an address that one argument of a process holds: a path, or a URL of PostgreSQL (its password in PGPASSWORD). */
export function tableAt(address: string): RunTable {
  if (address.startsWith("postgres://")) return new PostgresRunTable({ ...COMMON, url: address })
  return new SqliteRunTable({ ...COMMON, path: address })
}
