// A model of a training service in several regions: names, quotas that others use too, phases, failures, stops.
// `handle` is all of it: no timers, no I/O; what a job does is drawn once, when it is created.
import type { Instant, JobName, Uri } from "../core/ids.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import type { Cause, JobEnd, TrainingJob } from "../core/job/training-job.ts"
import type { Chance } from "./chance.ts"

/** What can be asked of a region. `owner` stands for the tags: which run and row a job belongs to. */
export type TrainingRequest =
  | { readonly operation: "create"; readonly name: JobName; readonly owner: string; readonly place: Place }
  | { readonly operation: "describe" | "stop"; readonly name: JobName }

export type TrainingAnswer =
  /** `isNew`: this request made it. */
  | { readonly kind: "job"; readonly job: ModelledJob; readonly isNew: boolean }
  | { readonly kind: "absent" }
  | {
      readonly kind: "refused"
      readonly code: "quota" | "capacity" | "throttled" | "invalid" | "denied"
      readonly hopeless: boolean
    }

/** Likelihoods, each of one create. */
export interface TrainingOdds {
  readonly throttled: number
  readonly denied: number
  readonly invalid: number
  /** Capacity refused at once, without a job. */
  readonly noCapacity: number
  /** Another's job has the name already. */
  readonly foreign: number
  readonly causes: readonly (readonly [Cause, number])[]
}

/** One job from its creation to its end, known from the start; `stoppedAt` and with it `endsAt` change when it is stopped. */
export interface ModelledJob {
  readonly name: JobName
  readonly owner: string
  readonly place: Place
  readonly createdAt: Instant
  readonly trainsAt: Instant
  readonly uploadsAt: Instant
  endsAt: Instant
  cause: Cause
  stoppedAt: Instant | null
}

export interface TrainingModelOptions {
  readonly chance: Chance
  readonly odds: TrainingOdds
  /** Instances that all users of the account may have at once, by place key. A missing place is not offered. */
  readonly quotas: Readonly<Record<string, number>>
  /** Instances of a place that others use at a moment. */
  readonly others: (key: string, now: Instant) => number
  /** Bounds of the training time in milliseconds. */
  readonly trainingMs: readonly [number, number]
}

const STARTING_MS = [30_000, 240_000] as const
const STOP_MS = [1_000, 120_000] as const

export class TrainingModel {
  readonly #options: TrainingModelOptions
  readonly #jobs = new Map<string, ModelledJob>()
  /** Jobs of a place that had not ended when it was last looked at. */
  readonly #live = new Map<string, ModelledJob[]>()

  constructor(options: TrainingModelOptions) {
    this.#options = options
  }

  handle(region: string, request: TrainingRequest, now: Instant): TrainingAnswer {
    const job = this.#jobs.get(`${region} ${request.name}`)
    switch (request.operation) {
      case "create":
        return job === undefined ? this.#create(region, request, now) : { kind: "job", job, isNew: false }
      case "describe":
        return job === undefined ? { kind: "absent" } : { kind: "job", job, isNew: false }
      case "stop":
        if (job === undefined) return { kind: "absent" }
        this.#stop(job, now)
        return { kind: "job", job, isNew: false }
      default:
        return request satisfies never
    }
  }

