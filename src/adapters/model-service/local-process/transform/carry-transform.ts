// The process behind one batch transform: takes its seat, serves the model, sends the records and writes the end.
// Refuses to be the second; whatever happens, the server it started is ended.

import { RegattaError } from "../../../../core/errors.ts"
import type { TransformPlan, TransformState } from "../../../../core/job/transform-plan.ts"
import type { Shell } from "../../../../ports/world.ts"
import {
  appendLeader,
  createOnce,
  type JobPaths,
  jobPaths,
  readJson,
  stopAskedAt,
} from "../../../process/job-folder.ts"
import { probeBinding } from "../../../process/opt-ml.ts"
import { killServers } from "../../../serving/background-job.ts"
import { ServedModel } from "../../../serving/served-model.ts"
import { readModel } from "../../../serving/stored-model.ts"
import { inputFiles, locatorOf } from "./input-files.ts"
import { transformFiles } from "./transform-files.ts"

/** `job.json` of a transform's folder. */
export interface TransformDescription {
  readonly version: 1
  readonly plan: TransformPlan
  readonly stateFolder: string
}

/** `end.json` */
export interface TransformEnd {
  readonly status: Extract<TransformState["status"], "completed" | "failed" | "stopped">
  readonly reason: string
  readonly endedAt: number
}

export type TransformHost = Pick<Shell, "clock" | "env" | "process" | "self" | "terminated" | "err">

/** SageMaker's FailureReason is cut here. */
const MOST_REASON = 1024

/** Carries the transform out until its end is written. The exit code: 0, also when another has it already; 1 after a fault. */
export async function carryTransform(folder: string, host: TransformHost): Promise<number> {
  const paths = jobPaths(folder)
  const description = readJson(paths.description) as TransformDescription | null
  if (description?.version !== 1) throw new RegattaError("notFound", `there is no transform in ${folder}`)
  if (!createOnce(paths.supervisor, JSON.stringify({ process: host.process }))) return 0
  let exitCode = 0
  const end = await outcomeOf(paths, description, host).catch((error: unknown): Outcome => {
    exitCode = 1
    host.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return failed(`the process of the transform broke: ${String(error)}`)
  })
  await killServers(paths)
  createOnce(paths.end, JSON.stringify({ ...end, endedAt: host.clock.now() }))
  return exitCode
}

type Outcome = Omit<TransformEnd, "endedAt">

async function outcomeOf(paths: JobPaths, description: TransformDescription, host: TransformHost): Promise<Outcome> {
  const { plan, stateFolder } = description
  // A request that came before the seat was taken has sent no signal.
  if (isStopping(paths, host)) return stopped(paths, host)
  const model = readModel(stateFolder, plan.model)
  if (model === null) return failed(`there is no model ${plan.model}`)
  const locate = locatorOf(model.plan.local.storageMap, stateFolder)
  const output = locate(plan.output)
  if (output === null) return failed(`the output ${plan.output} has no place on this machine`)
  const machine = { self: host.self, env: host.env, binding: await probeBinding(stateFolder) }
  let served: ServedModel | null = null
  try {
    const files = await inputFiles(plan, locate)
    served = await ServedModel.start({
      model,
      machine,
      folder: paths.folder,
      extra: batchVariables(plan),
      onStarted: (identity) => appendLeader(paths, identity),
      clock: host.clock,
      signal: host.terminated,
    })
    if (served === null) return stopped(paths, host)
    const preferred = await served.executionParameters(host.terminated)
    const wrong = await transformFiles(plan, files, output, served, preferred, host.terminated)
    if (wrong.length === 0) return { status: "completed", reason: "" }
    const others = wrong.length === 1 ? "" : ` (and ${wrong.length - 1} more of ${files.length} files)`
    return failed(`${wrong[0]}${others}`)
  } catch (error) {
    if (isStopping(paths, host)) return stopped(paths, host)
    return failed(error instanceof Error ? error.message : String(error))
  } finally {
    await served?.end()
  }
}

/** What a container of a transform finds in its environment on SageMaker. */
function batchVariables({ strategy, maxPayloadMb, maxConcurrent }: TransformPlan): Readonly<Record<string, string>> {
  return {
    SAGEMAKER_BATCH: "true",
    ...(strategy === null
      ? {}
      : { SAGEMAKER_BATCH_STRATEGY: strategy === "SingleRecord" ? "SINGLE_RECORD" : "MULTI_RECORD" }),
    ...(maxPayloadMb === null ? {} : { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(maxPayloadMb) }),
    ...(maxConcurrent === null ? {} : { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(maxConcurrent) }),
  }
}

function isStopping(paths: JobPaths, host: TransformHost): boolean {
  return host.terminated.aborted || stopAskedAt(paths) !== null
}

/** A stop that somebody asked for is theirs; any other signal is the machine's doing. */
function stopped(paths: JobPaths, host: TransformHost): Outcome {
  if (stopAskedAt(paths) !== null) return { status: "stopped", reason: "stopped on request" }
  return failed(`the process of the transform was told to end (${String(host.terminated.reason)})`)
}

function failed(reason: string): Outcome {
  return { status: "failed", reason: reason.slice(0, MOST_REASON) }
}
