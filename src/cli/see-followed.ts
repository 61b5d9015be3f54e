import { startFollower } from "../app/start-follower.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Call } from "./command.ts"
import type { RunPorts } from "./session.ts"

/** A detached run goes on only where a follower carries it: starts one, or not where this was refused. What to say of it; null: nothing. */
export async function seeFollowed(call: Call, ports: RunPorts, run: RunRecord): Promise<string | null> {
  if (run.follow === "attached") return null
  if (call.options.flag("no-follower"))
    return `no follower is started; what waits goes on with: ${call.command(`follow ${run.run}`)}\n`
  return (await startFollower(ports, run)) ? `a follower was started for ${run.run}\n` : null
}
