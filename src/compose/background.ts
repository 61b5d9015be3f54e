import { LOCAL_TIMING } from "../core/decision/policy.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import type { ArrayRecord } from "../core/run/run.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { Composed } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Shell } from "../ports/world.ts"
import { openObjects, workerEnvironment } from "./local.ts"
import { openTable } from "./tables.ts"

/** Regions of an array's children, in order; the face that starts the process hands it in. */
export type ChildRegions = (
  ports: { readonly table: RunTable; readonly objects: ObjectStore },
  run: RunId,
  array: Pick<ArrayRecord, "first" | "size">,
) => AsyncIterable<string>

/** The processes that stand behind adapters, by the name they are started with; null: no such process. */
export function backgroundProcess(name: string): ((shell: Shell, regions: ChildRegions) => Promise<number>) | null {
  if (name === "local-supervisor") return supervise
  if (name === "local-array") return carry
  if (name === "local-algorithm") return standIn
  if (name === "local-algorithm-server") return standInServer
  if (name === "local-transform") return transform
  if (name === "catalog-sqlite") return answerCatalog
  if (name === "local-endpoint") return endpoint
  return null
}

async function supervise(shell: Shell): Promise<number> {
  const { superviseJob } = await import("../adapters/training-service/local-process/supervisor.ts")
  return superviseJob(folderOf(shell), shell)
}

async function standIn(shell: Shell): Promise<number> {
  const { runStandIn } = await import("../adapters/training-service/local-process/stand-ins/run-stand-in.ts")
  return runStandIn(shell.argv[1] ?? "", shell)
}

async function standInServer(shell: Shell): Promise<number> {
  const { serveStandIn } = await import("../adapters/training-service/local-process/stand-ins/serve/serve-stand-in.ts")
  return serveStandIn(shell.argv[1] ?? "", shell)
}

async function transform(shell: Shell): Promise<number> {
  const { carryTransform } = await import("../adapters/model-service/local-process/transform/carry-transform.ts")
  return carryTransform(folderOf(shell), shell)
}

async function answerCatalog(): Promise<number> {
  const { answerSqlite } = await import("../adapters/catalog/sqlite/answer-sqlite.ts")
  return answerSqlite()
}

async function endpoint(shell: Shell): Promise<number> {
  const { carryEndpoint } = await import("../adapters/endpoint-service/local-process/carry-endpoint.ts")
  return carryEndpoint(folderOf(shell), shell)
}

async function carry(shell: Shell, regions: ChildRegions): Promise<number> {
  const config = composedOf(shell.env)
  const { carryArray } = await import("../adapters/array-queue/local/carry-array.ts")
  const table = await openTable(config, shell, LOCAL_TIMING)
  try {
    return await carryArray(folderOf(shell), {
      table,
      world: shell,
      timing: LOCAL_TIMING,
      self: shell.self,
      process: shell.process,
      environment: workerEnvironment(config, shell),
      terminated: shell.terminated,
      async *regions(run, array) {
        yield* regions({ table, objects: await openObjects(config.stateFolder) }, run, array)
      },
    })
  } finally {
    await table.close()
  }
}

/** The way back from `workerEnvironment`. */
function composedOf(env: Shell["env"]): Composed {
  const table = env["REGATTA_TABLE"]
  const stateFolder = env["REGATTA_HOME"]
  if (table !== undefined && stateFolder !== undefined) return { on: "local", table, stateFolder }
  throw new RegattaError(
    "usage",
    "REGATTA_TABLE and REGATTA_HOME are not set: this process is started by regatta itself",
  )
}

function folderOf(shell: Shell): string {
  const folder = shell.argv[1]
  if (folder === undefined)
    throw new RegattaError("usage", `${shell.argv[0]} is started by regatta itself, with a folder`)
  return folder
}
