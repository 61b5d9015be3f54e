import type { Observation } from "../core/decision/action.ts"
import type { Attempt } from "../core/decision/row.ts"
import type { Instant, JobName } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { TrainingService } from "../ports/training-service.ts"
import type { Chance } from "./chance.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { Tally } from "./tally.ts"
import {
  type ModelledJob,
  type TrainingAnswer,
  type TrainingModel,
  type TrainingRequest,
  tell,
} from "./training-model.ts"
import type { VirtualClock } from "./virtual-clock.ts"

/** Likelihoods of a request's way to the service and back. */
export interface NetworkOdds {
  /** The request never arrives. */
  readonly lost: number
  /** It arrives, its answer does not. */
  readonly answerLost: number
  /** It arrives up to `latestLandingMs` later, unanswered. */
  readonly late: number
  /** The service does not find a job that it has just made. */
  readonly notYet: number
}

/** What a simulation watches of the service. */
export interface TrainingWatcher {
  onSent(attempt: Attempt, index: number): void
  onCreated(job: ModelledJob, now: Instant): void
}

export interface NetworkOptions {
  readonly model: TrainingModel
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly tally: Tally
  readonly watcher: TrainingWatcher
  /** How long after it was sent a request may still take effect: a signed one dies after five minutes. */
  readonly latestLandingMs: number
  /** The odds at a moment, in a region. */
  readonly odds: (region: string, now: Instant) => NetworkOdds
}

/** The way from all processes to the service: requests under way outlive the process that sent them. */
export class TrainingNetwork {
  readonly #options: NetworkOptions
  /** Creates under way by name of their job. */
  readonly #underWay = new Map<JobName, number>()

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** Whether a create of this name was sent and has not arrived yet. */
  isUnderWay(name: JobName): boolean {
    return this.#underWay.has(name)
  }

  /** null: no answer comes. */
  send(region: string, request: TrainingRequest): TrainingAnswer | null {
    const { clock, chance, tally } = this.#options
    const odds = this.#options.odds(region, clock.now())
    const { operation } = request
    const isLate = operation === "create"
    const fate = drawFate(chance.next(), isLate ? odds : { ...odds, late: 0 })
    if (fate === "lost") {
      tally.fault(`${operation} request lost`)
      return null
    }
    if (fate === "late") {
      tally.fault("create request late")
      this.#sendLate(region, request)
      return null
    }
    const answer = this.#arrive(region, request)
    if (fate === "answerLost") {
      tally.fault(`${operation} answer lost`)
      return null
    }
    if (operation === "describe" && answer.kind === "job" && this.#isNotYetSeen(answer.job, odds)) {
      tally.fault("job not found yet")
      return { kind: "absent" }
    }
    return answer
  }

  #sendLate(region: string, request: TrainingRequest): void {
    const { clock, chance, latestLandingMs } = this.#options
    const count = (this.#underWay.get(request.name) ?? 0) + 1
    this.#underWay.set(request.name, count)
    clock.at(clock.now() + chance.between(1_000, latestLandingMs), () => {
      const left = (this.#underWay.get(request.name) ?? 1) - 1
      if (left === 0) this.#underWay.delete(request.name)
      else this.#underWay.set(request.name, left)
      this.#arrive(region, request)
    })
  }

  #arrive(region: string, request: TrainingRequest): TrainingAnswer {
    const { model, clock, tally, watcher } = this.#options
    const now = clock.now()
    const answer = model.handle(region, request, now)
    if (answer.kind === "refused") tally.fault(`refused: ${answer.code}${answer.hopeless ? ", hopeless" : ""}`)
    if (answer.kind === "job" && answer.isNew) watcher.onCreated(answer.job, now)
    return answer
  }

  #isNotYetSeen(job: ModelledJob, odds: NetworkOdds): boolean {
    const { clock, chance } = this.#options
    return clock.now() - job.createdAt < 5_000 && chance.isLess(odds.notYet)
  }
}

function drawFate(drawn: number, { lost, late, answerLost }: NetworkOdds): "lost" | "late" | "answerLost" | "arrives" {
  if (drawn < lost) return "lost"
  if (drawn < lost + late) return "late"
  return drawn < lost + late + answerLost ? "answerLost" : "arrives"
}

/** The training service as one process reaches it: what it saw it dates by its own clock, a job's state comes with the service's. */
export function simulatedTrainingService(
  process: SimulatedProcess,
  network: TrainingNetwork,
  clock: VirtualClock,
  watcher: TrainingWatcher,
): TrainingService {
  const own = process.world.clock
  const observe = (run: RunRecord, index: number, answer: TrainingAnswer | null): Observation => {
    if (answer === null) return { kind: "nothing" }
    if (answer.kind === "absent") return { kind: "absent", at: own.now() }
    if (answer.kind === "refused") {
      const { code, hopeless } = answer
      return { kind: "refused", at: own.now(), code, hopeless, reason: `the model refused: ${code}` }
    }
    const { job } = answer
    if (job.owner !== ownerOf(run, index)) return { kind: "foreign", detail: `it belongs to ${job.owner}` }
    return { kind: "job", job: tell(job, clock.now()) }
  }
  return {
    create(run: RunRecord, spec: JobSpec, attempt: Attempt): Promise<Observation> {
      return process.call("training.create", () => {
        if (own.now() > attempt.sendBy) return { kind: "nothing" }
        watcher.onSent(attempt, spec.index)
        const { jobName: name, held } = attempt
        const owner = ownerOf(run, spec.index)
        const answer = network.send(held.place.region, { operation: "create", name, owner, place: held.place })
        return answer === null ? { kind: "unanswered" } : observe(run, spec.index, answer)
      })
    },
    describe(run: RunRecord, attempt: Attempt): Promise<Observation> {
      return process.call("training.describe", () => {
        const answer = network.send(attempt.held.place.region, { operation: "describe", name: attempt.jobName })
        return observe(run, indexOf(attempt), answer)
      })
    },
    stop(_run: RunRecord, attempt: Attempt): Promise<"stopping" | "ended" | "absent" | "unknown"> {
      return process.call("training.stop", () => {
        const answer = network.send(attempt.held.place.region, { operation: "stop", name: attempt.jobName })
        if (answer === null) return "unknown"
        return answer.kind === "job" ? "stopping" : "absent"
      })
    },
    async changedSince() {
      throw new Error("no loop lists training jobs yet")
    },
  }
}

/** What stands in a job's tags. */
export function ownerOf(run: Pick<RunRecord, "run">, index: number): string {
  return `${run.run} ${index}`
}

/** Names end in `-r<row>-a<attempt>` (core/run/names.ts). */
function indexOf(attempt: Attempt): number {
  return Number(/-r(\d+)-a\d+$/.exec(attempt.jobName)?.[1] ?? -1)
}
