// SageMaker training jobs in all regions of one account: what is created, seen, stopped and listed, and how jobs go on.
// It reads no clock and trains nothing: courses are handed in, or a driver trains and reports. It refuses to delete jobs.
import type { Instant } from "../../core/ids.ts"
import { partitionOf } from "../../core/manifest/regions.ts"
import { DueQueue } from "../due-queue.ts"
import { answered, checkShape, instantOf, Refusal, unknownOperation } from "../service-answers.ts"
import type { LivingModel, ModelledLogs, ModelledObjects, ServiceAnswer, ServiceRequest } from "../service-model.ts"
import { ChangeLog } from "./change-log.ts"
import { checkOutside } from "./check-outside.ts"
import { checkRequest } from "./check-request.ts"
import { ADD_TAGS_SHAPE, LIST_TAGS_SHAPE, NAMED_SHAPE } from "./create-shape.ts"
import { describeJob } from "./describe-job.ts"
import { Endpoints } from "./endpoints.ts"
import { storeArtifacts } from "./job-artifact.ts"
import { JobLog } from "./job-log.ts"
import { listJobs } from "./list-jobs.ts"
import { type JobEvents, ModelledJob } from "./modelled-job.ts"
import { ModelsAndTransforms } from "./models-and-transforms.ts"
import { checkQuota, InstanceCounts } from "./quota-check.ts"
import type { TrainingEffect, TrainingOutcome } from "./training-effect.ts"
import { machinesOf, type RequestedTag, type TrainingRequest } from "./training-request.ts"
import type { TrainingCourse, TrainingWorld } from "./training-world.ts"

export interface SageMakerOptions {
  readonly world: TrainingWorld
  readonly objects: ModelledObjects
  readonly logs: ModelledLogs
  /** "course": jobs do what the world says. "outside": a driver trains them by the effects and reports by `trained`. */
  readonly trains?: "course" | "outside"
  /** When ListTrainingJobs applies its filters other than StatusEquals: nobody outside knows. */
  readonly listFilters?: "before-cut" | "after-cut"
  readonly others?: OtherUsers
  /** Told after each change of a job, at its moment. */
  readonly onChange?: (job: ModelledJob, at: Instant) => void
}

/** What other people do with the account and the region's machines: it is in no list of jobs, and the service's count has it. */
export interface OtherUsers {
  /** Instances that they use. */
  used(region: string, type: string, isSpot: boolean, now: Instant): number
  /** Whether the region has machines of the type at all for a job that is created now. */
  hasCapacity(region: string, type: string, isSpot: boolean, now: Instant): boolean
}

interface Known {
  readonly job: ModelledJob
  readonly log: JobLog
}

const MOST_TAGS = 50

type Output = Readonly<Record<string, unknown>>

export class SageMakerModel implements LivingModel<TrainingEffect> {
  readonly #options: SageMakerOptions
  readonly #jobs = new Map<string, Map<string, Known>>()
  readonly #changes = new Map<string, ChangeLog>()
  readonly #byArn = new Map<string, Known>()
  readonly #due = new DueQueue<Known>()
  readonly #counts = new InstanceCounts()
  readonly #live = new Set<Known>()
  readonly #models: ModelsAndTransforms
  readonly #endpoints: Endpoints
  #effects: TrainingEffect[] = []
  readonly #events: JobEvents

