// Endpoints on this machine: a folder each, and a process that serves and outlives whoever made it.
// Deletes no model, and calls an endpoint gone only once no process of it is left.
import { readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { ENDPOINT_TAG, type EndpointPlan } from "../../../core/endpoint/endpoint-plan.ts"
import type { EndpointState, EndpointStatus } from "../../../core/endpoint/endpoint-state.ts"
import type { Invocation, Prediction } from "../../../core/endpoint/invocation.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { EndpointService } from "../../../ports/endpoint-service.ts"
import type { PreparedRequest } from "../../../ports/request-preview.ts"
import type { Clock } from "../../../ports/world.ts"
import { fileError, isMissing } from "../../disk/file-error.ts"
import { isAlive } from "../../process/identity.ts"
import { askForStop, createOnce, type JobPaths, readSupervisor, stopAskedAt } from "../../process/job-folder.ts"
import { signalProcess } from "../../process/processes.ts"
import { BackgroundJobs, type JobStart, killServers } from "../../serving/background-job.ts"
import { type Answer, exchange } from "../../serving/http-exchange.ts"
import { INVOCATION_MS } from "../../serving/served-model.ts"
import { readModel } from "../../serving/stored-model.ts"
import {
  type EndpointEnd,
  endpointPaths,
  endpointsFolder,
  invocationPath,
  readEndpoint,
  readServing,
} from "./endpoint-folder.ts"
import { INVOKED_HEADER, TARGET_HEADER } from "./endpoint-front.ts"

export interface LocalEndpointsOptions extends JobStart {
  /** Folder of local state, absolute; endpoints lie in `endpoints/` below it, their models in `models/`. */
  readonly stateFolder: string
  readonly clock: Clock
}

/** SageMaker's words for a status. */
const RAW: Readonly<Record<EndpointStatus, string>> = {
  creating: "Creating",
  inService: "InService",
  updating: "Updating",
  outOfService: "OutOfService",
  deleting: "Deleting",
  failed: "Failed",
  unknown: "Unknown",
}

export class LocalEndpoints implements EndpointService {
  readonly #options: LocalEndpointsOptions
  readonly #jobs: BackgroundJobs

  constructor(options: LocalEndpointsOptions) {
    this.#options = options
    this.#jobs = new BackgroundJobs("local-endpoint", options)
  }

  prepare(request: EndpointPlan): readonly PreparedRequest[] {
    return [{ service: "local-process", operation: "CreateEndpoint", request }]
  }

  async create(endpoint: EndpointPlan): Promise<"created" | "exists"> {
    const { stateFolder, clock } = this.#options
    const { name, variants } = endpoint
    const what = `make the endpoint ${name}`
    const missing = variants.find(({ model }) => readModel(stateFolder, model) === null)
    if (missing !== undefined) {
      throw new RegattaError("invalid", `cannot ${what}: could not find the model ${missing.model}`)
    }
    const paths = endpointPaths(stateFolder, name)
    try {
      if (await this.#jobs.begin(paths, { version: 1, plan: endpoint, stateFolder }, clock.now())) return "created"
    } catch (error) {
      throw fileError("make", paths.folder, error)
    }
    const there = readEndpoint(paths)?.plan
    const isSame =
      JSON.stringify(there?.variants) === JSON.stringify(variants) &&
      there?.region === endpoint.region &&
      there?.tags[ENDPOINT_TAG] === endpoint.tags[ENDPOINT_TAG]
    if (isSame) return "exists"
    throw new RegattaError("conflict", `cannot ${what}: one of this name exists with other variants`)
  }

  async describe(region: string, name: string): Promise<EndpointState | null> {
    const paths = endpointPaths(this.#options.stateFolder, name)
    const description = readEndpoint(paths)
    if (description === null || description.plan.region !== region) return null
    const seen = await this.#see(paths)
    if (seen === null) return null
    const { status, reason } = seen
    const { plan, createdAt } = description
    return {
      name,
      region,
      status,
      raw: RAW[status],
      reason,
      createdAt,
      variants: plan.variants.map(({ startupSeconds: _, ...variant }) => variant),
      tags: plan.tags,
    }
  }

  async *list(region: string, prefix: string): AsyncGenerator<EndpointState> {
    const states: EndpointState[] = []
    for (const name of namesIn(endpointsFolder(this.#options.stateFolder))) {
      const state = name.startsWith(prefix) ? await this.describe(region, name) : null
      if (state !== null) states.push(state)
    }
    yield* states.toSorted((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0))
  }

  async delete(region: string, name: string): Promise<"deleting" | "busy" | "gone"> {
    const paths = endpointPaths(this.#options.stateFolder, name)
    const description = readEndpoint(paths)
    if (description === null || description.plan.region !== region) return "gone"
    try {
      askForStop(paths)
      // Where nobody has the seat yet it is taken, so that nobody begins any more.
      if (!createOnce(paths.supervisor, JSON.stringify({ process: this.#options.process }))) {
        const carrier = readSupervisor(paths)
        if (carrier !== null && carrier !== this.#options.process && isAlive(carrier) !== false) {
          signalProcess(carrier, "SIGTERM")
          return "deleting"
        }
      }
      return (await remove(paths)) ? "gone" : "deleting"
    } catch (error) {
      throw fileError("delete", paths.folder, error)
    }
  }

  async invoke(
    { region, name }: { readonly region: string; readonly name: string },
    { variant, contentType, accept, body }: Invocation,
  ): Promise<Prediction> {
    const state = await this.describe(region, name)
    const serving = readServing(endpointPaths(this.#options.stateFolder, name))
    if (state?.status !== "inService" || serving === null) {
      const is = state === null ? "there is none of this name" : `it is ${state.raw}`
      throw new RegattaError("notFound", `cannot ask the endpoint ${name} in ${region}: ${is}`, { fields: { region } })
    }
    if (variant !== null && !state.variants.some((each) => each.name === variant)) {
      throw new RegattaError("notFound", `the endpoint ${name} has no variant ${variant}`, { fields: { region } })
    }
    const headers = {
      "content-type": contentType,
      ...(accept === null ? {} : { accept }),
      ...(variant === null ? {} : { [TARGET_HEADER]: variant }),
    }
    const path = invocationPath(name)
    const answer = await exchange({
      method: "POST",
      port: serving.port,
      path,
      headers,
      body,
      timeoutMs: INVOCATION_MS,
    }).catch((cause: unknown) => {
      const said = cause instanceof Error ? cause.message : String(cause)
      throw new RegattaError("unavailable", `the endpoint ${name} gave no answer: ${said}`, { cause })
    })
    return predictionOf(name, answer)
  }

  /** null: it was being deleted, and whoever looks finishes that. */
  async #see(paths: JobPaths): Promise<{ readonly status: EndpointStatus; readonly reason: string } | null> {
    const seen = await this.#jobs.see(paths, this.#options.clock.now())
    const isStopping = stopAskedAt(paths) !== null
    if (seen.kind === "live") {
      if (isStopping) return { status: "deleting", reason: "" }
      return { status: readServing(paths) === null ? "creating" : "inService", reason: "" }
    }
    if (isStopping) return (await remove(paths)) ? null : { status: "deleting", reason: "" }
    if (seen.kind === "ended") return { status: "failed", reason: (seen.end as EndpointEnd).reason }
    const reason = `its process was killed${seen.words === "" ? "" : `: ${seen.words}`}`
    createOnce(paths.end, JSON.stringify({ reason } satisfies EndpointEnd))
    return { status: "failed", reason }
  }
}

/** As SageMaker's runtime: what the container refuses is told in its words. */
function predictionOf(name: string, { status, contentType, headers, body }: Answer): Prediction {
  const invoked = headers[INVOKED_HEADER]
  const variant = typeof invoked === "string" ? invoked : null
  if (status >= 200 && status <= 299) return { variant, contentType, body }
  const said = body.toString("utf8").trim().slice(0, 600)
  const words = `the endpoint ${name}${variant === null ? "" : ` (${variant})`} answered ${status}${said && `: ${said}`}`
  throw new RegattaError(status < 500 ? "invalid" : "unavailable", words)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."))
  } catch (error) {
    if (isMissing(error)) return []
    throw fileError("list", folder, error)
  }
}

/** False: a process of it is not to be killed, and its record stays. */
async function remove(paths: JobPaths): Promise<boolean> {
  if (!(await killServers(paths))) return false
  removeFolder(paths)
  return true
}

/** Under a name that is no endpoint's first: no reader meets half a folder. Another may be quicker. */
function removeFolder({ folder }: JobPaths): void {
  const gone = join(folder, "..", `.gone-${folder.slice(folder.lastIndexOf("/") + 1)}`)
  rmSync(gone, { recursive: true, force: true })
  try {
    renameSync(folder, gone)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  rmSync(gone, { recursive: true, force: true })
}
