// A run for an array that somebody submitted to Batch by hand, with only the name of a CSV in S3. The first children make it, under
// an id that follows from the array's job; all others find it. Submits nothing, and starts no follower.
import type { Config } from "../core/config/config.ts"
import { succeeds } from "../core/decision/owner.ts"
import { ERROR_CODES, RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId, Uri } from "../core/ids.ts"
import { arrayFileRun } from "../core/run/names.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Caller } from "../ports/caller.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { Seat } from "../ports/run-table.ts"
import { outwait } from "./outwait-table.ts"

export interface ArrayFilePorts extends Pick<OpenPorts, "files" | "objects" | "table" | "world" | "timing"> {
  /** For the account, where the configuration names none: asked by the child that makes the run, and by no other. */
  caller(): Promise<Caller>
}

/** The array as its children know it. */
export interface ArrayFileJob {
  /** `S3_ARRAY_FILE`. */
  readonly uri: Uri
  /** `REGATTA_COLUMNS`; null: the file's header, else region and s3_location. */
  readonly columns: readonly string[] | null
  /** Id of the array's job, or of the plain job. */
  readonly parent: string
  readonly size: number
  /** Row of child 0. */
  readonly first: number
}

/** A whole try, in a share of the first back-off: children of a small array should not wait for each other. */
const FIRST_WAIT = 240
const LONGEST_WAIT = 30
/** What a seat's holder says when the file or its settings are wrong for good: all children end alike, and only one has read the file. */
const REFUSED = "refused: "
const REFUSAL_LENGTH = 1000

/**
 * The run of this array, made if this child is the first. Errors: `invalid` and `changed` (the file, or its settings), `usage`
 * (a setting is missing), `notFound`, and what table and store throw.
 */
export async function adoptArrayFile(
  ports: ArrayFilePorts,
  config: Config,
  job: ArrayFileJob,
  me: OwnerId,
  signal: AbortSignal,
): Promise<RunRecord> {
  const { table, world, timing } = ports
  const id = arrayFileRun(config.prefix, job.parent, world.digest())
  const patience = { world, timing, signal }
  for (let tried = 0; ; tried += 1) {
    const run = await outwait(patience, () => table.readRun(id))
    if (run !== null) return run
    const seat = await outwait(patience, () => table.readSeat(seatName(id)))
    if (seat?.holder.startsWith(REFUSED) === true) throw refusedBefore(job, seat)
    if (isFree(ports, seat, me)) {
      const mine = { name: seatName(id), version: (seat?.version ?? 0) + 1, holder: me, at: world.clock.now() }
      if (await outwait(patience, () => table.takeSeat(mine))) return makeOrRefuse(ports, config, job, id, mine)
    }
    if (signal.aborted)
      throw new RegattaError("unavailable", `told to end before there was a run for job ${job.parent}`)
    const wait = Math.min((timing.backOff / FIRST_WAIT) * 2 ** tried, timing.backOff / LONGEST_WAIT)
    await world.clock.sleep(world.clock.now() + wait * (0.5 + world.random()), signal)
  }
}

function seatName(id: RunId): string {
  return `array-file:${id}`
}

/** Nobody is reading the file, or whoever was must have died. Two at once do no harm: they store the same bytes. */
function isFree({ world, timing }: ArrayFilePorts, seat: Seat | null, me: OwnerId): boolean {
  if (seat === null || seat.holder === me || succeeds(me, seat.holder as OwnerId)) return true
  return seat.at + timing.renew <= world.clock.now()
}

async function makeOrRefuse(
  ports: ArrayFilePorts,
  config: Config,
  job: ArrayFileJob,
  id: RunId,
  seat: Seat,
): Promise<RunRecord> {
  try {
    // Read only where it is needed: most children find their run.
    const { makeArrayRun } = await import("./make-array-run.ts")
    return await makeArrayRun(ports, config, job, id, seat.holder as OwnerId)
  } catch (error) {
    const isForGood = error instanceof RegattaError && ERROR_CODES[error.code].worker < 70
    if (isForGood) {
      const holder = `${REFUSED}${error.message}`.slice(0, REFUSAL_LENGTH)
      await ports.table.takeSeat({ ...seat, version: seat.version + 1, holder, at: ports.world.clock.now() })
    }
    throw error
  }
}

function refusedBefore({ uri }: ArrayFileJob, { holder }: Seat): RegattaError {
  return new RegattaError("invalid", holder.slice(REFUSED.length), {
    hint: "the log of the array's first child has all of it; mend it and submit the array again",
    fields: { uri },
  })
}
