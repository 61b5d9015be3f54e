import { resolve } from "node:path"
import { type LocalChoice, locatedUri, modelOfRow } from "../app/create-model.ts"
import { RegattaError } from "../core/errors.ts"
import { fileUri } from "../core/file-uri.ts"
import type { ModelPlan } from "../core/job/model-plan.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { ModelService } from "../ports/model-service.ts"
import { chooseRow } from "./choose-row.ts"
import { chooseRun } from "./choose-run.ts"
import { type Call, requiredArgument } from "./command.ts"
import { refuseRehearsed } from "./refuse-rehearsed.ts"
import type { RunPorts, Session } from "./session.ts"

/** The models of a run, of which no row is chosen yet. */
export interface RunModels {
  readonly session: Session
  readonly ports: RunPorts
  readonly run: RunRecord
  readonly models: ModelService
  /** The row's model, and the prefix of its own outputs. Errors: as `modelOfRow`. */
  readonly modelOf: (index: number) => ReturnType<typeof modelOfRow>
  /** `s3://` and relative places of this command line as they lie on this machine; null: the run is not here. */
  readonly locate: ((place: string) => string) | null
}

export interface OpenModels extends Pick<RunModels, "ports" | "run" | "models" | "locate"> {
  readonly index: number
  readonly model: ModelPlan
  /** Prefix of the row's own outputs. */
  readonly output: string
}

/** What `model create` and `transform` of one row begin with. Errors: `usage`, `notFound`, `invalid`, `unsupported` (the platform makes no models). */
export async function openModels(call: Call): Promise<OpenModels> {
  const { session, ports, run, models, modelOf, locate } = await openRunModels(call)
  const index = await chooseRow(call, session, ports, run)
  const { model, output } = await modelOf(index)
  return { ports, run, index, model, output, models, locate }
}

/** The same without a row. */
export async function openRunModels(call: Call): Promise<RunModels> {
  const session: Session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  refuseRehearsed(run)
  const all = session.ports()
  if (run.on === "simulated" || all.models === undefined) {
    throw new RegattaError("unsupported", `there are no models and transforms on the platform "${run.on}"`, {
      fields: { run: run.run },
    })
  }
  const [models, preview] = [await all.models(), await all.preview()]
  const { stateFolder } = session.config
  const here = localChoice(session, run)
  const image = call.options.text("image")
  const locate = (place: string) =>
    locatedUri(isUri(place) ? place : pathUri(call.shell.cwd, place), run.storageMap, stateFolder)
  return {
    ...{ session, ports, run, models },
    modelOf: (index) => modelOfRow({ ...ports, preview }, run, index, image, here),
    locate: here === null ? null : locate,
  }
}

/** What the models of a run on this machine need to know beside the run; null: it is elsewhere. */
export function localChoice({ config }: Pick<Session, "config">, run: Pick<RunRecord, "on">): LocalChoice | null {
  return run.on === "local" ? { serving: config.local.serving ?? {}, stateFolder: config.stateFolder } : null
}

function isUri(place: string): boolean {
  return /^[a-z0-9]+:\/\//.test(place)
}

/** A slash at the end is kept: it says that a folder is meant. */
function pathUri(folder: string, path: string): string {
  return fileUri(`${resolve(folder, path)}${path.endsWith("/") ? "/" : ""}`)
}
