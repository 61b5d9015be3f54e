import pg from "pg"
import { RegattaError } from "../../../core/errors.ts"
import type { Clock } from "../../../ports/world.ts"
import { LAYOUT_VERSION, migrate, readLayout } from "../../sql/layout.ts"
import type { SqlDatabase, SqlDialect, SqlSession } from "../../sql/sql-database.ts"
import { Failed, isStaleConnection, isTransient, postgresError } from "./postgres-errors.ts"
import { PostgresSession } from "./postgres-session.ts"
import { poolOptions, shownUrl } from "./postgres-url.ts"

export const POSTGRES_DIALECT: SqlDialect = {
  name: "postgres",
  forUpdate: " for update",
  findLayout:
    "select count(*) as found from pg_catalog.pg_tables where schemaname = current_schema() and tablename = 'layout'",
}

/**
 * Sent with `begin` and gone with the transaction, so that they pass through poolers. A writer that stands still (a stopped
 * process, a lost network) loses its locks after `idle_in_transaction_session_timeout`, and nobody waits for it for ever.
 */
const LIMITS =
  "set local statement_timeout = 15000; set local lock_timeout = 10000; set local idle_in_transaction_session_timeout = 10000"
/** Writers lock the run's line first (sql/run-totals.ts) and then see what was committed before them: no snapshot is needed. */
const BEGIN_WRITE = `begin isolation level read committed; ${LIMITS}`
const BEGIN_READ = `begin isolation level repeatable read read only; ${LIMITS}`

/** Any number will do, as long as every program of ours takes this one: "rgta" in ASCII. */
const MIGRATION_LOCK = 0x72677461

const FIRST_WAIT_MS = 20
const LONGEST_WAIT_MS = 1_000

export interface PostgresDatabaseOptions {
  readonly url: string
  readonly password?: string | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly patience: number
}

export class PostgresDatabase implements SqlDatabase {
  readonly dialect = POSTGRES_DIALECT
  readonly #options: PostgresDatabaseOptions
  readonly #underWay = new Set<Promise<unknown>>()
  #pool: pg.Pool | null = null
  #opening: Promise<void> | null = null

  constructor(options: PostgresDatabaseOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#opening ??= this.#open()
    await this.#opening
  }

  async close(): Promise<void> {
    const pool = this.#pool
    // A call that waits for a connection of a pool that ends would wait for ever.
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay])
    if (pool === null || this.#pool !== pool) return
    this.#pool = null
    this.#opening = null
    await pool.end()
  }

  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#noted(this.#patiently(() => this.#transact(BEGIN_READ, work)))
  }

  async write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#noted(this.#patiently(() => this.#transact(BEGIN_WRITE, work)))
  }

  async #open(): Promise<void> {
    try {
      this.#pool = this.#makePool()
      await this.#bringUpToDate()
    } catch (error) {
      this.#opening = null
      await this.close()
      throw error
    }
  }

  #makePool(): pg.Pool {
    const pool = new pg.Pool(poolOptions(this.#options.url, this.#options.password))
    // A connection that the server closes while nobody uses it is no event; one in use fails the statement it is used for.
    const ignore = () => {}
    pool.on("error", ignore)
    pool.on("connect", (client) => client.on("error", ignore))
    return pool
  }

  async #bringUpToDate(): Promise<void> {
    const version = await this.read((session) => readLayout(session, POSTGRES_DIALECT))
    if (version >= LAYOUT_VERSION) return
    await this.write(async (session) => {
      // Of many processes that start at once one migrates; the others find it done.
      await session.rows("select pg_advisory_xact_lock(?)", MIGRATION_LOCK)
      await migrate(session, POSTGRES_DIALECT)
    })
  }

  async #transact<T>(begin: string, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    let isCommitting = false
    try {
      await client.query(begin)
      const result = await work(new PostgresSession(client))
      isCommitting = begin === BEGIN_WRITE
      await client.query("commit")
      client.release()
      return result
    } catch (error) {
      const isAnswered = error instanceof pg.DatabaseError || error instanceof RegattaError
      // A connection whose state is not known is not used again; the server rolls back what it finds open.
      if (isAnswered) await rollBack(client)
      else client.release(true)
      if (error instanceof RegattaError) throw error
      throw new Failed(error, isCommitting && !isAnswered)
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    const pool = this.#pool
    if (pool === null)
      throw new RegattaError("fault", `the table ${shownUrl(this.#options.url)} is used while it is closed`)
    try {
      return await pool.connect()
    } catch (error) {
      throw new Failed(error, false)
    }
  }

  /** Tries again what surely wrote nothing and may go better: lost to another writer, no free connection, a server that starts. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, random, patience, url } = this.#options
    const deadline = clock.now() + patience
    let isFirst = true
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await attempt()
      } catch (error) {
        const isWorthIt = isTransient(error) || (isFirst && isStaleConnection(error))
        if (!isWorthIt || clock.now() >= deadline) throw postgresError(error, shownUrl(url), patience)
        isFirst = false
      }
      await clock.sleep(clock.now() + wait * (0.5 + random()))
    }
  }

  #noted<T>(call: Promise<T>): Promise<T> {
    this.#underWay.add(call)
    const done = () => this.#underWay.delete(call)
    call.then(done, done)
    return call
  }
}

async function rollBack(client: pg.PoolClient): Promise<void> {
  try {
    await client.query("rollback")
    client.release()
  } catch {
    client.release(true)
  }
}
