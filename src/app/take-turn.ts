import type { Action } from "../core/decision/action.ts"
import { decide } from "../core/decision/decide.ts"
import { endingPolicy, policyFor } from "../core/decision/policy.ts"
import type { RowRecord } from "../core/decision/row.ts"
import type { Instant, OwnerId } from "../core/ids.ts"
import type { Final } from "../core/job/training-job.ts"
import type { LeaseKeeper } from "./lease-keeper.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { type Carried, firstSight, perform } from "./perform.ts"
import { isTakeable, type OwnerPorts } from "./takeable.ts"

/** How this process carries rows. */
export interface TurnStance {
  readonly me: OwnerId
  readonly holds: boolean
  readonly mayLaunch: boolean
  /** A person ended this process: its row is stopped as if a stop order covered it. */
  readonly stopAll: boolean
  /** null: a tick, which holds nothing. */
  readonly lease: LeaseKeeper | null
  readonly onRow?: (row: RowRecord) => void
  /** Changes of training jobs come by themselves: one that was just seen going on is not asked for again after the write. */
  readonly listens?: boolean
  /** Index of the place that the first claim of the turn is to take. */
  readonly tryPlace?: number
}

export type TurnPorts = Pick<LoopPorts, "training" | "timing"> & OwnerPorts

export type TurnEnd =
  | { readonly kind: "pause"; readonly until: Instant }
  | { readonly kind: "leave"; readonly to: OwnerId }
  | { readonly kind: "finish"; readonly status: Final }
  /** The row was let go in the last write. */
  | { readonly kind: "released" }
  | { readonly kind: "interrupted" }

/** Asks `decide` and obeys until there is nothing to do for a while: one row, at one time. */
export async function takeTurn(
  ports: TurnPorts,
  from: Carried,
  given: TurnStance,
  signal: AbortSignal,
): Promise<readonly [Carried, TurnEnd]> {
  let carried = from
  let stance = given
  for (;;) {
    if (signal.aborted) return [carried, { kind: "interrupted" }]
    if (stance.lease?.isDue === true && !(await stance.lease.keep()))
      carried = await readAgain(ports, carried, stance.me)
    const action = await decideNext(ports, carried, stance)
    if (action.do === "pause" || action.do === "leave" || action.do === "finish") return [carried, endOf(action)]
    const { row: before, seen } = carried
    carried = await perform(ports, carried, stance.me, action, signal)
    if (carried.row !== before) stance.onRow?.(carried.row)
    if (carried.row.version !== before.version) stance = afterCommit(stance)
    if (stance.listens === true && isSeenGoingOn(carried, before, seen, stance.me)) {
      return [
        { ...carried, seen },
        { kind: "pause", until: Number.POSITIVE_INFINITY },
      ]
    }
    if (isReleased(carried.row, before, stance, ports.world.clock.now())) return [carried, { kind: "released" }]
  }
}

/** The place that was chosen is for one claim: after a refusal the row goes on by itself. */
function afterCommit({ tryPlace: _, ...stance }: TurnStance): TurnStance {
  return stance
}

function isSeenGoingOn({ row }: Carried, before: RowRecord, seen: Carried["seen"], me: OwnerId): boolean {
  return (
    row !== before && row.owner === me && row.state.status === "running" && seen.kind === "job" && seen.job.end === null
  )
}

async function readAgain(ports: TurnPorts, carried: Carried, me: OwnerId): Promise<Carried> {
  const row = await ports.table.readRow(carried.run.run, carried.row.index)
  return { ...carried, row, seen: firstSight(row, me) }
}

async function decideNext(ports: TurnPorts, carried: Carried, stance: TurnStance): Promise<Action> {
  const { row, run, spec, seen } = carried
  const { me, holds, mayLaunch } = stance
  const takeable = row.owner !== null && row.owner !== me && (await isTakeable(ports, me, row.owner))
  const stands = { me, mayTake: () => takeable, holds, mayLaunch, timing: ports.timing }
  const known = spec === null ? endingPolicy(run, row.index, stands) : policyFor(run, spec, stands)
  const policy = stance.tryPlace === undefined ? known : { ...known, tryPlace: stance.tryPlace }
  return decide(row, seen, stance.stopAll ? { ...policy, stop: true } : policy, ports.world.clock.now())
}

function endOf(action: Extract<Action, { do: "pause" | "leave" | "finish" }>): TurnEnd {
  switch (action.do) {
    case "pause":
      return { kind: "pause", until: action.until }
    case "leave":
      return { kind: "leave", to: action.to }
    case "finish":
      return { kind: "finish", status: action.status }
    default:
      return action satisfies never
  }
}

/** A process that holds nothing is done with a row that it wrote ownerless, unless the next step is due now: another place, or the stop that was just decided. */
function isReleased(row: RowRecord, before: RowRecord, stance: TurnStance, now: Instant): boolean {
  if (stance.holds || row === before || row.owner !== null) return false
  const { state } = row
  if (state.status === "waiting") return !stance.mayLaunch || state.until > now
  return state.status === "running" || state.status === "launching"
}
