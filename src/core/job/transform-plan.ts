import { RegattaError } from "../errors.ts"
import type { ModelPlan } from "./model-plan.ts"
import { refuseOnLocal } from "./transform-on-local.ts"

/** What a person chooses of a batch transform; null: the service's default. */
export interface TransformSettings {
  readonly input: string
  readonly dataType: "S3Prefix" | "ManifestFile"
  readonly contentType: string | null
  readonly split: "None" | "Line" | "RecordIO" | "TFRecord" | null
  readonly strategy: "MultiRecord" | "SingleRecord" | null
  readonly accept: string | null
  readonly assemble: "None" | "Line" | null
  /** Whether each record of the input stands beside its prediction. */
  readonly join: "None" | "Input" | null
  /** JSONPath, as are the next two. */
  readonly inputFilter: string | null
  readonly outputFilter: string | null
  readonly instanceType: string
  readonly instances: number
  readonly maxPayloadMb: number | null
  readonly maxConcurrent: number | null
}

/** A batch transform in the region of its model. */
export interface TransformPlan extends TransformSettings {
  readonly name: string
  readonly region: string
  readonly model: string
  readonly output: string
  readonly tags: Readonly<Record<string, string>>
}

/** A batch transform as its service tells it. */
export interface TransformState {
  readonly status: "running" | "stopping" | "completed" | "failed" | "stopped" | "unknown"
  /** The service's own word. */
  readonly raw: string
  /** Why it failed; empty otherwise. */
  readonly reason: string
}

/** Longest name of a transform job (CreateTransformJob). */
const LONGEST_NAME = 63
const HASH_DIGITS = 10

/**
 * Named after the model and what is asked of it: the same request is the same transform. `output` null: below the row's own
 * output. `hash`: hexadecimal digest of a text. Errors: `invalid`: what the service would refuse (CreateTransformJob's limits); `unsupported`: what
 * local does not do.
 */
export function planTransform(
  model: Pick<ModelPlan, "name" | "region" | "tags" | "local">,
  settings: TransformSettings,
  output: { readonly given: string | null; readonly root: string },
  hash: (text: string) => string,
): TransformPlan {
  const problem = problemOf(settings, model.local === undefined ? "s3" : "local")
  if (problem !== null) throw new RegattaError("invalid", `cannot transform with ${model.name}: ${problem}`)
  if (model.local !== undefined) refuseOnLocal(model.name, settings)
  const digest = hash(JSON.stringify([settings, output.given])).slice(0, HASH_DIGITS)
  const name = `${model.name.slice(0, LONGEST_NAME - HASH_DIGITS - 2).replace(/-+$/, "")}-t${digest}`
  return {
    ...settings,
    name,
    region: model.region,
    model: model.name,
    output: output.given ?? `${output.root.replace(/\/+$/, "")}/${model.name}/transform/${digest}`,
    tags: model.tags,
  }
}

const LONGEST_FILTER = 63

function problemOf(settings: TransformSettings, where: "s3" | "local"): string | null {
  const { input, inputFilter, outputFilter, instances, maxPayloadMb, maxConcurrent } = settings
  const isFile = where === "local" && input.startsWith("file:///")
  if (!isFile && !/^s3:\/\/[^/]+\/?./.test(input)) return `the input is an s3:// location, got "${input}"`
  for (const filter of [inputFilter, outputFilter]) {
    if (filter !== null && filter.length > LONGEST_FILTER) return `a filter has at most ${LONGEST_FILTER} characters`
  }
  if (instances < 1) return "it takes at least one instance"
  // The service multiplies the two, and holds at most 100 MB at once (CreateTransformJob, MaxPayloadInMB).
  if (maxPayloadMb !== null && maxConcurrent !== null && maxPayloadMb * maxConcurrent > 100) {
    return `max payload (${maxPayloadMb} MB) times max concurrent (${maxConcurrent}) is more than 100 MB`
  }
  return null
}
