import type pg from "pg"
import { connectionOptions, shownUrl as shown } from "../../postgres/connection-options.ts"

/**
 * Of one process. A follower writes in a few lanes at once; a child has one call at a time. With 20 children starting in a
 * second each keeps its connection for the reads and writes of its start, so a server of 100 connections has room.
 */
const CONNECTIONS = 4
/** Between the statements of one step nothing is reconnected; between writes nothing is held. */
const IDLE_MS = 500
/** Above the server's own limit of a statement, which says more; this one is for a server that says nothing. */
const SILENCE_MS = 20_000

/** What the driver's pool needs. */
export function poolOptions(url: string, password: string | undefined): pg.PoolConfig {
  return {
    ...connectionOptions(url, password, "table"),
    max: CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
    query_timeout: SILENCE_MS,
  }
}

/** The URL as messages show it: without user and parameters. */
export function shownUrl(url: string): string {
  return shown(url, "table")
}
