import type { StepPorts } from "../app/carry-steps.ts"
import { noteEndpoint, recordOf } from "../app/endpoint-book.ts"
import { planStep } from "../app/plan-step.ts"
import type { Config } from "../core/config/config.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Shell } from "../ports/world.ts"
import { plain } from "./output/text.ts"
import type { RunPorts, Session } from "./session.ts"

/** What steps after a run need; missing where the platform makes no models. */
export async function stepsOf(
  session: Session,
  ports: RunPorts,
): Promise<{ readonly steps?: Pick<StepPorts, "models" | "endpoints" | "onEndpoint" | "planOf"> }> {
  const all = session.ports()
  if (all.models === undefined) return {}
  const [models, preview] = [await all.models(), await all.preview()]
  const account = async () => (await all.caller()).account
  const { stateFolder, prefix } = session.config
  const planning = { ...ports, preview, account, stateFolder, prefix }
  const endpoints = await all.endpoints?.()
  const onEndpoint = async (state: EndpointState) => {
    const seen = { outcome: "creating", reason: "", endedAt: null, endedBy: null, usdPerHour: null } as const
    await noteEndpoint(ports.table, prefix, recordOf(state, seen)).catch((error: unknown) => {
      if (!isRegattaError(error)) throw error
      // The step's own record names it as well.
      ports.world.log.event("warn", "endpoint not recorded", { endpoint: state.name, reason: error.message })
    })
  }
  const serving = endpoints === undefined ? {} : { endpoints, onEndpoint }
  return { steps: { models, ...serving, planOf: (run, target, attempt) => planStep(planning, run, target, attempt) } }
}

/** Refuses steps after a run on a platform that makes no models. Error `unsupported`. */
export function refuseSteps(session: Session): void {
  const { after = [], on } = session.config
  requireSteps(session, { after, on })
}

/** What steps make that goes on when they have ended, and costs. Its price is no step's to ask: it depends on the row's region. */
export function sayEndpointSteps(shell: Pick<Shell, "err">, { after = [], on }: Pick<Config, "after" | "on">): void {
  for (const { name, rows, endpoint } of after) {
    if (endpoint === undefined) continue
    const which =
      rows === "completed" ? "an endpoint for each completed row" : `an endpoint for the row best by ${rows.best}`
    const machines = `${endpoint.instances} x ${endpoint.instanceType}`
    const cost = on === "local" ? "it serves on this machine" : `each on ${machines} is billed by the hour`
    const said = `warning: the step "${name}" after the run makes ${which}; ${cost} until it is deleted`
    shell.err(`${plain(said)}\n`)
  }
}

/** The same of a run that is there. */
export function requireSteps(session: Session, { after = [], on }: Pick<RunRecord, "after" | "on">): void {
  const [first] = after
  if (first === undefined || session.ports().models !== undefined) return
  throw new RegattaError(
    "unsupported",
    `the step "${first.name}" after a run: there are no models on the platform "${on}"`,
    { hint: "take `after` out of regatta.yaml, or run the manifest on local or aws", fields: { key: "after" } },
  )
}
