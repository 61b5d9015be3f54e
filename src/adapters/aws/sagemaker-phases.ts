import type { SecondaryStatus, TrainingJobStatus } from "@aws-sdk/client-sagemaker"
import type { TrainingJob } from "../../core/job/training-job.ts"

/** Whether a status of the service is an end. `Deleting` deletes a job that ended before. */
export const IS_END: Readonly<Record<TrainingJobStatus, boolean>> = {
  InProgress: false,
  Stopping: false,
  Deleting: false,
  Completed: true,
  Failed: true,
  Stopped: true,
}

/** The product's word for each secondary status of a job that has not ended. */
export const PHASES: Readonly<Record<SecondaryStatus, TrainingJob["phase"]>> = {
  Pending: "starting",
  Starting: "starting",
  LaunchingMLInstances: "starting",
  PreparingTrainingStack: "starting",
  // Spot took the machines away, or the service begins anew: it waits for machines as at its start.
  Interrupted: "starting",
  Restarting: "starting",
  DownloadingTrainingImage: "downloading",
  Downloading: "downloading",
  Training: "training",
  // Its warm pool, profiler or debugger is changed while it trains.
  Updating: "training",
  Uploading: "uploading",
  Stopping: "stopping",
  // The limit has passed and the job is being stopped for it.
  MaxRuntimeExceeded: "stopping",
  MaxWaitTimeExceeded: "stopping",
  Completed: "unknown",
  Failed: "unknown",
  Stopped: "unknown",
}

/** `unknown` for words that this version does not have; the caller keeps them in `raw`. */
export function phaseOf(status: string | undefined, secondary: string | undefined): TrainingJob["phase"] {
  if (status === "Stopping") return "stopping"
  return Object.hasOwn(PHASES, secondary ?? "") ? PHASES[secondary as SecondaryStatus] : "unknown"
}

export function isEnd(status: string | undefined): boolean {
  return Object.hasOwn(IS_END, status ?? "") && IS_END[status as TrainingJobStatus]
}
