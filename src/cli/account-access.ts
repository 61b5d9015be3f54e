import type { PlanPorts } from "../app/planned.ts"
import type { Call } from "./command.ts"
import { placingPorts } from "./placing-ports.ts"
import type { Session } from "./session.ts"

/**
 * What planning may ask beside the manifest: on aws what is known of its training service and, without `--offline`, the account.
 * Elsewhere the rules tell all that is known: simulated has no service yet, and local's own are among them. Where rows may
 * move, what is asked of their data and of what regions offer.
 */
export async function planningPorts(
  call: Call,
  session: Session,
  onAnswer?: (answered: number, asked: number) => void,
  onListed?: (objects: number) => void,
): Promise<Pick<PlanPorts, "service" | "account" | "placing">> {
  const choosing = placingPorts(call, session, onListed)
  const placing = choosing === undefined ? {} : { placing: choosing }
  if (session.config.on !== "aws") return placing
  const ports = session.ports()
  const preview = await ports.preview()
  if (ports.account === undefined || call.options.flag("offline")) return { service: preview, ...placing }
  const account = { ports: ports.account, preview, ...(onAnswer === undefined ? {} : { onAnswer }) }
  return { service: preview, account, ...placing }
}
