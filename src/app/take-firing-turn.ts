// The turn of one firing of a schedule: its run, where it exists; else whether it may be made now, later or never.
// It makes no run itself; whoever has the turn does, and gives it back where no run came of it.
import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Overlap } from "../core/schedule/schedule.ts"
import { NO_TURNS, parseTurns, type Turns, takeTurn, turnsText, withoutMaker } from "../core/schedule/turns.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { Seat } from "../ports/run-table.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { readStatus } from "./read-status.ts"
import type { Firing } from "./submit-run.ts"
import { isGone } from "./takeable.ts"

export type FiringTurn =
  | { readonly kind: "go" }
  /** Fired before: its run is there. */
  | { readonly kind: "found"; readonly run: RunRecord }
  /** Its run is never made, since another had not ended. */
  | { readonly kind: "skipped"; readonly because: RunId }

type TurnPorts = LoopPorts & Pick<OpenPorts, "objects">

/** How long a run may be in the making: planned, its code packed, its rows pinned. Whoever was killed meanwhile, and cannot be proven dead, holds nobody up for longer. */
const MAKING = 3_600_000
/** Looks that one which waits may miss before it is taken for dead. */
const LOOKS_MISSED = 6

/**
 * Waits where the overlap is `queue`. `by`: who will make the run, in a form by which the queue can tell whether it has died. Every step is one conditional write and may be repeated: two that fire the same agree.
 * Errors: `conflict` (another schedule's run has this id), `refused` (told to end while it waited), what the table throws.
 */
export async function takeFiringTurn(
  ports: TurnPorts,
  firing: Firing,
  overlap: Overlap,
  me: OwnerId,
  by: OwnerId,
  onWait: (other: RunId) => void,
  signal: AbortSignal,
): Promise<FiringTurn> {
  const { table, world, timing } = ports
  for (let waited: RunId | null = null; ; ) {
    const settled = await settledFiring(ports, firing)
    if (settled !== null) return settled
    const seat = await table.readSeat(turnSeat(firing))
    const turns = turnsOf(seat)
    const isBusy = overlap !== "allow" && turns.run !== null && (await isOpen(ports, turns.run, firing, me, signal))
    const now = world.clock.now()
    const patience = LOOKS_MISSED * timing.poll + timing.lease
    const turn = takeTurn(turns, { me: firing.run, by, overlap, isBusy, now, patience })
    if (turn.kind === "skip") {
      await table.takeSeat({ name: skipSeat(firing), version: 1, holder: turn.because, at: now })
      return { kind: "skipped", because: turn.because }
    }
    if (!(await table.takeSeat(nextSeat(firing, seat, turn.turns, now)))) continue
    if (turn.kind === "go") return turn
    const ahead = turns.run?.id ?? firing.run
    if (ahead !== waited) onWait(ahead)
    waited = ahead
    await world.clock.sleep(now + timing.poll, signal)
    if (signal.aborted)
      throw new RegattaError("refused", `told to end while it waited for ${ahead}: nothing was submitted`)
  }
}

/** Called where a turn came to nothing, so that the next firing need not wait for a run that never comes. */
export async function giveBackTurn(
  ports: Pick<OpenPorts, "table" | "world">,
  firing: Firing,
  by: OwnerId,
): Promise<void> {
  const { table, world } = ports
  if ((await table.readRun(firing.run)) !== null) return
  const seat = await table.readSeat(turnSeat(firing))
  const turns = turnsOf(seat)
  const left = withoutMaker(turns, firing.run, by)
  if (left !== turns) await table.takeSeat(nextSeat(firing, seat, left, world.clock.now()))
}

async function settledFiring({ table }: Pick<OpenPorts, "table">, firing: Firing): Promise<FiringTurn | null> {
  const run = await table.readRun(firing.run)
  if (run !== null) {
    if (run.firing?.schedule === firing.schedule && run.firing.at === firing.at) return { kind: "found", run }
    throw new RegattaError("conflict", `${firing.run} is not a run of the schedule ${firing.schedule}`, {
      hint: "two schedules whose names begin alike met in one id: give one of them another name",
      fields: { run: firing.run },
    })
  }
  const skipped = await table.readSeat(skipSeat(firing))
  return skipped === null ? null : { kind: "skipped", because: skipped.holder as RunId }
}

/** Whether the newest run of the schedule goes on, or is still being made by somebody who may live. */
async function isOpen(
  ports: TurnPorts,
  { id, at, makers }: NonNullable<Turns["run"]>,
  firing: Firing,
  me: OwnerId,
  signal: AbortSignal,
): Promise<boolean> {
  if (id === firing.run) return false
  if ((await ports.table.readRun(id)) === null) {
    if (ports.world.clock.now() >= at + MAKING) return false
    if (!(await areGone(ports, makers))) return true
    // The last thing that they did may have been to make it.
    if ((await ports.table.readRun(id)) === null) return false
  }
  const { document } = await readStatus(ports, id, me, { refresh: true }, signal)
  return document.run.status !== "ended"
}

async function areGone(ports: Pick<LoopPorts, "queue">, makers: readonly OwnerId[]): Promise<boolean> {
  for (const maker of makers) if (!(await isGone(ports, maker))) return false
  return makers.length > 0
}

function turnsOf(seat: Seat | null): Turns {
  return seat === null ? NO_TURNS : parseTurns(seat.holder)
}

function nextSeat(firing: Firing, seat: Seat | null, turns: Turns, at: number): Seat {
  return { name: turnSeat(firing), version: (seat?.version ?? 0) + 1, holder: turnsText(turns), at }
}

/** Of a run's id; a prefix may have hyphens of its own. */
function prefixOf(run: RunId): string {
  return run.replace(/-\d{14}-.*$/, "")
}

function turnSeat({ run, schedule }: Firing): string {
  return `schedule:${prefixOf(run)}:${schedule}`
}

function skipSeat({ run }: Firing): string {
  return `schedule-skipped:${run}`
}
