import { earlierRuntimeSeconds } from "../app/earlier-runtime.ts"
import { runName } from "../app/plan-run.ts"
import type { PlanRequest } from "../app/planned.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Call } from "./command.ts"
import type { Session } from "./session.ts"

/**
 * The request with what earlier runs of its name have taken, where a table is there and a price makes an estimate of it. A
 * table that cannot be read is said; the estimate is then by max_runtime.
 */
export async function withEarlierRuntime<T extends PlanRequest>(call: Call, session: Session, request: T): Promise<T> {
  const { on, prices, prefix } = session.config
  if (on !== "local" || Object.keys(prices).length === 0) return request
  const name = request.name ?? runName(request.manifest)
  try {
    const table = await session.existingTable()
    if (table === null) return request
    const scope = { prefix, owner: call.shell.user, isExactIdEnough: false }
    return { ...request, earlierRuntimeSeconds: await earlierRuntimeSeconds(table, { name, on }, scope) }
  } catch (error) {
    if (!isRegattaError(error)) throw error
    call.shell.err(`earlier runs of "${name}" are not in the estimates: ${error.message}\n`)
    return request
  }
}
