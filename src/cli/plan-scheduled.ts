import type { PlanRequest } from "../app/planned.ts"
import { planSubmission } from "../app/submit-run.ts"
import type { Schedule } from "../core/schedule/schedule.ts"
import { planningPorts } from "./account-access.ts"
import type { Call } from "./command.ts"
import { usdOption } from "./options.ts"
import { sayNotChecked, sayWarnings } from "./say-problems.ts"
import type { Session } from "./session.ts"

/** The schedule, once its manifest was planned as a firing will plan it: what cannot be submitted now is not scheduled. Errors as of `planSubmission`. */
export async function planScheduled(
  call: Call,
  session: Session,
  schedule: Schedule,
  request: PlanRequest,
): Promise<Schedule> {
  const { shell, options } = call
  const { planned, plan } = await planSubmission(
    { files: session.files, world: shell, ...(await planningPorts(call, session)) },
    session.config,
    {
      ...request,
      createdBy: schedule.createdBy,
      me: session.me,
      maxCostUsd: usdOption(options, "max-cost"),
      allowUnknownPrice: options.flag("allow-unknown-price"),
      saved: null,
    },
  )
  sayWarnings(shell, planned)
  sayNotChecked(shell, plan)
  return schedule
}
