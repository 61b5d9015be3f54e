import type { StepPorts } from "../app/carry-steps.ts"
import { planStep } from "../app/plan-step.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunPorts, Session } from "./session.ts"

/** What steps after a run need; missing where the platform makes no models. */
export async function stepsOf(
  session: Session,
  ports: RunPorts,
): Promise<{ readonly steps?: Pick<StepPorts, "models" | "planOf"> }> {
  const all = session.ports()
  if (all.models === undefined) return {}
  const [models, preview] = [await all.models(), await all.preview()]
  const account = async () => (await all.caller()).account
  const planning = { ...ports, preview, account, stateFolder: session.config.stateFolder }
  return { steps: { models, planOf: (run, target, attempt) => planStep(planning, run, target, attempt) } }
}

/** Refuses steps after a run on a platform that makes no models. Error `unsupported`. */
export function refuseSteps(session: Session): void {
  const { after = [], on } = session.config
  requireSteps(session, { after, on })
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
