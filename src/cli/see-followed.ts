import { startFollower } from "../app/start-follower.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Call } from "./command.ts"
import type { RunPorts } from "./session.ts"

/** A detached run goes on only where a follower carries it: starts one, or says that this was refused. */
export async function seeFollowed(call: Call, ports: RunPorts, run: RunRecord): Promise<void> {
  if (run.follow === "attached") return
  if (call.options.flag("no-follower"))
    call.shell.err(`no follower is started; what waits goes on with: ${call.command(`follow ${run.run}`)}\n`)
  else if (await startFollower(ports, run)) call.shell.err(`a follower was started for ${run.run}\n`)
}
