import { RegattaError } from "../core/errors.ts"
import type { TransformSettings } from "../core/job/transform-plan.ts"
import type { Options } from "./command.ts"
import type { OpenModels } from "./open-models.ts"
import { countOption } from "./options.ts"

/** No machine of SageMaker's is used on local, so none needs to be named. */
const THIS_MACHINE = "local"

/** `locate`: null where the transform is not on this machine. There an input may be a path too; an `s3://` input stays as it is. */
export function transformSettings(options: Options, locate: OpenModels["locate"]): TransformSettings {
  const asked = requireText(options, "input", "--input s3://my-data/batch/")
  const input = locate === null || asked.startsWith("s3://") ? asked : locate(asked)
  const instanceType =
    options.text("instance-type") ??
    (locate === null ? requireText(options, "instance-type", "--instance-type ml.m5.xlarge") : THIS_MACHINE)
  const choice = <Value extends string>(name: string, values: readonly Value[]): Value | null =>
    values.find((value) => value === options.text(name)) ?? null
  return {
    input,
    dataType: options.flag("input-manifest") ? "ManifestFile" : "S3Prefix",
    contentType: options.text("content-type"),
    split: choice("split", ["None", "Line", "RecordIO", "TFRecord"]),
    strategy: choice("strategy", ["MultiRecord", "SingleRecord"]),
    accept: options.text("accept"),
    assemble: choice("assemble", ["None", "Line"]),
    join: choice("join", ["None", "Input"]),
    inputFilter: options.text("input-filter"),
    outputFilter: options.text("output-filter"),
    instanceType,
    instances: countOption(options, "instances", 1) ?? 1,
    maxPayloadMb: countOption(options, "max-payload", 0),
    maxConcurrent: countOption(options, "max-concurrent", 0),
  }
}

/** Error `usage` where the option was not given. */
export function requireText(options: Options, name: string, example: string): string {
  const text = options.text(name)
  if (text !== null) return text
  throw new RegattaError("usage", `a transform needs --${name}`, { hint: `e.g. ${example}` })
}
