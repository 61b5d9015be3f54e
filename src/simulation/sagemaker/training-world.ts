import type { EndpointCourse } from "./endpoint-course.ts"
import type { TrainingRequest } from "./training-request.ts"

/** What the model is told of the account and its regions. */
export interface TrainingWorld {
  readonly account: string
  /** Whether the region offers the type for training. */
  offers(region: string, type: string): boolean
  /** Most instances of the type at once. */
  quota(region: string, type: string, isSpot: boolean): number
  /** Whether the role exists and lets the service assume it. */
  isAssumable(roleArn: string): boolean
  /** Whether an image of ECR can be pulled. */
  hasImage(uri: string): boolean
  /** What a job does when it is created: it must depend on nothing but its arguments. */
  courseOf(region: string, request: TrainingRequest): TrainingCourse
  /** What an endpoint does when it is created; missing: the usual. */
  endpointCourseOf?(region: string, name: string, models: readonly string[]): EndpointCourse
  /** What a model behind an endpoint answers to each record; null and missing: the usual stand-in. */
  predictionOf?(region: string, endpoint: string, model: string): string | null
}

export type CourseEnd =
  | { readonly kind: "completed" }
  | { readonly kind: "capacityError" }
  | { readonly kind: "downloadError"; readonly reason: string }
  | { readonly kind: "algorithmError"; readonly reason: string }
  | { readonly kind: "uploadError"; readonly reason: string }

/** What a job does by itself; durations in seconds. */
export interface TrainingCourse {
  /** Waiting for a training plan's capacity: only jobs with a plan. */
  readonly pendingSeconds: number
  readonly startingSeconds: number
  readonly downloadingSeconds: number
  /** Of the whole training, Spot interruptions not counted. null: it never ends by itself. */
  readonly trainingSeconds: number | null
  readonly uploadingSeconds: number
  /** What the container takes to end after SIGTERM; at 120 it is killed and leaves no artifact. */
  readonly stoppingSeconds: number
  /** After how many seconds of training each Spot interruption comes; ignored for a job on demand. */
  readonly interruptions: readonly number[]
  /** After how many seconds of training the service fails by itself; each uses one attempt of RetryStrategy. */
  readonly internalErrors: readonly number[]
  readonly end: CourseEnd
  /** Written evenly over the training, by the first host. */
  readonly logLines: readonly string[]
  /** Share of a Spot job's seconds that is not billed. */
  readonly spotSaving: number
  /** Files of model.tar.gz. */
  readonly artifact: Readonly<Record<string, string>>
}
