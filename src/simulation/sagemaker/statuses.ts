/** Values of the service's TrainingJobStatus that the model gives. `Deleting` never: DeleteTrainingJob is refused. */
export type JobStatus = "InProgress" | "Completed" | "Failed" | "Stopping" | "Stopped"

/** Values of its SecondaryStatus that the model gives, each with the message of its transition. */
export const SECONDARY_MESSAGES = {
  Pending: "Waiting for the capacity of the training plan",
  Starting: "Starting the training job",
  Downloading: "Downloading input data",
  Training: "Training image download completed. Training in progress.",
  Interrupted: "The managed spot training instances were interrupted",
  Uploading: "Uploading generated training model",
  Stopping: "Stopping the training job",
  Completed: "Training job completed",
  Failed: "Training job failed",
  Stopped: "Training job stopped",
  MaxRuntimeExceeded: "Training job runtime exceeded MaxRuntimeInSeconds provided",
  MaxWaitTimeExceeded: "Training job wait time exceeded MaxWaitTimeInSeconds provided",
} as const

export type SecondaryStatus = keyof typeof SECONDARY_MESSAGES

/** Values that the service's lists have and the model never gives: the first three are no longer given by the service. */
export const NEVER_EMITTED: readonly string[] = [
  "LaunchingMLInstances",
  "PreparingTrainingStack",
  "DownloadingTrainingImage",
  // Nothing public says when these two are seen: one has no text, the other belongs to UpdateTrainingJob, which is refused.
  "Restarting",
  "Updating",
  "Deleting",
]

export const CAPACITY_RETRYING = "Insufficient capacity error from EC2 while launching instances, retrying!"

export const CAPACITY_ERROR =
  "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."

export const INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."
