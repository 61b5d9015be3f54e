// One training job: its phases, the limits and stops that cut them short, and what it leaves behind. Time is handed in.
// It knows no other job, no quota and no wire.
import type { Instant } from "../../core/ids.ts"
import { JobHistory } from "./job-history.ts"
import { CAPACITY_ERROR, CAPACITY_RETRYING, INTERNAL_ERROR, type SecondaryStatus } from "./statuses.ts"
import type { TrainingOutcome } from "./training-effect.ts"
import type { RequestedTag, TrainingRequest } from "./training-request.ts"
import type { TrainingCourse } from "./training-world.ts"

/** A container has this long between SIGTERM and SIGKILL. */
const GRACE_SECONDS = 120

/** What ends before any container ran takes no grace. */
const EARLY_STOP_SECONDS = 1

type Phase = "pending" | "starting" | "downloading" | "training" | "interrupted" | "stopping" | "uploading" | "ended"

/** How the job will end once it is off its machines. */
interface Ending {
  readonly status: "Completed" | "Failed" | "Stopped"
  readonly secondary: SecondaryStatus
  readonly reason: string | null
}

/** What a job tells the model when it moves. */
export interface JobEvents {
  train(job: ModelledJob): void
  stopTraining(job: ModelledJob): void
  killTraining(job: ModelledJob): void
  /** The artifacts are to be stored; a text: why that fails. */
  upload(job: ModelledJob, uploads: TrainingOutcome["uploads"] | "own", at: Instant): string | null
}

const COMPLETED: Ending = { status: "Completed", secondary: "Completed", reason: null }
const STOPPED: Ending = { status: "Stopped", secondary: "Stopped", reason: null }
const MAX_RUNTIME: Ending = { status: "Stopped", secondary: "MaxRuntimeExceeded", reason: null }
const MAX_WAIT: Ending = { status: "Stopped", secondary: "MaxWaitTimeExceeded", reason: null }

export class ModelledJob {
  readonly region: string
  readonly request: TrainingRequest
  readonly arn: string
  readonly createdAt: Instant
  readonly course: TrainingCourse
  readonly history: JobHistory
  tags: readonly RequestedTag[]
  /** 0 before the first; each is one time on machines. */
  pass = 0
  failureReason: string | null = null
  artifact: string | null = null
  /** When the present pass began to train; null: it does not train. */
  trainingSince: Instant | null = null

  readonly #isOutside: boolean
  readonly #events: JobEvents
  #phase: Phase = "starting"
  #phaseEnds: Instant | null = null
  #ending: Ending = COMPLETED
  #uploads: TrainingOutcome["uploads"] | "own" | null = null
  /** Training seconds left; what a checkpoint keeps is not done again. */
  #left: number
  #interruptions: readonly number[]
  #internalErrors: readonly number[]
  #retriesLeft: number

  constructor(
    given: Pick<ModelledJob, "region" | "request" | "arn" | "createdAt" | "course" | "tags">,
    isOutside: boolean,
    events: JobEvents,
  ) {
    this.region = given.region
    this.request = given.request
    this.arn = given.arn
    this.createdAt = given.createdAt
    this.course = given.course
    this.tags = given.tags
    this.history = new JobHistory(given.createdAt)
    this.#isOutside = isOutside
    this.#events = events
    this.#left = isOutside ? Number.POSITIVE_INFINITY : (given.course.trainingSeconds ?? Number.POSITIVE_INFINITY)
    this.#interruptions = this.isSpot ? given.course.interruptions : []
    this.#internalErrors = given.course.internalErrors
    this.#retriesLeft = given.request.RetryStrategy?.MaximumRetryAttempts ?? 0
    if (given.request.ResourceConfig.TrainingPlanArn === undefined) this.#start(given.createdAt)
    else this.#enter("pending", "Pending", given.createdAt, given.course.pendingSeconds)
  }

  get name(): string {
    return this.request.TrainingJobName
  }

  get isSpot(): boolean {
    return this.request.EnableManagedSpotTraining === true
  }

  get isLive(): boolean {
    return this.#phase !== "ended"
  }

