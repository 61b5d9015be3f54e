import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"

/** A kept rehearsal is looked at, and nothing else: no queue and no service knows of it. Error `refused`. */
export function refuseRehearsed({ run, on }: Pick<RunRecord, "run" | "on">): void {
  if (on !== "simulated") return
  throw new RegattaError(
    "refused",
    `${run} is a kept rehearsal: nothing of it ever ran, so there is nothing to act on`,
    {
      hint: "status, watch, results and cost show it; `regatta submit MANIFEST` makes a run that trains",
      fields: { run },
    },
  )
}
