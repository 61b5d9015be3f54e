import { readFileSync } from "node:fs"
import { join } from "node:path"
import { RegattaError } from "../../../../core/errors.ts"

/** What a host's `/opt/ml` and environment say of the training. */
export interface ContainerInput {
  readonly jobName: string
  /** Sorted as texts; the first leads. */
  readonly hosts: readonly string[]
  readonly currentHost: string
  /** As sent: texts. */
  readonly hyperparameters: Readonly<Record<string, string>>
  /** Folder and MIME type (null: none was said) by channel. */
  readonly channels: Readonly<Record<string, { readonly folder: string; readonly contentType: string | null }>>
  readonly modelFolder: string
  readonly outputFolder: string
}

/** Error `usage`: this is no training job's environment. */
export function readContainer(env: Readonly<Record<string, string | undefined>>): ContainerInput {
  const configFolder = needed(env, "SM_INPUT_CONFIG_DIR")
  const inputFolder = needed(env, "SM_INPUT_DIR")
  const channels = readJson(join(configFolder, "inputdataconfig.json")) as Record<string, { ContentType?: string }>
  return {
    jobName: needed(env, "TRAINING_JOB_NAME"),
    hosts: (JSON.parse(needed(env, "SM_HOSTS")) as string[]).toSorted(),
    currentHost: needed(env, "SM_CURRENT_HOST"),
    hyperparameters: readJson(join(configFolder, "hyperparameters.json")) as Record<string, string>,
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, { ContentType }]) => [
        name,
        { folder: join(inputFolder, "data", name), contentType: ContentType ?? null },
      ]),
    ),
    modelFolder: needed(env, "SM_MODEL_DIR"),
    outputFolder: needed(env, "SM_OUTPUT_DIR"),
  }
}

function needed(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name]
  if (value !== undefined) return value
  throw new RegattaError("usage", `${name} is not set: a stand-in is started by a training job`)
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"))
}
