import type { SweepPorts } from "../app/make-sweep.ts"
import type { Call } from "./command.ts"
import type { Session } from "./session.ts"

/** On aws the account's quotas; elsewhere, and with `--offline`, only the limits of regatta.yaml. Less what trains now. */
export function sweepPorts(call: Call, session: Session): SweepPorts {
  const { files, config } = session
  const isAsking = config.on === "aws" && !call.options.flag("offline")
  const account = isAsking ? session.ports().account : undefined
  return {
    files,
    table: () => session.existingTable(),
    ...(account === undefined ? {} : { quotas: () => account.quotas() }),
  }
}
