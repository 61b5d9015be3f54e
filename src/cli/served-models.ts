import { modelOfRow } from "../app/create-model.ts"
import { ONLY_VARIANT } from "../app/plan-step.ts"
import type { ServedModel } from "../core/endpoint/endpoint-plan.ts"
import { RegattaError } from "../core/errors.ts"
import type { ModelPlan } from "../core/job/model-plan.ts"
import type { RunRecord } from "../core/run/run.ts"
import { bestRow } from "./choose-row.ts"
import { chooseRun } from "./choose-run.ts"
import { type Call, requiredArgument } from "./command.ts"
import { localChoice } from "./open-models.ts"
import { parseRowIndex } from "./options.ts"
import { refuseRehearsed } from "./refuse-rehearsed.ts"
import type { RunPorts, Session } from "./session.ts"

const LONGEST_NAME = 63

interface ChosenRow {
  readonly run: RunRecord
  readonly index: number
}

/**
 * The models of the rows that are named: `RUN ROW…` where a row may also be `RUN/ROW` of another run, or the best by --best.
 * Errors: `usage`, `notFound`, `invalid`, `unsupported`.
 */
export async function servedModels(
  call: Call,
  session: Session,
  ports: RunPorts,
): Promise<readonly (ServedModel & { readonly model: ModelPlan })[]> {
  const rows = await chosenRows(call, session, ports)
  const image = call.options.text("image")
  const preview = await session.ports().preview()
  const isOneRun = new Set(rows.map(({ run }) => run.run)).size === 1
  const served = []
  for (const { run, index } of rows) {
    const { model } = await modelOfRow({ ...ports, preview }, run, index, image, localChoice(session, run))
    const name = isOneRun ? `row-${index}` : `${run.run}-row-${index}`
    const variant = rows.length === 1 ? ONLY_VARIANT : name.slice(-LONGEST_NAME).replace(/^-+/, "")
    served.push({ variant, model, run: run.run })
  }
  return served
}

async function chosenRows(call: Call, session: Session, ports: RunPorts): Promise<readonly ChosenRow[]> {
  const run = await found(call, session, ports, requiredArgument(call, 0))
  if ((call.rest.length === 0) === (call.options.text("best") === null))
    throw new RegattaError("usage", "name rows, by their indexes or with --best METRIC")
  if (call.rest.length === 0) return [{ run, index: await bestRow(call, session, ports, run) }]
  const rows: ChosenRow[] = []
  for (const text of call.rest) {
    const [, other, row = text] = /^(.+)\/([^/]*)$/.exec(text) ?? []
    const of = other === undefined ? run : await found(call, session, ports, other)
    rows.push({ run: of, index: parseRowIndex(row) })
  }
  return rows
}

async function found(call: Call, session: Session, ports: RunPorts, selector: string): Promise<RunRecord> {
  const run = await chooseRun(call, session, ports, selector)
  refuseRehearsed(run)
  if (run.on === session.config.on) return run
  throw new RegattaError("usage", `${run.run} is a run on ${run.on}, and the configuration says ${session.config.on}`, {
    hint: "name the run's own regatta.yaml with --config",
    fields: { run: run.run },
  })
}
