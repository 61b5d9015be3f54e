import type { DataStore } from "../app/data-book.ts"
import type { PlacingPorts } from "../app/place-rows.ts"
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