  /** When something happens next by itself; null: only the outside can move it. */
  get due(): Instant | null {
    const times = [this.#phaseEnds, this.#runtimeEnds(), this.#waitEnds(), this.#pendingEnds()]
    const known = times.filter((each) => each !== null)
    return known.length === 0 ? null : Math.min(...known)
  }

  /** Does what is due at `at`, which must be its `due`. */
  step(at: Instant): void {
    if (this.#phaseEnds !== null && this.#phaseEnds <= at) this.#leave(at)
    else if (isPast(this.#pendingEnds(), at)) this.#cut(STOPPED, at)
    else if (isPast(this.#runtimeEnds(), at)) this.#cut(MAX_RUNTIME, at)
    else if (isPast(this.#waitEnds(), at)) this.#cut(MAX_WAIT, at)
  }

  /** StopTrainingJob on a live job; once it is stopping, nothing more happens. */
  stop(at: Instant): void {
    if (this.history.status !== "Stopping") this.#cut(STOPPED, at)
  }

  /** The outside reports; what belongs to another pass or comes too late is dropped. */
  trained(outcome: TrainingOutcome, at: Instant): boolean {
    const isExpected = outcome.pass === this.pass && (this.#phase === "training" || this.#phase === "stopping")
    if (!isExpected || !this.#isOutside || this.trainingSince === null) return false
    if (this.#phase === "training") this.#ending = endingOf(outcome)
    this.#upload(outcome.uploads, at, outcome.uploadingSeconds ?? this.course.uploadingSeconds)
    return true
  }

  /** 0 to 1: how much of the present pass's own training is done; for the log. */
  progress(now: Instant): number {
    if (this.trainingSince === null || !Number.isFinite(this.#left) || this.#left <= 0) return 1
    return Math.min(1, (now - this.trainingSince) / 1000 / this.#left)
  }

  #leave(at: Instant): void {
    switch (this.#phase) {
      case "pending":
      case "interrupted":
        this.#start(at)
        return
      case "starting":
        this.#leaveStarting(at)
        return
      case "downloading":
        if (this.course.end.kind === "downloadError" && !this.#isOutside) this.#fail(this.course.end.reason, at)
        else this.#train(at)
        return
      case "training":
        this.#leaveTraining(at)
        return
      case "stopping":
        this.#leaveStopping(at)
        return
      case "uploading":
        this.#finish(at)
        return
      case "ended":
        return
      default:
        this.#phase satisfies never
    }
  }

  #start(at: Instant): void {
    const message = this.course.end.kind === "capacityError" ? CAPACITY_RETRYING : undefined
    this.#enter("starting", "Starting", at, this.course.startingSeconds, message)
  }

  #leaveStarting(at: Instant): void {
    if (this.course.end.kind === "capacityError") {
      this.#fail(CAPACITY_ERROR, at)
      return
    }
    this.pass += 1
    this.history.beginRun(at)
    this.#enter("downloading", "Downloading", at, this.course.downloadingSeconds)
  }

  #train(at: Instant): void {
    this.trainingSince = at
    const cuts = [this.#left, this.#interruptions[0], this.#internalErrors[0]].filter((each) => each !== undefined)
    const first = Math.min(...cuts)
    this.#enter("training", "Training", at, Number.isFinite(first) ? first : null)
    if (this.#isOutside) this.#events.train(this)
  }

  #leaveTraining(at: Instant): void {
    const done = (at - (this.trainingSince ?? at)) / 1000
    const [interruption = Number.POSITIVE_INFINITY, ...interruptionsAfter] = this.#interruptions
    const [internalError = Number.POSITIVE_INFINITY, ...internalErrorsAfter] = this.#internalErrors
    if (Math.min(interruption, internalError) < this.#left) {
      if (this.#isOutside) this.#events.killTraining(this)
      if (interruption <= internalError) {
        this.#interruptions = interruptionsAfter
        this.#interrupt(done, at)
      } else {
        this.#internalErrors = internalErrorsAfter
        this.#failInside(done, at)
      }
      return
    }
    const end = this.course.end
    if (end.kind === "algorithmError") this.#ending = failed(end.reason)
    this.#upload("own", at, this.course.uploadingSeconds)
  }

  #interrupt(done: number, at: Instant): void {
    this.#loseMachines(done, at)
    this.#enter("interrupted", "Interrupted", at, EARLY_STOP_SECONDS)
  }

  /** The retry strategy answers errors of the service, and those only. */
  #failInside(done: number, at: Instant): void {
    if (this.#retriesLeft === 0) {
      this.#fail(INTERNAL_ERROR, at)
      return
    }
    this.#retriesLeft -= 1
    this.#loseMachines(done, at)
    this.#start(at)
  }

  #loseMachines(done: number, at: Instant): void {
    this.history.endRun(at)
    this.trainingSince = null
    if (this.request.CheckpointConfig !== undefined) this.#left = Math.max(0, this.#left - done)
  }

  /** A stop or a limit: whoever trains gets SIGTERM and its grace, everything before that just ends. */
  #cut(ending: Ending, at: Instant): void {
    this.#ending = ending
    this.history.setStatus("Stopping", at)
    if (this.#phase === "uploading") {
      this.history.enter("Stopping", at)
      return
    }
    const isTraining = this.#phase === "training"
    const seconds = this.#isOutside ? GRACE_SECONDS : Math.min(this.course.stoppingSeconds, GRACE_SECONDS)
    this.#enter("stopping", "Stopping", at, isTraining ? seconds : EARLY_STOP_SECONDS)
    if (isTraining && this.#isOutside) this.#events.stopTraining(this)
  }

  /** Whoever is killed leaves no artifact. */
  #leaveStopping(at: Instant): void {
    if (this.trainingSince === null) {
      this.#end(at)
      return
    }
    const isKilled = this.#isOutside || this.course.stoppingSeconds >= GRACE_SECONDS
    if (this.#isOutside) this.#events.killTraining(this)
    if (isKilled) this.#end(at)
    else this.#upload("own", at, this.course.uploadingSeconds)
  }

  #upload(uploads: TrainingOutcome["uploads"] | "own", at: Instant, seconds: number): void {
    this.trainingSince = null
    this.#uploads = uploads
    this.#enter("uploading", "Uploading", at, seconds)
  }

  #finish(at: Instant): void {
    const { end } = this.course
    const isOwn = this.#uploads === "own"
    // A container that failed by itself leaves no model.
    const uploads = isOwn && this.#ending.status === "Failed" ? [] : (this.#uploads ?? [])
    const wrong = isOwn && end.kind === "uploadError" ? end.reason : this.#events.upload(this, uploads, at)
    if (wrong !== null && this.#ending.status !== "Failed") this.#ending = failed(wrong)
    this.#end(at)
  }

  #fail(reason: string, at: Instant): void {
    this.#ending = failed(reason)
    this.#end(at)
  }

  #end(at: Instant): void {
    this.history.endRun(at)
    this.trainingSince = null
    this.#phase = "ended"
    this.#phaseEnds = null
    this.failureReason = this.#ending.reason
    this.history.enter(this.#ending.secondary, at)
    this.history.end(this.#ending.status, at)
  }

  #enter(phase: Phase, secondary: SecondaryStatus, at: Instant, seconds: number | null, message?: string): void {
    this.#phase = phase
    this.#phaseEnds = seconds === null ? null : at + Math.round(seconds * 1000)
    this.history.enter(secondary, at, message)
  }

  /** Both limits hold over all passes together; uploading is not part of the runtime. */
  #runtimeEnds(): Instant | null {
    if (this.#phase !== "downloading" && this.#phase !== "training") return null
    const most = this.request.StoppingCondition.MaxRuntimeInSeconds ?? 86_400
    return this.history.runtimeReaches(most)
  }

  #waitEnds(): Instant | null {
    const most = this.request.StoppingCondition.MaxWaitTimeInSeconds
    if (most === undefined || ["stopping", "uploading", "ended"].includes(this.#phase)) return null
    return this.createdAt + most * 1000
  }

  #pendingEnds(): Instant | null {
    const most = this.request.StoppingCondition.MaxPendingTimeInSeconds
    return most === undefined || this.#phase !== "pending" ? null : this.createdAt + most * 1000
  }
}

function endingOf({ exitCode, failure }: TrainingOutcome): Ending {
  if (failure !== null) return failed(failure)
  return exitCode === 0 ? COMPLETED : failed(`AlgorithmError: , exit code: ${exitCode}`)
}

/** FailureReason has at most 1024 characters. */
function failed(reason: string): Ending {
  return { status: "Failed", secondary: "Failed", reason: reason.slice(0, 1024) }
}

function isPast(time: Instant | null, at: Instant): boolean {
  return time !== null && time <= at
}
