// What changed of training jobs in each region, by bounded listing: newest changes each tick, and now and then a sweep down
// to the oldest live attempt. It judges no row and describes nothing.
import type { Timing } from "../core/decision/policy.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import type { TrainingService } from "../ports/training-service.ts"
import type { World } from "../ports/world.ts"

const PAGES_PER_TICK = 10

/** Times in polls, so that they shrink with them: on aws, with 30 s, 5 minutes, 1 second, an hour, 5 minutes. */
const OVERLAP = 10
const BETWEEN_PAGES = 1 / 30
const BETWEEN_SWEEPS = 120
const WITH_EVENTS = 10
/** A region of which no listing was complete for so long is blind. */
const BLIND_AFTER = 20

export interface Listed {
  readonly region: string
  readonly job: TrainingJob
}

/** A sweep that is complete: a job that was claimed before it began and was not seen is not there, or has another name. */
export interface Swept {
  readonly region: string
  readonly beganAt: Instant
}

/** What the follower asks with; `isTold`: events tell of changes, so listing is only the second sight. */
export interface ListingRequest {
  readonly prefix: string
  readonly isTold: boolean
  /** When the oldest live attempt was claimed, by region; a region that is missing has none and is not asked. */
  readonly oldest: ReadonlyMap<string, Instant>
}

interface Pass {
  readonly since: Instant
  readonly beganAt: Instant
  page: string | null
}

interface RegionState {
  readonly openedAt: Instant
  /** When the last complete listing of news began. */
  listedAt: Instant | null
  news: Pass | null
  sweep: Pass | null
  sweptAt: Instant | null
  isDenied: boolean
}

export class JobListing {
  readonly #training: Pick<TrainingService, "changedSince">
  readonly #world: Pick<World, "clock" | "log">
  readonly #timing: Pick<Timing, "poll">
  readonly #regions = new Map<string, RegionState>()
  readonly #looking = new Map<string, Promise<void>>()
  #listed: Listed[] = []
  #swept: Swept[] = []

  constructor(
    training: Pick<TrainingService, "changedSince">,
    world: Pick<World, "clock" | "log">,
    timing: Pick<Timing, "poll">,
  ) {
    this.#training = training
    this.#world = world
    this.#timing = timing
  }

  /** Looks at every region; what one has not told by `until` comes with a later call, and holds up no other. */
  async look(
    request: ListingRequest,
    until: Instant,
    signal: AbortSignal,
  ): Promise<{ readonly listed: readonly Listed[]; readonly swept: readonly Swept[] }> {
    const begun: Promise<void>[] = []
    for (const [region, oldest] of request.oldest) {
      if (this.#looking.has(region)) continue
      const looking = this.#lookAt(region, oldest, request, signal).finally(() => this.#looking.delete(region))
      this.#looking.set(region, looking)
      begun.push(looking)
    }
    for (const region of this.#regions.keys()) if (!request.oldest.has(region)) this.#regions.delete(region)
    const done = new AbortController()
    const all = Promise.all(begun).finally(() => done.abort())
    await Promise.race([all, this.#world.clock.sleep(until, done.signal)])
    const found = { listed: this.#listed, swept: this.#swept }
    this.#listed = []
    this.#swept = []
    return found
  }

  /** Whether changes in the region are not seen by listing: each live row must be asked for itself. */
  isBlind(region: string): boolean {
    const state = this.#regions.get(region)
    if (state === undefined) return false
    return state.isDenied || this.#world.clock.now() - (state.listedAt ?? state.openedAt) > this.#polls(BLIND_AFTER)
  }

  /** A region that does not answer is asked again at the next look, from where it stopped. */
  async #lookAt(region: string, oldest: Instant, request: ListingRequest, signal: AbortSignal): Promise<void> {
    const state = this.#stateOf(region)
    try {
      await this.#readPages(region, state, oldest, request, signal)
      state.isDenied = false
    } catch (error) {
      if (!isRegattaError(error, "unavailable", "denied", "invalid", "unsupported")) throw error
      if (error.code === "unavailable") {
        this.#world.log.event("warn", "list.unavailable", { region, error: error.message })
        return
      }
      // A page's mark may have grown too old to be taken: the pass begins again.
      state.news = null
      state.sweep = null
      if (!state.isDenied) this.#world.log.event("warn", "list.refused", { region, error: error.message })
      state.isDenied = true
    }
  }

  async #readPages(
    region: string,
    state: RegionState,
    oldest: Instant,
    { prefix, isTold }: ListingRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#world
    this.#beginPasses(state, oldest, isTold)
    for (let pages = 0; pages < PAGES_PER_TICK && !signal.aborted; pages++) {
      const pass = state.news ?? state.sweep
      if (pass === null) return
      if (pages > 0) await clock.sleep(clock.now() + this.#polls(BETWEEN_PAGES), signal)
      const { jobs, next } = await this.#training.changedSince(region, prefix, pass.since, pass.page)
      for (const job of jobs) this.#listed.push({ region, job })
      pass.page = next
      if (next === null) this.#complete(region, state, pass)
    }
  }

  #beginPasses(state: RegionState, oldest: Instant, isTold: boolean): void {
    const now = this.#world.clock.now()
    const overlap = this.#polls(OVERLAP)
    const isDue = state.listedAt === null || now - state.listedAt >= this.#polls(isTold ? WITH_EVENTS : 0.5)
    if (state.news === null && isDue)
      state.news = { since: (state.listedAt ?? now) - overlap, beganAt: now, page: null }
    if (state.sweep === null && (state.sweptAt === null || now - state.sweptAt >= this.#polls(BETWEEN_SWEEPS)))
      state.sweep = { since: oldest - overlap, beganAt: now, page: null }
  }

  #complete(region: string, state: RegionState, pass: Pass): void {
    if (pass === state.news) {
      state.news = null
      state.listedAt = pass.beganAt
      return
    }
    state.sweep = null
    state.sweptAt = pass.beganAt
    this.#swept.push({ region, beganAt: pass.beganAt })
    this.#world.log.event("info", "list.swept", { region, since: new Date(pass.since).toISOString() })
  }

  #stateOf(region: string): RegionState {
    const known = this.#regions.get(region)
    if (known !== undefined) return known
    const openedAt = this.#world.clock.now()
    const state = { openedAt, listedAt: null, news: null, sweep: null, sweptAt: null, isDenied: false }
    this.#regions.set(region, state)
    return state
  }

  #polls(count: number): number {
    return count * this.#timing.poll
  }
}
