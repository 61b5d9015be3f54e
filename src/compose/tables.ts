import { clientOptions } from "../adapters/aws/client-options.ts"
import type { Timing } from "../core/decision/policy.ts"
import { RegattaError } from "../core/errors.ts"
import type { Composed } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Shell } from "../ports/world.ts"
import { requiredHome } from "./kept.ts"

/** Opened, by the form of its name: `sqlite:<path>`, `postgres://…` or `dynamodb:<name>`. */
export async function openTable(config: Composed, shell: Shell, timing: Timing): Promise<RunTable> {
  return opened(await makeTable(config, shell, timing))
}

export async function opened(table: RunTable): Promise<RunTable> {
  await table.open()
  return table
}

/** `exists`: of tables that `open` would make. */
type MadeTable = RunTable & { exists?(): Promise<boolean> }

export async function makeTable(config: Composed, shell: Shell, timing: Timing): Promise<MadeTable> {
  const { clock, env } = shell
  const options = { clock, random: () => shell.random(), retryAfter: timing.backOff }
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/.exec(config.table) ?? []
  switch (scheme) {
    case "sqlite": {
      const { SqliteRunTable } = await import("../adapters/run-table/sqlite/sqlite-run-table.ts")
      return new SqliteRunTable({ ...options, path: rest })
    }
    case "postgres":
    case "postgresql": {
      const { PostgresRunTable } = await import("../adapters/run-table/postgres/postgres-run-table.ts")
      return new PostgresRunTable({ ...options, url: config.table, password: env["PGPASSWORD"] })
    }
    case "dynamodb": {
      // Processes of ours on local know only what their environment says (workerEnvironment).
      const region = requiredHome({ ...config, home: config.home ?? env["REGATTA_HOME_REGION"] ?? null })
      const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb")
      const { DynamoDbRunTable } = await import("../adapters/run-table/dynamodb/dynamodb-run-table.ts")
      const client = new DynamoDBClient(clientOptions(region))
      return new DynamoDbRunTable({ ...options, client, table: rest, region, creates: mayMake(shell) })
    }
    default:
      throw new RegattaError("usage", `the central table "${config.table}" is of no kind that is known`, {
        hint: "sqlite:<path>, postgres://user@host/database or dynamodb:<name>",
      })
  }
}

/**
 * Whether table and buckets that are missing may be made. A worker, and whatever runs in a job of the queue, finds all made when
 * its run was submitted; only where nobody submitted one (`S3_ARRAY_FILE` alone) a worker is the first that comes.
 */
export function mayMake({ argv, env }: Shell): boolean {
  const isSet = (name: string) => (env[name] ?? "") !== ""
  if (isSet("S3_ARRAY_FILE") && !isSet("REGATTA_RUN")) return true
  // A firing of a schedule submits from a job of the queue.
  if (argv[0] === "submit") return true
  return argv[0] !== "worker" && !isSet("AWS_BATCH_JOB_ID")
}
