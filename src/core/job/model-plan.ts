import { RegattaError } from "../errors.ts"
import type { JobName, Uri } from "../ids.ts"
import type { RunRecord } from "../run/run.ts"
import type { JobSpec, Program } from "./job-spec.ts"

/** A model to be made of a training job's artifact, in the training job's region. */
export interface ModelPlan {
  /** The training job's: the same row gives the same name. */
  readonly name: string
  readonly region: string
  /** ARN. */
  readonly role: string
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly artifact: Uri
  readonly tags: Readonly<Record<string, string>>
  /** On local, where no image runs and no role is asked. Missing: the image serves. */
  readonly local?: LocalServing
}

/** What serves a model on this machine, and where its files lie. */
export interface LocalServing {
  /** What trained, as `xgboost:1.5-1`; "image" of a row that has one. */
  readonly trainedBy: string
  /** Words of the command; null: the functions of the row's script serve. */
  readonly command: readonly [string, ...string[]] | null
  /** null: the row has no script. */
  readonly program: Pick<Program, "entryPoint" | "archive"> | null
  /** As the run's, for the input of transforms. */
  readonly storageMap: Readonly<Record<string, string>>
}

/** What a model is made of. */
export interface ModelSource {
  readonly run: Pick<RunRecord, "run" | "createdBy">
  /** As it was launched: settings of the region, placeholders filled. */
  readonly spec: JobSpec
  readonly job: JobName
  readonly artifact: Uri
  /** The image that serves; null: the one that trained, where it serves too. */
  readonly image: string | null
  /** null: no rule gives it. */
  readonly trainingImage: string | null
}

/** AWS's frameworks whose training image also serves; the others have images of their own for it. */
const SERVING_FRAMEWORKS: readonly string[] = ["xgboost", "scikit-learn"]

/** Errors: `invalid` (no role, no image), `unsupported` (the image that trained does not serve, or the model is no archive). */
export function planModel({ run, spec, job, artifact, image, trainingImage }: ModelSource): ModelPlan {
  const fields = { run: run.run, row: spec.index }
  const what = `cannot make a model of row ${spec.index} of ${run.run}`
  if (spec.role === null) throw new RegattaError("invalid", `${what}: it has no role`, { fields })
  if (!artifact.endsWith(".tar.gz")) {
    throw new RegattaError("unsupported", `${what}: its artifact ${artifact} is no model.tar.gz`, { fields })
  }
  if (image === null && spec.trains.kind === "framework" && spec.trains.image === null) {
    const { name, version } = spec.trains
    if (!SERVING_FRAMEWORKS.includes(name)) {
      throw new RegattaError("unsupported", `${what}: the training image of ${name}:${version} does not serve`, {
        hint: "name the image that serves with --image",
        fields,
      })
    }
  }
  const serves = image ?? trainingImage
  if (serves === null) {
    throw new RegattaError("invalid", `${what}: no rule gives its image`, { hint: "name it with --image", fields })
  }
  return {
    name: job,
    region: spec.region,
    role: spec.role,
    image: serves,
    environment: planScriptEnvironment(spec),
    artifact,
    tags: { ...spec.tags, "regatta:run": run.run, "regatta:row": String(spec.index) },
  }
}

/** Where the container's toolkit finds the script, as the SageMaker SDK tells it. */
export function planScriptEnvironment({ program, region }: JobSpec): Readonly<Record<string, string>> {
  if (program === null) return {}
  return {
    SAGEMAKER_PROGRAM: program.entryPoint,
    SAGEMAKER_SUBMIT_DIRECTORY: program.archive?.uri ?? program.sourceDir ?? "",
    SAGEMAKER_CONTAINER_LOG_LEVEL: "20",
    SAGEMAKER_REGION: region,
  }
}
