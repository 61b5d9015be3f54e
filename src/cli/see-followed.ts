import { startFollower } from "../app/start-follower.ts"
import type { SubmitHooks } from "../app/submit-arrays.ts"
import { needsFollower } from "../core/after/after-step.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Call } from "./command.ts"
import type { RunPorts } from "./session.ts"

/**
 * A detached run, the steps after a run and its notifications go on only where a follower carries them: starts one, or not where this was refused.
 * What to say of it; null: nothing.
 */
export async function seeFollowed(call: Call, ports: RunPorts, run: RunRecord): Promise<string | null> {
  if (!needsFollower(run)) return null
  const what = run.follow === "detached" ? "what waits goes on" : "what is to follow the run is done"
  if (call.options.flag("no-follower"))
    return `no follower is started; ${what} with: ${call.command(`follow ${run.run}`)}\n`
  return (await startFollower(ports, run)) ? `a follower was started for ${run.run}\n` : null
}

export interface FollowedFirst {
  /** For `submitArrays`: before the first array, behind which the follower would wait for all children. */
  readonly beforeArrays: NonNullable<SubmitHooks["beforeArrays"]>
  /** What is to be said of it when the progress is over; null: nothing. */
  said(): string | null
}

export function followedFirst(call: Call, ports: RunPorts): FollowedFirst {
  let said: string | null = null
  return {
    async beforeArrays(run) {
      said = await seeFollowed(call, ports, run)
    },
    said: () => said,
  }
}
