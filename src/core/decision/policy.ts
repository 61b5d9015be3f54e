import type { Instant, OwnerId } from "../ids.ts"
import type { JobSpec } from "../job/job-spec.ts"
import type { Place } from "../job/place.ts"
import { placeKey } from "../job/place.ts"
import type { RunRecord } from "../run/run.ts"
import { orderFor, retriesFor } from "../run/run.ts"

/** All durations that decisions depend on, in milliseconds. Tests with real processes use a hundredth. */
export interface Timing {
  /** How long an owner holds its rows without renewing. */
  readonly lease: number
  readonly renew: number
  /** From the claim, how long a create may reach the network. */
  readonly sendWindow: number
  /** From the last `sendBy`, when "no such job" proves that nothing will come of an unanswered create: 5 minutes of a signature's life and one of reserve. */
  readonly settle: number
  /** Between two looks at a live training job, and between two looks for work to do. */
  readonly poll: number
  /** The first look at a training job after its claim; later looks follow at a quarter of its age, at most `poll` apart. */
  readonly firstPoll: number
  /** First wait after a refusal; doubles with each up to `maxBackOff`. */
  readonly backOff: number
  readonly maxBackOff: number
  /** A worker whose row another owns waits this long before it exits 75 under Batch. */
  readonly elsewhere: number
  /** How long a worker outwaits an unreachable table. */
  readonly outwait: number
  /** A worker that is told to end while its row is to be stopped asks for the stop and records it within this time, and leaves the end to others. Infinite: it stays to the end. */
  readonly stopWithin: number
}

export const AWS_TIMING: Timing = {
  lease: 180_000,
  renew: 60_000,
  sendWindow: 60_000,
  settle: 360_000,
  poll: 30_000,
  firstPoll: 30_000,
  backOff: 60_000,
  maxBackOff: 1_800_000,
  elsewhere: 30_000,
  outwait: 3_600_000,
  // Batch kills 30 s after SIGTERM; a training job takes minutes to stop.
  stopWithin: 20_000,
}

/** On `local` a create is a folder made by the process itself, and an owner's death is seen at once. */
export const LOCAL_TIMING: Timing = {
  lease: 30_000,
  renew: 10_000,
  sendWindow: 10_000,
  settle: 2_000,
  poll: 200,
  firstPoll: 20,
  backOff: 1_000,
  maxBackOff: 30_000,
  elsewhere: 1_000,
  outwait: 3_600_000,
  stopWithin: Number.POSITIVE_INFINITY,
}

/** All of them times a factor: for services whose time runs faster than that of AWS, such as an emulator's. */
export function scaledTiming(timing: Timing, factor: number): Timing {
  const scaled = (milliseconds: number) => Math.max(1, Math.round(milliseconds * factor))
  return {
    lease: scaled(timing.lease),
    renew: scaled(timing.renew),
    sendWindow: scaled(timing.sendWindow),
    settle: scaled(timing.settle),
    poll: scaled(timing.poll),
    firstPoll: scaled(timing.firstPoll),
    backOff: scaled(timing.backOff),
    maxBackOff: scaled(timing.maxBackOff),
    elsewhere: scaled(timing.elsewhere),
    outwait: scaled(timing.outwait),
    // A bound on what a process of a busy machine does, not on what it waits for: the emulator gives it five real seconds.
    stopWithin: Math.min(timing.stopWithin, Math.max(scaled(timing.stopWithin), 4_000)),
  }
}

/** What `decide` must know beside the row and what was seen: plain data, made anew from the run's record for each decision. */
export interface Policy {
  readonly me: OwnerId
  /** Whether an owner's rows may be taken: its lease ran out, it is proven dead, or it is this child's earlier attempt. */
  readonly mayTake: (owner: OwnerId) => boolean
  readonly places: readonly [Place, ...Place[]]
  /** Estimate per place, in the order of `places`; null: unknown price. */
  readonly usd: readonly (number | null)[]
  readonly maxAttempts: number
  readonly maxWaiting: number
  readonly timing: Timing
  /** A stop request covers the row and is newer than its last retry. */
  readonly stop: boolean
  /** Retry orders of the run that cover the row. */
  readonly retries: number
  /** When the run's budget was last raised; missing: never. */
  readonly budgetRaisedAt?: Instant
  /** Whether this process keeps the rows it carries (worker, follower); false: a row that must wait is let go in the write (detached child, one tick). */
  readonly holds: boolean
  /** Whether this process may claim and create; false in a tick of `status`, `watch`, `stop` and `retry`. */
  readonly mayLaunch: boolean
  /** Index of the place that the next claim is to take, because there is room; missing, closed or beyond the row's places: the row's own next one. */
  readonly tryPlace?: number
}

/** How a process carries rows: what `policyFor` needs beside the run and the row. */
export interface Stance {
  readonly me: OwnerId
  readonly mayTake: (owner: OwnerId) => boolean
  readonly holds: boolean
  readonly mayLaunch: boolean
  readonly timing: Timing
}

/** The policy of one row for one owner, from the pinned row and the run's record as just read. */
export function policyFor(run: RunRecord, spec: JobSpec, stance: Stance): Policy {
  return {
    ...stance,
    places: spec.places,
    usd: spec.places.map((place) => estimateUsd(run, spec, place)),
    maxAttempts: spec.maxAttempts,
    maxWaiting: spec.maxWaitingSeconds * 1000,
    stop: orderFor(run, spec.index)?.kind === "stop",
    retries: retriesFor(run, spec.index),
    ...(run.budgetRaisedAt === undefined ? {} : { budgetRaisedAt: run.budgetRaisedAt }),
  }
}

/** The policy under which a row without a training job is ended: it needs no pinned row, so a row whose line cannot be read can be ended too. */
export function endingPolicy(run: RunRecord, index: number, stance: Pick<Stance, "me" | "mayTake" | "timing">): Policy {
  const { me, mayTake, timing } = stance
  return {
    me,
    mayTake,
    timing,
    holds: false,
    mayLaunch: false,
    places: [{ region: "", instanceType: "", instances: 0, spot: false }],
    usd: [null],
    maxAttempts: 1,
    maxWaiting: Number.POSITIVE_INFINITY,
    stop: orderFor(run, index)?.kind === "stop",
    retries: retriesFor(run, index),
  }
}

/** Where estimates of a row's time and money come from, beside the row itself. */
export type EstimateSources = Pick<RunRecord, "prices" | "earlierRuntimeSeconds">

/** Seconds that a row is expected to train: its own `expected_runtime`, else those of earlier runs, else `max_runtime`. */
export function expectedSeconds(
  { earlierRuntimeSeconds }: Pick<EstimateSources, "earlierRuntimeSeconds">,
  spec: JobSpec,
) {
  const { expectedRuntimeSeconds, maxRuntimeSeconds } = spec
  return expectedRuntimeSeconds ?? Math.min(earlierRuntimeSeconds ?? maxRuntimeSeconds, maxRuntimeSeconds)
}

/** USD of one attempt at a place: expected hours, times instances, times the stored price; null where the price is unknown. */
export function estimateUsd(run: EstimateSources, spec: JobSpec, place: Place): number | null {
  const price = run.prices[`${place.region}/${place.instanceType}`]
  if (price === undefined) return null
  return (expectedSeconds(run, spec) / 3600) * place.instances * price
}

/** Most instances at once at this place; null: no known limit, nothing is counted. */
export function limitOf(run: Pick<RunRecord, "limits">, place: Place): number | null {
  return run.limits[placeKey(place)] ?? null
}
