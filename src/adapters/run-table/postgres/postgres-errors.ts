import pg from "pg"
import { type ErrorCode, RegattaError } from "../../../core/errors.ts"
import { NOTHING_WRITTEN } from "../../../core/table-errors.ts"

/** A transaction that ended in an error of the driver or the server. */
export class Failed extends Error {
  /** The answer to `commit` is missing: it may have been written. */
  readonly isUnknown: boolean

  constructor(cause: unknown, isUnknown: boolean) {
    super("", { cause })
    this.isUnknown = isUnknown
  }
}

/** States (https://www.postgresql.org/docs/current/errcodes-appendix.html) of a transaction that was rolled back, or never began, and may succeed at once. */
const TRANSIENT: readonly string[] = [
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available: lock_timeout
  "53300", // too_many_connections
  "57P03", // cannot_connect_now: it starts or stops
]

export function isTransient(error: unknown): boolean {
  return error instanceof Failed && !error.isUnknown && TRANSIENT.includes(stateOf(error.cause) ?? "")
}

/** Whether a connection that was kept turned out to be closed: another one may do. */
export function isStaleConnection(error: unknown): boolean {
  if (!(error instanceof Failed) || error.isUnknown || !(error.cause instanceof Error)) return false
  if (stateOf(error.cause) === "57P01") return true
  return /Connection terminated unexpectedly|not queryable/.test(error.cause.message) || codeOf(error.cause) === "EPIPE"
}

/** What was reported of a table, as an error of ours; any other error comes back as it is. `url`: as messages show it. */
export function postgresError(error: unknown, url: string, patience: number): unknown {
  if (!(error instanceof Failed)) return error
  const { code, what, hint } = explain(error.cause, patience)
  return new RegattaError(code, `the table ${url} ${what}`, {
    hint: error.isUnknown ? `${hint}; whether the last write took effect is not known` : hint,
    cause: error.cause,
    fields: { table: url, ...(error.isUnknown ? {} : NOTHING_WRITTEN) },
  })
}

interface Explained {
  readonly code: ErrorCode
  readonly what: string
  readonly hint: string
}

function explain(cause: unknown, patience: number): Explained {
  const state = stateOf(cause)
  return state === null ? explainNetwork(cause) : explainState(state, messageOf(cause), patience)
}

function explainState(state: string, message: string, patience: number): Explained {
  const said = `(${message})`
  if (TRANSIENT.includes(state) || state === "57014")
    return {
      code: "unavailable",
      what: `had no room for this call for ${patience / 1000} s ${said}`,
      hint: "see what holds its locks and connections in pg_stat_activity, then run the same command again",
    }
  if (state.startsWith("28"))
    return {
      code: "denied",
      what: `does not let this user in ${said}`,
      hint: "give the password in PGPASSWORD or ~/.pgpass; a server that wants TLS needs ?sslmode=verify-full&sslrootcert=… in the URL",
    }
  // 3F000: none of the schemas that it looks in may be used.
  if (state === "42501" || state === "3F000")
    return {
      code: "denied",
      what: `may not be used by this user ${said}`,
      hint: "let its owner run any command once, which makes the tables, then grant select, insert, update and delete on them",
    }
  if (state === "3D000")
    return {
      code: "notFound",
      what: `does not exist ${said}`,
      hint: "make the database with createdb, or name another",
    }
  if (state === "42P01" || state === "42703")
    return {
      code: "conflict",
      what: `holds tables that are not Regatta's, or not all of them ${said}`,
      hint: "name a database of Regatta's own, or restore this one from a backup",
    }
  if (state.startsWith("XX"))
    return { code: "damaged", what: `is damaged ${said}`, hint: "restore the database from a backup" }
  if (state.startsWith("08") || state.startsWith("53") || state.startsWith("57") || state.startsWith("58"))
    return {
      code: "unavailable",
      what: `cannot be used now ${said}`,
      hint: "see to the database server, then run the same command again",
    }
  if (state === "25006")
    return {
      code: "unavailable",
      what: `is read-only ${said}`,
      hint: "name the primary server, not a replica; after a failover run the same command again",
    }
  return { code: "fault", what: `refused a statement of ours (${state}: ${message})`, hint: "report this" }
}

function explainNetwork(cause: unknown): Explained {
  const message = messageOf(cause)
  if (/certificate|self.signed|SSL|TLS|altname/i.test(`${codeOf(cause)} ${message}`))
    return {
      code: "denied",
      what: `cannot be reached over TLS: ${message}`,
      hint: "see sslmode and sslrootcert in the URL: verify-full needs the server's certificate authority",
    }
  return {
    code: "unavailable",
    what: `does not answer: ${message}`,
    hint: "see whether host and port are right, the server runs, and its network lets this machine in",
  }
}

function stateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""
}

/** Where a name has several addresses each has its own error, and the whole has no text. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ")
  return error instanceof Error ? error.message : String(error)
}
