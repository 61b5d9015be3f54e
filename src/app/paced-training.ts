import type { Observation } from "../core/decision/action.ts"
import { LearnedRoom } from "../core/decision/learned-room.ts"
import type { Timing } from "../core/decision/policy.ts"
import { RegionPace } from "../core/decision/region-pace.ts"
import type { Attempt } from "../core/decision/row.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { TrainingService } from "../ports/training-service.ts"
import type { Clock } from "../ports/world.ts"

/** The training service as one follower asks it: each region no faster than it answers, whoever of its rows asks. */
export class PacedTraining implements TrainingService {
  readonly #training: TrainingService
  readonly #clock: Clock
  readonly #timing: Timing
  readonly #paces = new Map<string, RegionPace>()
  readonly learned: LearnedRoom

  constructor(training: TrainingService, clock: Clock, timing: Timing) {
    this.#training = training
    this.#clock = clock
    this.#timing = timing
    this.learned = new LearnedRoom(timing)
  }

  paceOf(region: string): RegionPace {
    const pace = this.#paces.get(region) ?? new RegionPace(this.#timing, this.#clock.now())
    this.#paces.set(region, pace)
    return pace
  }

  async create(run: RunRecord, spec: JobSpec, attempt: Attempt, signal: AbortSignal): Promise<Observation> {
    const { place } = attempt.held
    await this.#turn(place.region, attempt.sendBy, signal)
    const seen = await this.#told(
      place.region,
      () => this.#training.create(run, spec, attempt, signal),
      isRefusedForPace,
    )
    const now = this.#clock.now()
    if (seen.kind === "refused" && (seen.code === "quota" || seen.code === "capacity") && !seen.hopeless)
      this.learned.refused(place, now)
    if (seen.kind === "job") this.learned.taken(place)
    return seen
  }

  async describe(run: RunRecord, attempt: Attempt): Promise<Observation> {
    const { region } = attempt.held.place
    await this.#turn(region)
    return this.#told(region, () => this.#training.describe(run, attempt), isRefusedForPace)
  }

  async stop(run: RunRecord, attempt: Attempt): Promise<"stopping" | "ended" | "absent" | "unknown"> {
    const { region } = attempt.held.place
    await this.#turn(region)
    return this.#told(
      region,
      () => this.#training.stop(run, attempt),
      (answer) => answer === "unknown",
    )
  }

  async changedSince(region: string, prefix: string, since: Instant, page: string | null) {
    await this.#turn(region)
    return this.#told(
      region,
      () => this.#training.changedSince(region, prefix, since, page),
      () => false,
    )
  }

  /** A create that may not be sent any more is not waited with: the adapter sends nothing and says so. */
  async #turn(region: string, until: Instant = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<void> {
    const pace = this.paceOf(region)
    while (signal?.aborted !== true && !pace.take(this.#clock.now())) {
      const at = pace.freeAt(this.#clock.now())
      if (at > until) return
      await this.#clock.sleep(at, signal)
    }
  }

  async #told<Answer>(
    region: string,
    ask: () => Promise<Answer>,
    isTooMuch: (answer: Answer) => boolean,
  ): Promise<Answer> {
    const pace = this.paceOf(region)
    try {
      const answer = await ask()
      if (isTooMuch(answer)) pace.refused(this.#clock.now())
      else pace.answered()
      return answer
    } catch (error) {
      if (isRegattaError(error, "unavailable")) pace.refused(this.#clock.now())
      throw error
    }
  }
}

/** Also silence: adapters repeat a throttled question by themselves, and then have no answer to give. */
function isRefusedForPace(seen: Observation): boolean {
  if (seen.kind === "refused") return seen.code === "throttled"
  return seen.kind === "nothing" || seen.kind === "silent" || seen.kind === "unanswered"
}
