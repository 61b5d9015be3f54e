import { join } from "node:path"
import type { EndpointPlan } from "../../../core/endpoint/endpoint-plan.ts"
import type { Instant } from "../../../core/ids.ts"
import { type JobPaths, jobPaths, readJson } from "../../process/job-folder.ts"

/** `job.json` of an endpoint's folder. */
export interface EndpointDescription {
  readonly version: 1
  readonly plan: EndpointPlan
  readonly stateFolder: string
  readonly createdAt: Instant
}

/** `state.json`: written by the process of the endpoint once it serves. */
export interface ServingState {
  readonly port: number
}

/** `end.json`: it serves no more, and why. */
export interface EndpointEnd {
  readonly reason: string
}

export function endpointsFolder(stateFolder: string): string {
  return join(stateFolder, "endpoints")
}

export function endpointPaths(stateFolder: string, name: string): JobPaths {
  return jobPaths(join(endpointsFolder(stateFolder), name))
}

/** null: there is none. */
export function readEndpoint(paths: JobPaths): EndpointDescription | null {
  const description = readJson(paths.description) as EndpointDescription | null
  return description?.version === 1 ? description : null
}

export function readServing(paths: JobPaths): ServingState | null {
  return readJson(paths.state) as ServingState | null
}

/** What the endpoint answers under, as SageMaker's runtime. */
export function invocationPath(name: string): string {
  return `/endpoints/${name}/invocations`
}