  #create(region: string, request: TrainingRequest & { operation: "create" }, now: Instant): TrainingAnswer {
    const { chance, odds, quotas, others } = this.#options
    const key = placeKey(request.place)
    const quota = quotas[key]
    if (quota === undefined) return { kind: "refused", code: "quota", hopeless: true }
    const drawn = chance.next()
    if (drawn < odds.throttled) return { kind: "refused", code: "throttled", hopeless: false }
    if (drawn < odds.throttled + odds.noCapacity) return { kind: "refused", code: "capacity", hopeless: false }
    // Whether a request is invalid or denied lies in the row, not in the moment.
    const ofRow = fraction(`${request.owner} ${region}`)
    if (ofRow < odds.invalid) return { kind: "refused", code: "invalid", hopeless: true }
    if (ofRow < odds.invalid + odds.denied) return { kind: "refused", code: "denied", hopeless: true }
    const live = this.#liveAt(key, now)
    const used = live.reduce((sum, { place }) => sum + place.instances, 0)
    if (used + others(key, now) + request.place.instances > quota)
      return { kind: "refused", code: "quota", hopeless: request.place.instances > quota }
    const owner = chance.isLess(odds.foreign) ? "another team" : request.owner
    const job = this.#draw({ ...request, owner }, now)
    this.#jobs.set(`${region} ${request.name}`, job)
    live.push(job)
    return { kind: "job", job, isNew: true }
  }

  #draw({ name, owner, place }: Pick<ModelledJob, "name" | "owner" | "place">, now: Instant): ModelledJob {
    const { chance, odds, trainingMs } = this.#options
    const cause = drawCause(chance, odds.causes)
    const trainsAt = now + chance.between(...STARTING_MS)
    const uploadsAt = trainsAt + chance.between(...trainingMs)
    const endsAt = neverTrains(cause) ? trainsAt : uploadsAt + 10_000
    return { name, owner, place, createdAt: now, trainsAt, uploadsAt, endsAt, cause, stoppedAt: null }
  }

  #stop(job: ModelledJob, now: Instant): void {
    if (now >= job.endsAt || job.stoppedAt !== null) return
    job.stoppedAt = now
    const endsAt = now + this.#options.chance.between(...STOP_MS)
    if (endsAt >= job.endsAt) return
    job.endsAt = endsAt
    job.cause = "person"
  }

  #liveAt(key: string, now: Instant): ModelledJob[] {
    const live = (this.#live.get(key) ?? []).filter((job) => isLive(job, now))
    this.#live.set(key, live)
    return live
  }
}

export function isLive(job: ModelledJob, now: Instant): boolean {
  return now < job.endsAt
}

/** Whether the job began to train or failed by its own fault: then it counts against the row's attempts. */
export function hasTrained(job: ModelledJob, now: Instant): boolean {
  return now >= job.trainsAt && job.endsAt > job.trainsAt
}

/** The job as the service tells it at a moment. */
export function tell(job: ModelledJob, now: Instant): TrainingJob {
  const startedAt = hasTrained(job, now) ? job.trainsAt : null
  const end = isLive(job, now) ? null : endOf(job, startedAt)
  const phase = phaseAt(job, now)
  return { jobName: job.name, at: now, phase, raw: phase, startedAt, metrics: {}, end }
}

function phaseAt(job: ModelledJob, now: Instant): TrainingJob["phase"] {
  if (job.stoppedAt !== null) return "stopping"
  if (now < job.trainsAt) return "starting"
  return now < job.uploadsAt ? "training" : "uploading"
}

function endOf(job: ModelledJob, startedAt: Instant | null): JobEnd {
  const { cause, endsAt, place } = job
  const status = cause === "done" ? "completed" : wasCut(cause) ? "stopped" : "failed"
  return {
    status,
    cause,
    reason: cause === "done" ? "" : `the model drew ${cause}`,
    billableSeconds: startedAt === null ? 0 : Math.round((endsAt - startedAt) / 1000) * place.instances,
    startedAt,
    endedAt: endsAt,
    artifact: cause === "done" ? (`s3://model/${job.name}/model.tar.gz` as Uri) : null,
  }
}

function wasCut(cause: Cause): boolean {
  return cause === "person" || cause === "maxRuntime" || cause === "maxWait"
}

/** Capacity, Spot that never came and a broken request end a job before it trains. */
function neverTrains(cause: Cause): boolean {
  return cause === "capacity" || cause === "maxWait" || cause === "service"
}

function drawCause(chance: Chance, causes: TrainingOdds["causes"]): Cause {
  let drawn = chance.next()
  for (const [cause, odds] of causes) {
    if (drawn < odds) return cause
    drawn -= odds
  }
  return "done"
}

/** A number in [0, 1) that belongs to the text. */
export function fraction(text: string): number {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507)
  return ((hash ^ (hash >>> 13)) >>> 0) / 4_294_967_296
}
