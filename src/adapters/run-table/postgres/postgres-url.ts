import pg from "pg"
import { RegattaError } from "../../../core/errors.ts"

/**
 * Of one process. A follower writes in a few lanes at once; a child has one call at a time. With 20 children starting in a
 * second each keeps its connection for the reads and writes of its start, so a server of 100 connections has room.
 */
const CONNECTIONS = 4
/** Between the statements of one step nothing is reconnected; between writes nothing is held. */
const IDLE_MS = 500
const CONNECT_MS = 10_000
/** Above the server's own limit of a statement, which says more; this one is for a server that says nothing. */
const SILENCE_MS = 20_000

/**
 * What the driver needs. TLS is asked for by the URL as everywhere in PostgreSQL: `sslmode` (disable, require, verify-ca,
 * verify-full), `sslrootcert`, `sslcert`, `sslkey`; without `sslmode` the connection is plain. `prefer` is `require` here.
 */
export function poolOptions(url: string, password: string | undefined): pg.PoolConfig {
  const parsed = connectionUrl(url)
  // The driver reads the URL; given as a whole it would let the URL's empty password win over ours.
  const { host, port, user, database, ssl } = new pg.Client({ connectionString: parsed.href })
  const options = parsed.searchParams.get("options")
  return {
    ...{ host, port, ssl },
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
    ...(options === null ? {} : { options }),
    ...(password === undefined || password === "" ? {} : { password }),
    max: CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: SILENCE_MS,
    keepAlive: true,
    application_name: "regatta",
  }
}

/** The URL as messages show it: without user and parameters. */
export function shownUrl(url: string): string {
  const { host, pathname } = parse(url)
  return `postgres://${host}${pathname}`
}

function connectionUrl(url: string): URL {
  const parsed = parse(url)
  const { searchParams: parameters } = parsed
  if (parsed.password !== "" || parameters.has("password"))
    throw new RegattaError("usage", `the table ${shownUrl(url)} was given with a password in its URL`, {
      hint: "take it out, and give it in PGPASSWORD or in the password file (~/.pgpass)",
    })
  // Without this the driver reads the modes of libpq in a way of its own, and warns about that on stderr.
  if (parameters.has("sslmode") && !parameters.has("uselibpqcompat")) parameters.set("uselibpqcompat", "true")
  // Node's own certificates are the system's.
  if (parameters.get("sslrootcert") === "system") parameters.delete("sslrootcert")
  return parsed
}

function parse(url: string): URL {
  try {
    return new URL(url)
  } catch {
    throw new RegattaError("usage", "the table's URL cannot be read: expected postgres://user@host:port/database")
  }
}
