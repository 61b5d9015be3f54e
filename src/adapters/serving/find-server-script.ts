import { readFileSync } from "node:fs"
import { join } from "node:path"
import { RegattaError } from "../../core/errors.ts"
import type { LocalServing, ModelPlan } from "../../core/job/model-plan.ts"
import { isMissing } from "../disk/file-error.ts"

/** A module that has the function, whether it defines, imports or assigns it. */
const HAS_SERVING_FUNCTION =
  /^(?:def\s+(?:model_fn|transform_fn)\b|(?:model_fn|transform_fn)\s*=|from\s+\S+\s+import\s.*\b(?:model_fn|transform_fn)\b)/m

/**
 * The script whose functions serve, below the model's folder: the row's entry point, else an `inference.py` that its code or
 * its artifact brings. Error `invalid`: none of them has a model_fn, with what to set.
 */
export function findServerScript(ml: string, { name, local }: ModelPlan & { readonly local: LocalServing }): string {
  const entryPoint = local.program?.entryPoint ?? null
  const candidates = [
    ...(entryPoint === null ? [] : [join("code", entryPoint)]),
    join("code", "inference.py"),
    join("model", "code", "inference.py"),
  ]
  const found = candidates.find((path) => HAS_SERVING_FUNCTION.test(read(join(ml, path))))
  if (found !== undefined) return found
  throw new RegattaError(
    "invalid",
    `cannot make the model ${name}: ${entryPoint} has no model_fn, so nothing serves it`,
    {
      hint: `write model_fn(model_dir) and, where the defaults do not fit, input_fn, predict_fn and output_fn in it or in an inference.py beside it; or set local.serving.${local.trainedBy.split(":")[0]} in regatta.yaml to a command that serves`,
    },
  )
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (isMissing(error)) return ""
    throw error
  }
}
