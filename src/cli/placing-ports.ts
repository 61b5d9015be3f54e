import type { DataStore } from "../app/data-book.ts"
import { type PlacingPorts, withPlaced } from "../app/place-rows.ts"
import type { PlanRequest } from "../app/planned.ts"
import { highsOptimizer } from "../compose/optimizer.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Call } from "./command.ts"
import type { Session } from "./session.ts"

/** What choosing the regions of rows asks, beside the manifest; undefined where nobody chooses: no region is real on simulated. */
export function placingPorts(
  call: Call,
  session: Session,
  onListed?: (objects: number) => void,
): PlacingPorts | undefined {
  const { on } = session.config
  if (on === "simulated") return undefined
  const isOffline = on === "aws" && call.options.has("offline") && call.options.flag("offline")
  let table: Promise<RunTable | null> | null = null
  return {
    data: async () => (isOffline ? null : dataStore(session)),
    optimizer: highsOptimizer,
    ...(isOffline
      ? {}
      : {
          live: async (place) => {
            table ??= session.existingTable()
            return (await (await table)?.live(place)) ?? 0
          },
        }),
    ...(onListed === undefined ? {} : { onListed }),
  }
}

async function dataStore(session: Session): Promise<DataStore | null> {
  const ports = session.ports()
  return session.config.on === "aws" ? ((await ports.account?.buckets()) ?? null) : ports.objects()
}

/** The request with the regions of rows that may move, for commands that otherwise ask nobody: without such rows they ask nobody. */
export async function placedRequest<Request extends PlanRequest>(
  call: Call,
  session: Session,
  request: Request,
): Promise<Request> {
  const placing = placingPorts(call, session)
  const ports = session.ports()
  const account =
    ports.account === undefined ? {} : { account: { ports: ports.account, preview: await ports.preview() } }
  const all = { files: session.files, world: call.shell, ...account, ...(placing === undefined ? {} : { placing }) }
  return withPlaced(all, session.config, request)
}
