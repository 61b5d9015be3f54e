export type SqlValue = string | number | bigint | null
export type SqlRow = Readonly<Record<string, SqlValue>>

/** What SQL databases do not agree on, as plain data. All else in this folder is SQL that SQLite and PostgreSQL both take. */
export interface SqlDialect {
  readonly name: "sqlite" | "postgres"
  /** Ends a `select` of a write transaction: nobody else changes what was read before its end. Empty where one writer at a time is let in anyway. */
  readonly forUpdate: string
  /** One row with `found`: 1 where the table `layout` exists, else 0. */
  readonly findLayout: string
}

/** Statements have `?` for each value; an adapter whose database numbers them rewrites the text. */
export interface SqlSession {
  rows(text: string, ...values: readonly SqlValue[]): Promise<readonly SqlRow[]>
  /** Runs a statement that gives no rows; returns how many rows it changed. */
  run(text: string, ...values: readonly SqlValue[]): Promise<number>
}

/** One database with its connection. Errors come out as `RegattaError`, in the words of the technology's adapter. */
export interface SqlDatabase {
  readonly dialect: SqlDialect
  open(): Promise<void>
  /** Idempotent; waits for what is under way. */
  close(): Promise<void>
  /** All statements of `work` see the same moment. */
  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  /** All statements of `work` or none. `work` must do nothing but call its session: it may be run again after it lost to another writer. */
  write<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
}
