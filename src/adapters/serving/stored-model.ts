// The models of local: a folder each, with the artifact unpacked as its container would find it in /opt/ml.
// Takes a folder for a model only once it is whole; what runs from it is not its to know.
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { RegattaError } from "../../core/errors.ts"
import type { Uri } from "../../core/ids.ts"
import type { LocalServing, ModelPlan } from "../../core/job/model-plan.ts"
import type { ArtifactUnpacker } from "../../ports/artifact-unpacker.ts"
import type { ObjectStore } from "../../ports/object-store.ts"
import { errorName, fileError, isMissing } from "../disk/file-error.ts"
import { readJson } from "../process/job-folder.ts"
import { findServerScript } from "./find-server-script.ts"

/** Unpacked, an artifact of more is refused: a model that large is rare, an archive that expands a thousandfold is a trap. */
const MOST_UNPACKED = { bytes: 64 * 1024 ** 3, files: 1_000_000 }

export interface StoredModel {
  readonly plan: ModelPlan & { readonly local: LocalServing }
  /** What its server knows as `/opt/ml`: `model/` is the artifact, `code/` the row's packed code. */
  readonly ml: string
  /** Of a model that is served by a script: where it lies below `ml`. */
  readonly script: string | null
}

interface ModelFile {
  readonly version: 1
  readonly plan: StoredModel["plan"]
  readonly script: string | null
}

export function modelFolder(stateFolder: string, name: string): string {
  return join(stateFolder, "models", name)
}

/** null: there is no model of this name. */
export function readModel(stateFolder: string, name: string): StoredModel | null {
  const folder = modelFolder(stateFolder, name)
  const file = readJson(join(folder, "model.json")) as ModelFile | null
  return file?.version === 1 ? { plan: file.plan, script: file.script, ml: join(folder, "ml") } : null
}

/**
 * Unpacks artifact and code into the model's folder, which appears whole or not at all. Errors: `invalid` (no archive, or
 * no server: what to set), `notFound` (the artifact is gone), `refused` (larger than the bound). False: it is there already.
 */
export async function storeModel(
  stateFolder: string,
  plan: StoredModel["plan"],
  { unpacker, objects }: { readonly unpacker: ArtifactUnpacker; readonly objects: ObjectStore },
): Promise<boolean> {
  const folder = modelFolder(stateFolder, plan.name)
  const models = join(stateFolder, "models")
  await mkdir(models, { recursive: true })
  // Names of models have no dot: what a killed process leaves is told from them.
  const unnamed = await mkdtemp(join(models, `.new-${plan.name}-`))
  try {
    const ml = join(unnamed, "ml")
    await mkdir(ml)
    await unpack(plan.artifact, plan.region, join(ml, "model"), `the artifact ${plan.artifact}`, { unpacker, objects })
    const archive = plan.local.program?.archive ?? null
    if (archive === null) await mkdir(join(ml, "code"))
    else await unpack(archive.uri, plan.region, join(ml, "code"), `the code ${archive.uri}`, { unpacker, objects })
    const script = plan.local.command === null ? findServerScript(ml, plan) : null
    const file: ModelFile = { version: 1, plan, script }
    await writeFile(join(unnamed, "model.json"), JSON.stringify(file))
    return await nameFolder(unnamed, folder)
  } catch (error) {
    throw fileError("make", folder, error)
  } finally {
    await rm(unnamed, { recursive: true, force: true })
  }
}

/** The folder goes under a name that is no model's first: no reader meets half a model. False: there was none. */
export async function removeModel(stateFolder: string, name: string): Promise<boolean> {
  const folder = modelFolder(stateFolder, name)
  const gone = join(stateFolder, "models", `.gone-${name}`)
  try {
    await rm(gone, { recursive: true, force: true })
    await rename(folder, gone)
    await rm(gone, { recursive: true, force: true })
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw fileError("delete", folder, error)
  }
}

async function unpack(
  uri: Uri,
  region: string,
  folder: string,
  what: string,
  ports: { readonly unpacker: ArtifactUnpacker; readonly objects: ObjectStore },
): Promise<void> {
  const ref = await ports.objects.stat(uri, region)
  if (ref === null) throw new RegattaError("notFound", `${what} is not there`, { fields: { uri } })
  try {
    await ports.unpacker.unpack(ports.objects.stream(ref), folder, MOST_UNPACKED)
  } catch (error) {
    if (!(error instanceof RegattaError) || error.code !== "invalid") throw error
    throw new RegattaError("invalid", `${what}: ${error.message}`, { cause: error, fields: { uri } })
  }
}

async function nameFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const name = errorName(error)
    if (name === "ENOTEMPTY" || name === "EEXIST") return false
    throw error
  }
}
