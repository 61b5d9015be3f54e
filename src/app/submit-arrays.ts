// Hands the arrays of a run to the queue, each exactly once, whoever else is at it and wherever an earlier one was killed:
// a claim in the run's record comes before the question, the id after it, and an array of the same name is adopted.
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { ArrayRecord, RunRecord } from "../core/run/run.ts"
import { isStoppedWhole } from "../core/run/run-status.ts"
import { isWanted, namedArrays } from "../core/run/slices.ts"
import { isNothingWritten } from "../core/table-errors.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { arrayTermsOf, piecesForRows } from "./array-pieces.ts"
import { copiesDone } from "./copies-done.ts"

export type QueuePorts = Pick<OpenPorts, "table" | "queue" | "timing" | "world">

export interface SubmitHooks {
  /**
   * Before the first array that this call submits, and not at all where none is left to submit: a follower that joined the
   * queue behind 10,000 children would begin after all of them. Must be safe to repeat: what died after it is resumed.
   */
  readonly beforeArrays?: (run: RunRecord) => Promise<void>
  /** After each array, with the run as it is then. */
  readonly onSubmitted?: (run: RunRecord) => void
}

/** Claims under which a queue that throttles everything is asked, each for as long as it lasts: on aws 6 minutes. */
const CLAIMS = 2

/**
 * Submits every array of the run that has no id yet, that no stop order covers and whose copies are done; waits while another
 * process is submitting one. Requests grow with arrays, not with rows. Returns the run as it is then; when the signal fires, error `partial`.
 */
export async function submitArrays(
  ports: QueuePorts,
  id: RunId,
  me: OwnerId,
  signal: AbortSignal,
  { beforeArrays, onSubmitted }: SubmitHooks = {},
): Promise<RunRecord> {
  let isFirst = true
  let refused = 0
  while (true) {
    const run = await readRun(ports, id)
    const open = await readyArrays(ports, run)
    if (open.length === 0) return run
    if (signal.aborted) throw interrupted(run, open.length)
    // Before the claim, which leaves only so much time for its array.
    if (isFirst) await beforeArrays?.(run)
    isFirst = false
    const free = await firstFree(ports, open)
    if (free === null) await waitForClaim(ports, open, signal)
    else {
      try {
        if (await submitOne(ports, run, free, me)) onSubmitted?.(await readRun(ports, id))
      } catch (error) {
        refused += 1
        if (refused >= CLAIMS || !isRegattaError(error, "unavailable") || !isNothingWritten(error)) throw error
      }
    }
  }
}

/** Arrays that are still to submit: none whose rows wait for a copy that is not there yet. */
async function readyArrays({ table }: Pick<QueuePorts, "table">, run: RunRecord): Promise<readonly ArrayRecord[]> {
  const open = run.arrays.filter((array) => array.id === null && isWanted(run, array))
  if (open.every(({ waitsFor }) => waitsFor === undefined)) return open
  const done = await copiesDone({ table }, run.run)
  return open.filter(({ waitsFor = [] }) => waitsFor.every((key) => done.has(key)))
}

/**
 * Array records, not submitted yet, that carry exactly these rows: contiguous ones by their offset, others by a row list that
 * is written here. They follow the arrays that the run has; the caller adds them to its record.
 */
export async function arraysForRows(
  ports: Pick<OpenPorts, "objects" | "world">,
  run: Pick<RunRecord, "run" | "arrays" | "parts">,
  rows: readonly number[],
): Promise<readonly ArrayRecord[]> {
  const home = run.parts[0]?.rows.region ?? ""
  const pieces = await piecesForRows(ports, home, rows, await arrayTermsOf(ports, run))
  return namedArrays(run.run, run.arrays.length, pieces)
}

/**
 * True: submitted and recorded. False: another process was first. Where the queue refused every request for as long as the
 * claim lasts, nothing was submitted under it, and it is given back before the error is thrown.
 */
async function submitOne(ports: QueuePorts, run: RunRecord, array: ArrayRecord, me: OwnerId): Promise<boolean> {
  const { sendWindow, settle } = ports.timing
  // As long as a request may be on its way: until then its array may still appear, and another's could be a second one.
  const until = ports.world.clock.now() + sendWindow + settle
  const claimed = withArray(run, { ...array, claim: { by: me, until } })
  if ((await ports.table.amendRun(claimed)) === "stale") return false
  let id: string
  try {
    id = await ports.queue.submit(claimed, array)
  } catch (error) {
    if (isRegattaError(error, "unavailable") && isNothingWritten(error)) await release(ports, run.run, array.name, me)
    throw error
  }
  await record(ports, run.run, array.name, id)
  return true
}

async function release(ports: QueuePorts, id: RunId, name: string, me: OwnerId): Promise<void> {
  for (;;) {
    const run = await readRun(ports, id)
    const array = run.arrays.find((each) => each.name === name)
    if (array === undefined || array.id !== null || array.claim?.by !== me) return
    if ((await ports.table.amendRun(withArray(run, { ...array, claim: null }))) === "done") return
  }
}

async function record(ports: QueuePorts, run: RunId, name: string, id: string): Promise<void> {
  while (true) {
    const now = await readRun(ports, run)
    const array = now.arrays.find((each) => each.name === name)
    if (array === undefined || (array.id !== null && array.id !== id)) throw doubled(run, name, id, array?.id ?? null)
    // A stop that came after the claim has ended the arrays it saw, and did not see this one's id.
    if (isStoppedWhole(now)) await ports.queue.end(id, "the run was stopped")
    if (array.id === id) return
    if ((await ports.table.amendRun(withArray(now, { ...array, id, claim: null }))) === "done") return
  }
}

/** The first that nobody is submitting: unclaimed, its claim ran out, or its claimant is proven dead. */
async function firstFree(ports: QueuePorts, open: readonly ArrayRecord[]): Promise<ArrayRecord | null> {
  const now = ports.world.clock.now()
  for (const array of open) {
    if (array.claim === null || array.claim.until <= now) return array
    if (await ports.queue.isGone(array.claim.by as OwnerId)) return array
  }
  return null
}

async function waitForClaim(ports: QueuePorts, open: readonly ArrayRecord[], signal: AbortSignal): Promise<void> {
  const now = ports.world.clock.now()
  const ends: Instant[] = open.map(({ claim }) => claim?.until ?? now)
  await ports.world.clock.sleep(Math.min(now + ports.timing.poll, ...ends), signal)
}

function withArray(run: RunRecord, array: ArrayRecord): RunRecord {
  const arrays = run.arrays.map((each) => (each.name === array.name ? array : each))
  return { ...run, version: run.version + 1, arrays }
}

async function readRun(ports: Pick<OpenPorts, "table">, id: RunId): Promise<RunRecord> {
  const run = await ports.table.readRun(id)
  if (run !== null) return run
  throw new RegattaError("notFound", `the central table has no run ${id}`, {
    hint: "`regatta list` shows the runs",
    fields: { run: id },
  })
}

function interrupted(run: RunRecord, left: number): RegattaError {
  const all = run.arrays.length
  return new RegattaError("partial", `${left} of ${all} array jobs of run ${run.run} are not submitted yet`, {
    hint: `\`regatta submit --resume ${run.run}\` goes on`,
    fields: { run: run.run },
  })
}

function doubled(run: RunId, name: string, id: string, other: string | null): RegattaError {
  const known = other === null ? "none" : other
  return new RegattaError(
    "fault",
    `the queue knows array ${name} of run ${run} as ${id}, the run's record as ${known}`,
    {
      fields: { run },
    },
  )
}
