import type { World, WorldJob } from "../../core/config/world-file.ts"
import type { Span } from "../../core/config/world-kinds.ts"
import { Chance } from "../chance.ts"
import { machinesOf, type TrainingRequest } from "../sagemaker/training-request.ts"
import type { CourseEnd, TrainingCourse } from "../sagemaker/training-world.ts"
import { matchesGlob, seedOf } from "./seed-of.ts"

/** What a job does where no rule says otherwise: seconds, so that a trial run is soon over. */
const DEFAULTS = {
  pending: [1, 2],
  starting: [0.5, 1],
  downloading: [0.5, 1],
  training: [2, 4],
  uploading: [0.2, 0.5],
  stopping: [0.5, 1],
} as const satisfies Readonly<Record<string, Span>>

const ARTIFACT = { "model.json": '{"modelled":true}\n' }

/** By the first rule that holds. Chance depends on seed, region and name alone, so the order of requests changes nothing. */
export function courseOf(
  { jobs = [], seed = 1 }: Pick<World, "jobs" | "seed">,
  region: string,
  request: TrainingRequest,
): TrainingCourse {
  const chance = new Chance(seedOf(seed, region, request.TrainingJobName))
  // Every matching rule draws, so that a rule's own chance does not depend on those before it.
  const rule = jobs.find((each) => matches(each, region, request) && chance.isLess(each.chance ?? 1)) ?? {}
  const draw = ([from, to]: Span) => chance.between(from, to)
  return {
    pendingSeconds: draw(rule.pending ?? DEFAULTS.pending),
    startingSeconds: draw(rule.starting ?? DEFAULTS.starting),
    downloadingSeconds: draw(rule.downloading ?? DEFAULTS.downloading),
    trainingSeconds: draw(rule.training ?? DEFAULTS.training),
    uploadingSeconds: draw(rule.uploading ?? DEFAULTS.uploading),
    stoppingSeconds: draw(rule.stopping ?? DEFAULTS.stopping),
    interruptions: (rule.interruptions ?? []).map(draw),
    internalErrors: (rule.internal_errors ?? []).map(draw),
    end: endOf(rule),
    logLines: rule.log ?? ["epoch 1", "epoch 2", "done"],
    spotSaving: rule.spot_saving ?? 0.7,
    artifact: rule.artifact ?? ARTIFACT,
  }
}

function matches({ match = {} }: WorldJob, region: string, request: TrainingRequest): boolean {
  const { name, type, spot, hyperparameters = {} } = match
  const sent = request.HyperParameters ?? {}
  return (
    matchesGlob(name, request.TrainingJobName) &&
    matchesGlob(match.region, region) &&
    [...machinesOf(request).keys()].some((machine) => matchesGlob(type, machine)) &&
    (spot === undefined || spot === (request.EnableManagedSpotTraining === true)) &&
    Object.entries(hyperparameters).every(([key, glob]) => sent[key] !== undefined && matchesGlob(glob, sent[key]))
  )
}

function endOf({ end = "completed", reason, exit_code = 1 }: WorldJob): CourseEnd {
  switch (end) {
    case "completed":
      return { kind: "completed" }
    case "capacity_error":
      return { kind: "capacityError" }
    case "download_error":
      return { kind: "downloadError", reason: reason ?? "ClientError: Data download failed:Insufficient disk space" }
    case "algorithm_error":
      return { kind: "algorithmError", reason: reason ?? `AlgorithmError: , exit code: ${exit_code}` }
    case "upload_error":
      return { kind: "uploadError", reason: reason ?? "ClientError: Artifact upload failed:Insufficient disk space" }
    default:
      return end satisfies never
  }
}
