// How a PostgreSQL is reached by its URL, the same for everything of ours that speaks to one.
// It opens nothing, and takes no password from a URL: that would stand in files, records and lists of processes.
import pg from "pg"
import { RegattaError } from "../../core/errors.ts"

const CONNECT_MS = 10_000

/**
 * What the driver needs. TLS is asked for by the URL as everywhere in PostgreSQL: `sslmode` (disable, require, verify-ca,
 * verify-full), `sslrootcert`, `sslcert`, `sslkey`; without `sslmode` the connection is plain. `prefer` is `require` here.
 *
 * @param what the URL names, for messages: `table`.
 */
export function connectionOptions(url: string, password: string | undefined, what: string): pg.ClientConfig {
  const parsed = connectionUrl(url, what)
  // The driver reads the URL; given as a whole it would let the URL's empty password win over ours.
  const { host, port, user, database, ssl } = new pg.Client({ connectionString: parsed.href })
  const options = parsed.searchParams.get("options")
  return {
    ...{ host, port, ssl },
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
    ...(options === null ? {} : { options }),
    ...(password === undefined || password === "" ? {} : { password }),
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "regatta",
  }
}

/** The URL as messages show it: without user and parameters. */
export function shownUrl(url: string, what: string): string {
  const { host, pathname } = parse(url, what)
  return `postgres://${host}${pathname}`
}

function connectionUrl(url: string, what: string): URL {
  const parsed = parse(url, what)
  const { searchParams: parameters } = parsed
  if (parsed.password !== "" || parameters.has("password"))
    throw new RegattaError("usage", `the ${what} ${shownUrl(url, what)} was given with a password in its URL`, {
      hint: "take it out, and give it in PGPASSWORD or in the password file (~/.pgpass)",
    })
  // Without this the driver reads the modes of libpq in a way of its own, and warns about that on stderr.
  if (parameters.has("sslmode") && !parameters.has("uselibpqcompat")) parameters.set("uselibpqcompat", "true")
  // Node's own certificates are the system's.
  if (parameters.get("sslrootcert") === "system") parameters.delete("sslrootcert")
  return parsed
}

function parse(url: string, what: string): URL {
  try {
    return new URL(url)
  } catch {
    throw new RegattaError("usage", `the ${what}'s URL cannot be read: expected postgres://user@host:port/database`)
  }
}
