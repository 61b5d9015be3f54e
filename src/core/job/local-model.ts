// How a model is served on local: by a command, by a stand-in of ours, or by the functions of the row's own script.
// It starts nothing; what has no server is refused here, with the setting that gives it one.
import { RegattaError } from "../errors.ts"
import { algorithmCommand } from "../manifest/local-refusals.ts"
import { isStandInCommand, STAND_IN_SERVER } from "../manifest/stand-ins.ts"
import type { LocalSettings, RunRecord } from "../run/run.ts"
import type { JobSpec } from "./job-spec.ts"
import type { LocalServing, ModelPlan, ModelSource } from "./model-plan.ts"
import { planScriptEnvironment } from "./model-plan.ts"

export interface LocalModelSource extends Pick<ModelSource, "spec" | "job" | "artifact" | "image"> {
  readonly run: Pick<RunRecord, "run" | "storageMap" | "local">
  /** `local.serving` of now: it may be set after a run, to serve what the run left. */
  readonly serving: Readonly<Record<string, readonly string[]>>
}

/** Errors: `invalid` (nothing serves it: what to set), `unsupported` (the model is no archive, or an image is to serve). */
export function planLocalModel({ run, spec, job, artifact, image, serving }: LocalModelSource): ModelPlan {
  const fields = { run: run.run, row: spec.index }
  const what = `cannot make a model of row ${spec.index} of ${run.run}`
  if (!artifact.endsWith(".tar.gz")) {
    throw new RegattaError("unsupported", `${what}: its artifact ${artifact} is no model.tar.gz`, { fields })
  }
  if (image !== null) {
    throw new RegattaError("unsupported", `${what}: no image is run on local, so --image has no meaning there`, {
      hint: `set ${servingKey(spec.trains)} in regatta.yaml to the command that serves`,
      fields,
    })
  }
  const local: LocalServing = {
    trainedBy: trainedBy(spec.trains),
    command: serverCommand(spec, run.local?.algorithms ?? {}, serving, what),
    program: spec.program === null ? null : { ...spec.program },
    storageMap: run.storageMap,
  }
  return {
    name: job,
    region: spec.region,
    role: spec.role ?? "",
    image: "",
    environment: planScriptEnvironment(spec),
    artifact,
    tags: { ...spec.tags, "regatta:run": run.run, "regatta:row": String(spec.index) },
    local,
  }
}

/** The server's command; null: the functions of the script serve (whether it has any is seen in the script). */
function serverCommand(
  { trains, program }: JobSpec,
  algorithms: LocalSettings["algorithms"],
  serving: LocalModelSource["serving"],
  what: string,
): readonly [string, ...string[]] | null {
  const [first, ...rest] = serving[trainedBy(trains)] ?? serving[nameOf(trains)] ?? []
  if (first !== undefined) return [first, ...rest]
  if (program?.entryPoint.endsWith(".py") === true) return null
  const trainer = program === null ? algorithmCommand(trains, { algorithms }) : null
  if (trainer !== null && isStandInCommand(trainer)) return [...STAND_IN_SERVER, nameOf(trains)]
  const why =
    program === null
      ? `no program of ours serves what ${nameOf(trains)} trained on local`
      : `its script ${program.entryPoint} is not Python, so it has no model_fn`
  throw new RegattaError("invalid", `${what}: ${why}`, {
    hint: `set ${servingKey(trains)} in regatta.yaml to a command that answers GET /ping and POST /invocations on the port in SAGEMAKER_BIND_TO_PORT`,
  })
}

/** Key of regatta.yaml that names the server. */
export function servingKey(trains: JobSpec["trains"]): string {
  return `local.serving.${nameOf(trains)}`
}

/** Of rows with an image the key is `image`: an image's name says nothing on local. */
function nameOf(trains: JobSpec["trains"]): string {
  return trains.kind === "image" ? "image" : trains.name
}

function trainedBy(trains: JobSpec["trains"]): string {
  if (trains.kind === "image") return "image"
  return trains.version === null ? trains.name : `${trains.name}:${trains.version}`
}
