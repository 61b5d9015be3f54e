// A catalog in a PostgreSQL database: one query through a cursor, in a transaction that cannot write.
// It changes nothing, sends nothing twice, and leaves nothing running behind it.
import pg from "pg"
import { RegattaError } from "../../../core/errors.ts"
import type { Catalog, CatalogBatch, CatalogQuestion } from "../../../ports/catalog.ts"
import { connectionOptions, shownUrl } from "../../postgres/connection-options.ts"
import { catalogError, givenUp } from "./catalog-errors.ts"
import { cellReader, readColumns, type ShownColumn } from "./column-types.ts"

export interface PostgresCatalogOptions {
  /** `postgres://user@host:port/database?sslmode=…`, without a password. */
  readonly url: string
  /** Missing: PGPASSWORD of this process, then the password file, as every program of PostgreSQL finds it. */
  readonly password?: string | undefined
}

/** Rows of one fetch: few enough to hold, many enough that the way to the server does not count. */
const AT_ONCE = 2_000
const CANCEL_MS = 2_000
/** The longest that the server and the timers of Node take: 24 days. */
const LONGEST_MS = 2_147_483_647 - CANCEL_MS
const MOST_REMARKS = 20

const DECLARE = "declare regatta_catalog no scroll cursor for "

/** Texts of values must not hang on who connects from where, nor on the server's settings. */
const SETTINGS = [
  ...["timezone = 'UTC'", "datestyle = 'ISO, YMD'", "intervalstyle = 'iso_8601'", "bytea_output = 'hex'"],
  ...["extra_float_digits = 1", "standard_conforming_strings = on", "client_encoding = 'UTF8'"],
  // All rows are fetched: the fastest way to the first ones would be the slower one.
  "cursor_tuple_fraction = 1",
]

/** Values come as the server writes them. */
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: unknown) => text }

export class PostgresCatalog implements Catalog {
  readonly dialect = "postgres"
  readonly shown: string
  readonly #options: pg.ClientConfig

  constructor({ url, password }: PostgresCatalogOptions) {
    this.shown = shownUrl(url, "catalog")
    this.#options = connectionOptions(url, password, "catalog")
  }

  async *answer(question: CatalogQuestion): AsyncGenerator<CatalogBatch, void> {
    const { signal } = question
    const client = new pg.Client({
      ...this.#options,
      query_timeout: Math.min(question.patience, LONGEST_MS) + CANCEL_MS,
    })
    // A connection that ends fails the statement it is used for; without a listener it would end the process.
    client.on("error", () => {})
    const remarks: string[] = []
    let truncated: string | null = null
    client.on("notice", ({ code, message }) => {
      if (code === "42622") truncated = message ?? ""
      else if (message !== undefined && remarks.length < MOST_REMARKS) remarks.push(message)
    })
    const stop = () => void this.#cancel(client)
    signal.addEventListener("abort", stop, { once: true })
    try {
      if (signal.aborted) throw givenUp(this.shown)
      await client.connect()
      await begin(client, question)
      if (truncated !== null) throw new RegattaError("invalid", `the name of a column is too long: ${truncated}`)
      yield* fetchAll(client, remarks)
    } catch (error) {
      throw catalogError(error, { text: question.text, before: DECLARE.length, signal, catalog: this.shown })
    } finally {
      signal.removeEventListener("abort", stop)
      await client.end().catch(() => {})
    }
  }

  /** The server stops at once, told over a connection of its own; where it cannot be told, ours is cut. */
  async #cancel(client: pg.Client): Promise<void> {
    const messenger = new pg.Client({
      ...this.#options,
      connectionTimeoutMillis: CANCEL_MS,
      query_timeout: CANCEL_MS,
    })
    messenger.on("error", () => {})
    try {
      if (typeof processIdOf(client) === "number") {
        await messenger.connect()
        await messenger.query("select pg_cancel_backend($1)", [processIdOf(client)])
      }
    } catch {
      // The connection is cut below in any case, and the server has a limit of its own.
    }
    await Promise.allSettled([messenger.end(), client.end()])
  }
}

/** The id of the server's process, which the driver keeps and its types do not name. */
function processIdOf(client: pg.Client): unknown {
  return "processID" in client ? client.processID : null
}

async function begin(client: pg.Client, { text, values, patience }: CatalogQuestion): Promise<void> {
  const limit = `statement_timeout = ${Math.min(Math.max(1, Math.ceil(patience)), LONGEST_MS)}`
  const settings = [...SETTINGS, limit].map((each) => `set local ${each}`).join("; ")
  await client.query(`begin isolation level repeatable read read only; ${settings}`)
  // The extended protocol takes one statement, and infers the types of the parameters.
  const declare: pg.QueryConfig = { text: `${DECLARE}${text}`, values: [...values] }
  await client.query({ ...declare, queryMode: "extended" } as pg.QueryConfig)
}

async function* fetchAll(client: pg.Client, remarks: readonly string[]): AsyncGenerator<CatalogBatch, void> {
  let columns: readonly ShownColumn[] | null = null
  let read = cellReader([])
  for (;;) {
    const { fields, rows } = await client.query<(string | null)[]>({
      ...{ text: `fetch ${AT_ONCE} from regatta_catalog`, rowMode: "array", types: AS_TEXT },
    })
    if (columns === null) {
      columns = await readColumns(client, fields)
      read = cellReader(columns)
    } else if (rows.length === 0) return
    yield { columns, rows: rows.map(read), remarks }
    if (rows.length < AT_ONCE) return
  }
}
