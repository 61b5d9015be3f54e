// The foreground scheduler: fires the schedules of this machine as their times come, one firing of a schedule after the other, and
// says what was missed while nobody looked. It submits nothing itself: a firing is a process of its own, and may be repeated.
import type { Instant } from "../core/ids.ts"
import { firingsBetween, latestFiring, nextFirings } from "../core/schedule/firings.ts"
import type { Schedule } from "../core/schedule/schedule.ts"
import type { FiringMemory, ScheduleService } from "../ports/schedule-service.ts"
import type { World } from "../ports/world.ts"

export interface SchedulerPorts {
  readonly schedules: Pick<ScheduleService, "list" | "read">
  readonly memory: FiringMemory
  readonly world: Pick<World, "clock">
  /** Submits what a firing submits, and gives the exit code of that. */
  readonly fire: (schedule: Schedule, at: Instant) => Promise<number>
  /** Whether this scheduler still is the one of its folder; asked at each look. */
  readonly keepSeat: () => Promise<boolean>
}

/** What happens, for whoever tells it. */
export type SchedulerEvent =
  | {
      readonly kind: "missed"
      readonly schedule: string
      /** At most `MOST_COUNTED`. */
      readonly count: number
      readonly last: Instant
      readonly isRun: boolean
    }
  | { readonly kind: "fired"; readonly schedule: string; readonly at: Instant; readonly exitCode: number }
  | { readonly kind: "again"; readonly schedule: string; readonly at: Instant; readonly exitCode: number }

export interface SchedulerOptions {
  /** What becomes of the last firing that was missed; those before it are passed over. */
  readonly missed: "run" | "skip"
  readonly onEvent: (event: SchedulerEvent) => void
}

/** Between two looks at the schedules: one that is added meanwhile is seen after this long. */
export const LOOK = 5_000
/** A firing that is seen later than this was missed: this machine slept, or no scheduler ran. */
const LATE = 60_000
/** Missed firings that are counted; beyond, they are "at least" as many. */
export const MOST_COUNTED = 1000
/** Tries of one firing, and the wait between two: its exit code may pass (a table that is locked, a service that does not answer). */
const TRIES = 3
const TRY_AGAIN = 30_000
const PASSING = [1, 5]

/** What the scheduler knows of one schedule. */
interface Watched {
  schedule: Schedule
  /** Firings up to then are in `due`, or were missed, or are dealt with. */
  seenUntil: Instant
  /** The first firing after that; null: there is none. */
  next: Instant | null
  readonly due: Instant[]
  /** null: none is under way. */
  firing: Promise<void> | null
  /** What went wrong with it that is not the firing's own affair. */
  failure: { readonly error: unknown } | null
}

/** Goes on until the signal fires, and then waits for the firings under way. False: another scheduler took over. Throws what schedules and memory throw. */
export async function runScheduler(
  ports: SchedulerPorts,
  options: SchedulerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const watched = new Map<string, Watched>()
  const { clock } = ports.world
  let isOurs = true
  while (!signal.aborted) {
    isOurs = await ports.keepSeat()
    if (!isOurs) break
    await look(ports, options, watched, signal)
    for (const { failure } of watched.values()) if (failure !== null) throw failure.error
    await clock.sleep(nextLook([...watched.values()], clock.now()), signal)
  }
  await Promise.all([...watched.values()].map(({ firing }) => firing))
  return isOurs
}

async function look(
  ports: SchedulerPorts,
  options: SchedulerOptions,
  watched: Map<string, Watched>,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>()
  for await (const schedule of ports.schedules.list()) {
    seen.add(schedule.name)
    const each = watched.get(schedule.name) ?? (await beginWatch(ports, schedule))
    watched.set(schedule.name, each)
    if (JSON.stringify(schedule) !== JSON.stringify(each.schedule)) each.next = nextOf(schedule, each.seenUntil)
    each.schedule = schedule
    await findDue(ports, options, each)
    if (each.due.length > 0 && each.firing === null)
      each.firing = fireAll(ports, options, each, signal)
        .catch((error: unknown) => {
          each.failure = { error }
        })
        .finally(() => {
          each.firing = null
        })
  }
  for (const [name, each] of watched) {
    if (seen.has(name)) continue
    each.due.length = 0
    if (each.firing === null) watched.delete(name)
  }
}

async function beginWatch({ memory }: SchedulerPorts, schedule: Schedule): Promise<Watched> {
  const handled = await memory.handled(schedule.name)
  const seenUntil = handled ?? schedule.activeSince - 1
  return { schedule, seenUntil, next: nextOf(schedule, seenUntil), due: [], firing: null, failure: null }
}

/** What came since the last look: due where it came just now, else missed. */
async function findDue({ memory, world }: SchedulerPorts, options: SchedulerOptions, watched: Watched): Promise<void> {
  const now = world.clock.now()
  const { schedule, due, next } = watched
  // What lies before a schedule was resumed was not to fire.
  const from = Math.max(watched.seenUntil, schedule.activeSince - 1)
  watched.seenUntil = now
  if (next === null || next > now) return
  watched.next = nextOf(schedule, now)
  if (schedule.isPaused) return
  const last = latestFiring(schedule, from, now - LATE)
  if (last !== null) {
    const count = firingsBetween(schedule, from, now - LATE, MOST_COUNTED).length
    options.onEvent({ kind: "missed", schedule: schedule.name, count, last, isRun: options.missed === "run" })
    if (options.missed === "run") due.push(last)
    else if (due.length === 0 && watched.firing === null) await memory.note(schedule.name, last)
  }
  due.push(...firingsBetween(schedule, Math.max(from, now - LATE), now))
}

async function fireAll(
  ports: SchedulerPorts,
  options: SchedulerOptions,
  watched: Watched,
  signal: AbortSignal,
): Promise<void> {
  for (let at = watched.due.shift(); at !== undefined && !signal.aborted; at = watched.due.shift()) {
    if (!(await fireOnce(ports, options, watched.schedule, at, signal))) return
    await ports.memory.note(watched.schedule.name, at)
  }
}

/** False: told to end before it was dealt with; it will be met again as one that was missed. */
async function fireOnce(
  { world, fire, schedules }: SchedulerPorts,
  { onEvent }: SchedulerOptions,
  schedule: Schedule,
  at: Instant,
  signal: AbortSignal,
): Promise<boolean> {
  for (let tried = 1; ; tried += 1) {
    const current = await schedules.read(schedule.name)
    if (current === null || current.isPaused) return true
    const exitCode = await fire(current, at)
    if (signal.aborted && exitCode !== 0) return false
    const isLast = tried === TRIES || !PASSING.includes(exitCode)
    onEvent({ kind: isLast ? "fired" : "again", schedule: schedule.name, at, exitCode })
    if (isLast) return true
    await world.clock.sleep(world.clock.now() + TRY_AGAIN, signal)
    if (signal.aborted) return false
  }
}

/** What lies before a schedule was resumed was not to fire. */
function nextOf(schedule: Schedule, after: Instant): Instant | null {
  return nextFirings(schedule, Math.max(after, schedule.activeSince - 1), 1)[0] ?? null
}

function nextLook(watched: readonly Watched[], now: Instant): Instant {
  const times = watched.flatMap(({ next }) => (next === null ? [] : [next]))
  return Math.min(now + LOOK, ...times)
}
