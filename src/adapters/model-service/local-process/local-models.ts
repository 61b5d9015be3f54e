// Models and batch transforms on this machine: a folder each, a process of their own that serves, SageMaker's contract.
// Serves in no process of its own, and keeps nothing in memory that the folders do not have.
import { join } from "node:path"
import { RegattaError } from "../../../core/errors.ts"
import type { LocalServing, ModelPlan } from "../../../core/job/model-plan.ts"
import type { TransformPlan, TransformState } from "../../../core/job/transform-plan.ts"
import { isOwnCommand } from "../../../core/manifest/stand-ins.ts"
import type { ArtifactUnpacker } from "../../../ports/artifact-unpacker.ts"
import type { ModelService } from "../../../ports/model-service.ts"
import type { ObjectStore } from "../../../ports/object-store.ts"
import type { PreparedRequest } from "../../../ports/request-preview.ts"
import type { Clock } from "../../../ports/world.ts"
import { fileError } from "../../disk/file-error.ts"
import {
  askForStop,
  createOnce,
  type JobPaths,
  jobPaths,
  readJson,
  readSupervisor,
  stopAskedAt,
} from "../../process/job-folder.ts"
import { signalProcess } from "../../process/processes.ts"
import { BackgroundJobs, type JobStart } from "../../serving/background-job.ts"
import { requiredProgram } from "../../serving/server-command.ts"
import { modelFolder, readModel, removeModel, type StoredModel, storeModel } from "../../serving/stored-model.ts"
import type { TransformDescription, TransformEnd } from "./transform/carry-transform.ts"

export interface LocalModelsOptions extends JobStart {
  /** Folder of local state, absolute; models lie in `models/`, transforms in `transforms/` below it. */
  readonly stateFolder: string
  readonly clock: Clock
  readonly unpacker: ArtifactUnpacker
  readonly objects: ObjectStore
}

export class LocalModels implements ModelService {
  readonly #options: LocalModelsOptions
  readonly #transforms: BackgroundJobs

  constructor(options: LocalModelsOptions) {
    this.#options = options
    this.#transforms = new BackgroundJobs("local-transform", options)
  }

  prepareModel(request: ModelPlan): PreparedRequest {
    return { service: "local-process", operation: "CreateModel", request }
  }

  async createModel(model: ModelPlan): Promise<"created" | "exists"> {
    const { local } = model
    if (local === undefined) throw new RegattaError("unsupported", `the model ${model.name} is not one of local`)
    const plan = { ...model, local }
    const there = readModel(this.#options.stateFolder, model.name)
    if (there !== null) return this.#sameModel(there, plan)
    this.#requireProgram(plan)
    if (await storeModel(this.#options.stateFolder, plan, this.#options)) return "created"
    const first = readModel(this.#options.stateFolder, model.name)
    if (first !== null) return this.#sameModel(first, plan)
    throw new RegattaError("conflict", `cannot make the model ${model.name}: its folder holds something else`)
  }

  async deleteModel(_region: string, name: string): Promise<"deleted" | "absent"> {
    return (await removeModel(this.#options.stateFolder, name)) ? "deleted" : "absent"
  }

  async startTransform(transform: TransformPlan): Promise<"created" | "exists"> {
    const { stateFolder, clock } = this.#options
    const { name, model } = transform
    const what = `start the transform ${name}`
    if (readModel(stateFolder, model) === null) {
      throw new RegattaError("notFound", `cannot ${what}: there is no model ${model}`)
    }
    const paths = this.#paths(name)
    const description: TransformDescription = { version: 1, plan: transform, stateFolder }
    try {
      if (await this.#transforms.begin(paths, description, clock.now())) return "created"
    } catch (error) {
      throw fileError("make", paths.folder, error)
    }
    const there = (readJson(paths.description) as TransformDescription | null)?.plan
    // The name is a digest of all other settings.
    for (const key of ["region", "model", "input", "output"] as const) {
      if (there?.[key] === transform[key]) continue
      const found = `one of this name exists with another ${key}, ${there?.[key]}, not ${transform[key]}`
      throw new RegattaError("conflict", `cannot ${what}: ${found}`)
    }
    return "exists"
  }

  async describeTransform(region: string, name: string): Promise<TransformState | null> {
    const paths = this.#paths(name)
    const description = readJson(paths.description) as TransformDescription | null
    if (description === null || description.plan.region !== region) return null
    const seen = await this.#transforms.see(paths, this.#options.clock.now())
    switch (seen.kind) {
      case "ended":
        return stateOf(seen.end as TransformEnd)
      case "live":
        return stopAskedAt(paths) === null
          ? { status: "running", raw: "InProgress", reason: "" }
          : { status: "stopping", raw: "Stopping", reason: "" }
      case "dead":
        return stateOf(this.#endOfDead(paths, name, seen.words))
      default:
        return seen satisfies never
    }
  }

  async stopTransform(region: string, name: string): Promise<void> {
    const state = await this.describeTransform(region, name)
    if (state?.status !== "running") return
    const paths = this.#paths(name)
    askForStop(paths)
    // Whoever takes the seat reads the request next.
    const carrier = readSupervisor(paths)
    if (carrier !== null) signalProcess(carrier, "SIGTERM")
  }

  /** The end of a transform whose process is gone; that which is written first stands. */
  #endOfDead(paths: JobPaths, name: string, words: string): TransformEnd {
    const end: TransformEnd =
      stopAskedAt(paths) === null
        ? {
            status: "failed",
            reason: `the process of the transform ${name} was killed${words === "" ? "" : `: ${words}`}`,
            endedAt: this.#options.clock.now(),
          }
        : { status: "stopped", reason: "stopped on request", endedAt: this.#options.clock.now() }
    createOnce(paths.end, JSON.stringify(end))
    return (readJson(paths.end) as TransformEnd | null) ?? end
  }

  #requireProgram({ name, local }: ModelPlan & { readonly local: LocalServing }): void {
    const { command } = local
    if (command !== null && isOwnCommand(command)) return
    requiredProgram(command?.[0] ?? "python3", name, this.#options.env["PATH"])
  }

  /** Error `conflict`: it differs. */
  #sameModel({ plan: there }: StoredModel, wanted: StoredModel["plan"]): "exists" {
    const pairs = [
      ["artifact", there.artifact, wanted.artifact],
      ["server", JSON.stringify(there.local.command), JSON.stringify(wanted.local.command)],
      ["code", there.local.program?.archive?.etag, wanted.local.program?.archive?.etag],
    ] as const
    const other = pairs.find(([, one, two]) => one !== two)
    if (other === undefined) return "exists"
    const [name, found, asked] = other
    throw new RegattaError(
      "conflict",
      `cannot make the model ${wanted.name}: one of this name exists with another ${name}, ${found}, not ${asked}`,
      { hint: `delete ${modelFolder(this.#options.stateFolder, wanted.name)} to make it anew` },
    )
  }

  #paths(name: string): JobPaths {
    return jobPaths(join(this.#options.stateFolder, "transforms", name))
  }
}

function stateOf({ status, reason }: TransformEnd): TransformState {
  return { status, raw: `${status.charAt(0).toUpperCase()}${status.slice(1)}`, reason }
}