  constructor(options: SageMakerOptions) {
    this.#options = options
    this.#models = new ModelsAndTransforms(options.world, options.objects)
    this.#endpoints = new Endpoints(options.world, options.objects, (region, name) => this.#models.model(region, name))
    this.#events = {
      train: (job) =>
        this.#effects.push({ kind: "train", region: job.region, job: job.name, pass: job.pass, request: job.request }),
      stopTraining: (job) => this.#tell("stopTraining", job),
      killTraining: (job) => this.#tell("killTraining", job),
      upload: (job, uploads, at) => storeArtifacts(job, uploads, options.objects, at),
    }
  }

  handle(request: ServiceRequest, now: Instant): ServiceAnswer {
    this.settle(now)
    return answered(() => this.#operation(request, now))
  }

  /** With effects not yet fetched: at once. */
  due(): Instant | null {
    if (this.#effects.length > 0) return Number.NEGATIVE_INFINITY
    const times = [this.#due.next, this.#models.due(), this.#endpoints.due()].filter((each) => each !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  advance(now: Instant): readonly TrainingEffect[] {
    this.settle(now)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** Brings all jobs up to `now`, and keeps the effects for the next `advance`. */
  settle(now: Instant): void {
    for (let taken = this.#due.take(now); taken !== null; taken = this.#due.take(now)) {
      const { at, thing } = taken
      // A job that was moved by something else since then is due at another time, and stands in the queue for that.
      if (thing.job.due !== at) continue
      thing.log.writeOwn(at)
      thing.job.step(at)
      this.#moved(thing, at)
    }
    this.#models.settle(now)
    this.#endpoints.settle(now)
  }

  /** null: the region has no such job. It is as it was when somebody last looked: see `settle`. */
  job(region: string, name: string): ModelledJob | null {
    return this.#jobs.get(region)?.get(name)?.job ?? null
  }

  /** Every training job there ever was, in the order of their creation. */
  jobs(): readonly ModelledJob[] {
    return [...this.#byArn.values()].map(({ job }) => job)
  }

  /** What the programs of live jobs have said by `now`: to be called before somebody reads logs. */
  settleLogs(now: Instant): void {
    this.settle(now)
    for (const { log } of this.#live) log.writeOwn(now)
  }

  /** A driver's report of a pass that ended; false: it was dropped, because the job went on without it. */
  trained(region: string, job: string, outcome: TrainingOutcome, now: Instant): boolean {
    this.settle(now)
    const known = this.#jobs.get(region)?.get(job)
    if (known === undefined) return false
    const isTaken = known.job.trained(outcome, now)
    if (isTaken) this.#moved(known, now)
    return isTaken
  }

  /** A driver's lines of one host (from 1) of a job that trains outside. */
  logged(region: string, job: string, host: number, messages: readonly string[], now: Instant): void {
    const known = this.#jobs.get(region)?.get(job)
    known?.log.write(
      host,
      messages.map((message) => ({ at: now, message })),
    )
  }

  #operation({ region, operation, input }: ServiceRequest, now: Instant): Output {
    switch (operation) {
      case "CreateTrainingJob":
        return this.#create(region, input, now)
      case "DescribeTrainingJob":
        return this.#describe(region, input, now)
      case "StopTrainingJob":
        return this.#stop(region, input, now)
      case "ListTrainingJobs":
        return listJobs(this.#listed(region, input), input, this.#options.listFilters ?? "before-cut")
      case "ListTags":
        return this.#listTags(region, input)
      case "AddTags":
        return this.#addTags(region, input)
      case "DeleteTrainingJob":
        // It would free the name, and names are what keeps one row from two jobs.
        throw new Refusal("AccessDeniedException", "DeleteTrainingJob is refused by the emulator", 400)
      default: {
        const answer =
          this.#models.handle(region, operation, input, now) ?? this.#endpoints.handle(region, operation, input, now)
        if (answer === null) throw unknownOperation(operation)
        return answer
      }
    }
  }

  /** Where filters come before the cut, what changed before the time that is asked for is on no page: it is not looked at. */
  #listed(region: string, input: Output): Iterable<ModelledJob> {
    const after = instantOf(input["LastModifiedTimeAfter"])
    if (after !== null && this.#options.listFilters !== "after-cut")
      return this.#changes.get(region)?.since(after) ?? []
    return [...(this.#jobs.get(region)?.values() ?? [])].map(({ job }) => job)
  }

  #create(region: string, input: Output, now: Instant): Output {
    const { world, objects, logs, trains } = this.#options
    const request = checkRequest(input)
    const name = request.TrainingJobName
    const arn = this.#arn(region, name)
    const here = this.#jobs.get(region) ?? new Map<string, Known>()
    const existing = here.get(name)
    if (existing !== undefined) {
      throw new Refusal(
        "ResourceInUse",
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${existing.job.arn})`,
      )
    }
    checkOutside(region, request, world, objects)
    checkQuota(region, request, world, { of: (...machines) => this.#inUse(...machines, now) })
    const course = this.#courseOf(region, request, now)
    const tags = request.Tags ?? []
    const isOutside = trains === "outside"
    const job = new ModelledJob({ region, request, arn, createdAt: now, course, tags }, isOutside, this.#events)
    const known = { job, log: new JobLog(job, logs) }
    this.#jobs.set(region, here.set(name, known))
    this.#byArn.set(arn, known)
    this.#live.add(known)
    this.#counts.add(job)
    this.#moved(known, now)
    return { TrainingJobArn: arn }
  }

  #inUse(region: string, type: string, isSpot: boolean, now: Instant): number {
    return this.#counts.of(region, type, isSpot) + (this.#options.others?.used(region, type, isSpot, now) ?? 0)
  }

  /** A job for which there are no machines waits for them in vain, whatever it would have done. */
  #courseOf(region: string, request: TrainingRequest, now: Instant): TrainingCourse {
    const { world, others } = this.#options
    const course = world.courseOf(region, request)
    const isSpot = request.EnableManagedSpotTraining === true
    const hasAll = [...machinesOf(request).keys()].every(
      (type) => others?.hasCapacity(region, type, isSpot, now) ?? true,
    )
    return hasAll ? course : { ...course, end: { kind: "capacityError" } }
  }

  #describe(region: string, input: Output, now: Instant): Output {
    const { job, log } = this.#named(region, input)
    // Its metrics are those of the lines so far.
    log.writeOwn(now)
    return describeJob(job, log)
  }

  #stop(region: string, input: Output, now: Instant): Output {
    const known = this.#named(region, input)
    if (!known.job.isLive) {
      throw new Refusal(
        "ValidationException",
        `The request was rejected because the training job is in status ${known.job.history.status}`,
      )
    }
    known.log.writeOwn(now)
    known.job.stop(now)
    this.#moved(known, now)
    return {}
  }

  #named(region: string, input: Output): Known {
    checkShape(NAMED_SHAPE, input)
    const known = this.#jobs.get(region)?.get(String(input["TrainingJobName"]))
    if (known === undefined) throw new Refusal("ValidationException", "Requested resource not found.")
    return known
  }

  #listTags(region: string, input: Output): Output {
    checkShape(LIST_TAGS_SHAPE, input)
    const tags = this.#endpoints.tags(region, String(input["ResourceArn"])) ?? this.#tagged(region, input).tags
    const from = typeof input["NextToken"] === "string" ? Number(input["NextToken"]) || 0 : 0
    const size = typeof input["MaxResults"] === "number" ? input["MaxResults"] : MOST_TAGS
    const next = from + size < tags.length ? { NextToken: String(from + size) } : {}
    return { Tags: tags.slice(from, from + size), ...next }
  }

  #addTags(region: string, input: Output): Output {
    checkShape(ADD_TAGS_SHAPE, input)
    const job = this.#tagged(region, input)
    const added = input["Tags"] as readonly RequestedTag[]
    const keys = new Set(added.map(({ Key }) => Key))
    const tags = [...job.tags.filter(({ Key }) => !keys.has(Key)), ...added]
    if (tags.length > MOST_TAGS)
      throw new Refusal("ResourceLimitExceeded", `A resource can have at most ${MOST_TAGS} tags`)
    job.tags = tags
    return { Tags: tags }
  }

  #tagged(region: string, input: Output): ModelledJob {
    const arn = String(input["ResourceArn"])
    const known = this.#byArn.get(arn.toLowerCase())
    if (known === undefined || known.job.region !== region)
      throw new Refusal("ValidationException", "Requested resource not found.")
    return known.job
  }

  /** Resource names in ARNs are in small letters. */
  #arn(region: string, name: string): string {
    return `arn:${partitionOf(region)}:sagemaker:${region}:${this.#options.world.account}:training-job/${name.toLowerCase()}`
  }

  #tell(kind: "stopTraining" | "killTraining", job: ModelledJob): void {
    this.#effects.push({ kind, region: job.region, job: job.name, pass: job.pass })
  }

  #moved(known: Known, at: Instant): void {
    const { job } = known
    const changes = this.#changes.get(job.region) ?? new ChangeLog()
    this.#changes.set(job.region, changes)
    changes.add(job)
    this.#options.onChange?.(job, at)
    if (!job.isLive) {
      if (this.#live.delete(known)) this.#counts.remove(job)
      return
    }
    if (job.due !== null) this.#due.push(job.due, known)
  }
}
