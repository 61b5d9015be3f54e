import { DatabaseSync, type StatementSync } from "node:sqlite"
import { RegattaError } from "../../../core/errors.ts"
import type { Clock } from "../../../ports/world.ts"
import { LAYOUT_VERSION, migrate, readLayout } from "../../sql/layout.ts"
import type { SqlDatabase, SqlDialect, SqlRow, SqlSession, SqlValue } from "../../sql/sql-database.ts"
import { isBusy, isFull, isWithoutSharedMemory, sqliteError } from "./sqlite-errors.ts"
import { hasFile, makeFile, refuseDamagedFile } from "./sqlite-file.ts"

export const SQLITE_DIALECT: SqlDialect = {
  name: "sqlite",
  forUpdate: "",
  findLayout: "select count(*) as found from sqlite_master where type = 'table' and name = 'layout'",
}

/**
 * How long SQLite itself waits for a lock, with the whole process standing still. Writes take well under a millisecond, so
 * this is enough among our own processes; beyond it we wait between tries, and signals and timers run.
 */
const LOCK_TIMEOUT_MS = 100
const BETWEEN_TRIES_MS = 20

/** The file is made by the first write: what only reads finds an empty table where there is none, and leaves no trace. */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = SQLITE_DIALECT
  readonly #path: string
  readonly #clock: Clock
  readonly #patience: number
  #connection: Connection | null = null
  /** Whether the connection is a stand-in for a file that nobody has made yet. */
  #isEmpty = false
  /** One connection has one transaction: calls of this process stand in line. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, clock: Clock, patience: number) {
    this.#path = path
    this.#clock = clock
    this.#patience = patience
  }

  async open(): Promise<void> {
    await this.#inLine(async () => {
      if (this.#connection !== null) return
      this.#isEmpty = !(await this.#patiently(async () => hasFile(this.#path)))
      this.#connection = this.#isEmpty ? await emptyTable() : await this.#connect()
    })
  }

  async close(): Promise<void> {
    await this.#inLine(async () => {
      this.#connection?.close()
      this.#connection = null
      this.#isEmpty = false
    })
  }

  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#inLine(async () => {
      if (this.#isEmpty && hasFile(this.#path)) await this.#leaveEmpty()
      return this.#patiently(() => this.#opened().read(work))
    })
  }

  async write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#inLine(async () => {
      if (this.#isEmpty) await this.#leaveEmpty()
      return this.#patiently(() => this.#inSomeRoom(() => this.#opened().transact("begin immediate", work)))
    })
  }

  /**
   * On a full disk the journal cannot grow, but what it holds may fit into the table's file; then it begins anew in the room
   * it has. By itself SQLite does so only when the journal has 1,000 pages.
   */
  async #inSomeRoom<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt()
    } catch (error) {
      if (!isFull(error)) throw error
      this.#opened().execute("pragma wal_checkpoint(truncate)")
      return attempt()
    }
  }

  async #leaveEmpty(): Promise<void> {
    const connection = await this.#connect()
    this.#connection?.close()
    this.#connection = connection
    this.#isEmpty = false
  }

  async #connect(): Promise<Connection> {
    const connection = await this.#patiently(() => connect(this.#path))
    try {
      await this.#patiently(() => bringUpToDate(connection, this.#path))
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #opened(): Connection {
    if (this.#connection === null) throw new RegattaError("fault", `the table ${this.#path} is used while it is closed`)
    return this.#connection
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }

  /** Tries again while another process holds the lock; nothing was written by a try that failed. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = this.#clock.now() + this.#patience
    while (true) {
      try {
        return await attempt()
      } catch (error) {
        if (!isBusy(error) || this.#clock.now() >= deadline) throw sqliteError(error, this.#path, this.#patience)
      }
      await this.#clock.sleep(this.#clock.now() + BETWEEN_TRIES_MS)
    }
  }
}

async function connect(path: string): Promise<Connection> {
  await makeFile(path, async (file) => {
    const connection = new Connection(file)
    try {
      await connection.transact("begin immediate", (session) => migrate(session, SQLITE_DIALECT))
      // Kept in the file's header. Readers and the one writer do not wait for each other.
      connection.execute("pragma journal_mode = wal")
    } finally {
      connection.close()
    }
  })
  refuseDamagedFile(path)
  return new Connection(path)
}

async function emptyTable(): Promise<Connection> {
  const connection = new Connection(":memory:")
  await connection.transact("begin immediate", (session) => migrate(session, SQLITE_DIALECT))
  return connection
}

async function bringUpToDate(connection: Connection, path: string): Promise<void> {
  const version = await connection.read((session) => readLayout(session, SQLITE_DIALECT))
  if (version === 0)
    throw new RegattaError("conflict", `${path} is a SQLite database, but not a table of Regatta`, {
      hint: "name another file as the table",
      fields: { path },
    })
  if (version < LAYOUT_VERSION)
    await connection.transact("begin immediate", (session) => migrate(session, SQLITE_DIALECT))
}

/** An open file with its prepared statements. Everything in it is done when a call returns; the promises are the interface's. */
class Connection implements SqlSession {
  readonly #path: string
  readonly #statements = new Map<string, StatementSync>()
  #database: DatabaseSync
  #isWriter = false

  constructor(path: string) {
    this.#path = path
    this.#database = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS })
  }

  /**
   * All statements of `work` see the same moment. Processes share a little memory in a file beside the table; where a full
   * disk has no room for it, one reads alone, with all others kept out, and without it.
   */
  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    try {
      return await this.transact("begin", work)
    } catch (error) {
      if (!isWithoutSharedMemory(error)) throw error
    }
    this.#reopen()
    try {
      // Before anything that looks into the file.
      this.execute("pragma locking_mode = exclusive")
      return await this.transact("begin", work)
    } finally {
      this.#reopen()
    }
  }

  #reopen(): void {
    this.close()
    this.#statements.clear()
    this.#isWriter = false
    this.#database = new DatabaseSync(this.#path, { timeout: LOCK_TIMEOUT_MS })
  }

  execute(text: string): void {
    this.#database.exec(text)
  }

  async rows(text: string, ...values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#prepared(text).all(...values) as SqlRow[]
  }

  async run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    return Number(this.#prepared(text).run(...values).changes)
  }

  async transact<T>(begin: "begin" | "begin immediate", work: (session: SqlSession) => Promise<T>): Promise<T> {
    if (begin === "begin immediate") this.#becomeWriter()
    await this.run(begin)
    try {
      const result = await work(this)
      await this.run("commit")
      return result
    } catch (error) {
      // A full disk or a read error has rolled back already.
      if (this.#database.isTransaction) this.execute("rollback")
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #becomeWriter(): void {
    if (this.#isWriter) return
    // In WAL a killed process loses nothing; only a power cut may take the last commits, never the file's consistency.
    this.#database.exec("pragma synchronous = normal")
    this.#isWriter = true
  }

  #prepared(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const statement = this.#database.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }
}
