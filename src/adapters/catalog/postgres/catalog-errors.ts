import pg from "pg"
import { type ErrorCode, RegattaError } from "../../../core/errors.ts"

export interface Asked {
  /** The query as it was asked. */
  readonly text: string
  /** Characters that stand before it in what was sent. */
  readonly before: number
  readonly signal: AbortSignal
  /** As messages show it. */
  readonly catalog: string
}

/** The answer is not wanted any more. */
export function givenUp(catalog: string): RegattaError {
  return new RegattaError("refused", `the query to ${catalog} was given up`)
}

/** An error of the driver or of the server as one of ours. */
export function catalogError(error: unknown, { text, before, signal, catalog }: Asked): unknown {
  if (signal.aborted) return givenUp(catalog)
  if (error instanceof RegattaError) return error
  if (!(error instanceof pg.DatabaseError)) return networkError(error, catalog)
  const { code: state = "", detail, hint, position } = error
  const said = [error.message, detail, hint].filter((each) => each !== undefined && each !== "").join("; ")
  const known = explain(state)
  // What is not about the server is about the query: its syntax, its names, a value that it computes, that it writes.
  if (known === null) {
    const offset = position === undefined ? null : offsetOf(text, Number(position) - before)
    return new RegattaError("invalid", said, offset === null ? {} : { fields: { position: offset } })
  }
  return new RegattaError(known.code, `the catalog ${catalog} ${known.what} (${said})`, { hint: known.hint })
}

/** UTF-16 offset of a character counted from 1; null: it is outside of the text. */
function offsetOf(text: string, character: number): number | null {
  if (!(character >= 1)) return null
  const before = [...text.slice(0, 2 * character)].slice(0, character - 1).join("")
  return before.length <= text.length ? before.length : null
}

interface Explained {
  readonly code: ErrorCode
  readonly what: string
  readonly hint: string
}

/** By state (https://www.postgresql.org/docs/current/errcodes-appendix.html); null: the query is what is wrong. */
function explain(state: string): Explained | null {
  if (state === "57014")
    return {
      code: "timeout",
      what: "ended the query",
      hint: "give it longer with --timeout, or see with explain what takes so long",
    }
  if (state.startsWith("28"))
    return {
      code: "denied",
      what: "does not let this user in",
      hint: "give the password in PGPASSWORD or ~/.pgpass; a server that wants TLS needs ?sslmode=verify-full&sslrootcert=… in the URL",
    }
  if (state === "42501")
    return {
      code: "denied",
      what: "does not let this user read what the query names",
      hint: "let its owner grant select on it",
    }
  if (state === "3D000") return { code: "notFound", what: "does not exist", hint: "name another database in the URL" }
  if (state.startsWith("XX")) return { code: "damaged", what: "is damaged", hint: "see the log of the database server" }
  if (/^(?:08|40|53|55|57|58)/.test(state))
    return {
      code: "unavailable",
      what: "cannot be used now",
      hint: "see to the database server, then run the same command again",
    }
  return null
}

function networkError(error: unknown, catalog: string): RegattaError {
  const message = messageOf(error)
  if (/certificate|self.signed|SSL|TLS|altname/i.test(message))
    return new RegattaError("denied", `the catalog ${catalog} cannot be reached over TLS: ${message}`, {
      hint: "see sslmode and sslrootcert in the URL: verify-full needs the server's certificate authority",
    })
  if (/password/i.test(message))
    return new RegattaError("denied", `the catalog ${catalog} wants a password: ${message}`, {
      hint: "give it in PGPASSWORD or ~/.pgpass",
    })
  if (/Query read timeout/.test(message))
    return new RegattaError("timeout", `the catalog ${catalog} did not end the query in time`, {
      hint: "give it longer with --timeout",
    })
  return new RegattaError("unavailable", `the catalog ${catalog} does not answer: ${message}`, {
    hint: "see whether host and port are right, the server runs, and its network lets this machine in",
  })
}

/** Where a name has several addresses each has its own error, and the whole has no text. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ")
  return error instanceof Error ? error.message : String(error)
}
