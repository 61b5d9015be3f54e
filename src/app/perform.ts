import type { Action, Observation } from "../core/decision/action.ts"
import { isWorthNoting } from "../core/decision/noted.ts"
import type { Attempt, RowRecord } from "../core/decision/row.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { OwnerId } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** A row in the hands of a loop: all that the next decision is made from. */
export interface Carried {
  readonly run: RunRecord
  /** null: its pinned line cannot be read; such a row can be followed, stopped and ended, and is not launched. */
  readonly spec: JobSpec | null
  readonly row: RowRecord
  readonly seen: Observation
  /** What the table is known to hold of the row's training job; null: nothing, missing: it was not looked at. */
  readonly noted?: TrainingJob | null
}

export type Call = Extract<Action, { do: "commit" | "create" | "describe" | "stop" }>
type Commit = Extract<Action, { do: "commit" }>
type PerformPorts = Pick<LoopPorts, "table" | "training" | "world" | "timing">

/** Does what was decided: the only place where an action becomes a call, shared by every loop. The result is what to decide from next. */
export async function perform(
  ports: PerformPorts,
  carried: Carried,
  me: OwnerId,
  action: Call,
  signal: AbortSignal,
): Promise<Carried> {
  switch (action.do) {
    case "commit":
      return commit(ports, carried, me, action)
    case "create":
      // Of a job that was just made nothing can have been noted.
      return seeing(ports, { noted: null, ...carried }, await created(ports, carried, action.attempt, signal))
    case "describe":
      return seeing(ports, carried, await described(ports, carried, action.attempt))
    case "stop": {
      const answer = await orElse(() => ports.training.stop(carried.run, action.attempt), "unknown")
      return { ...carried, seen: { kind: answer === "unknown" ? "silent" : "asked" } }
    }
    default:
      return action satisfies never
  }
}

/** What a loop may believe of a row that it did not just write: of its own older claim it cannot know whether a create was sent. */
export function firstSight(row: RowRecord, me: OwnerId): Observation {
  const mine = row.state.status === "launching" && row.state.attempt.claimedBy === me
  return { kind: mine ? "unanswered" : "nothing" }
}

/**
 * Stops the training job of a live row without a decision. Of a row that is being launched nobody has seen yet whose job bears
 * its name: it is looked at first, and another's is not stopped.
 */
export async function stopLiveJob(
  ports: PerformPorts,
  carried: Carried,
  attempt: Attempt,
  me: OwnerId,
  signal: AbortSignal,
): Promise<void> {
  if (carried.row.state.status === "launching") {
    const { seen } = await perform(ports, carried, me, { do: "describe", attempt }, signal)
    if (seen.kind !== "job" || seen.job.end !== null) return
  }
  await perform(ports, carried, me, { do: "stop", attempt }, signal)
}

/** A commit's own id: a repetition after a lost answer is known by it. */
export function commitId(world: Pick<LoopPorts["world"], "random">, next: RowRecord): string {
  return `${next.index}.${next.version}.${world.random().toString(36).slice(2)}`
}

async function commit(ports: PerformPorts, carried: Carried, me: OwnerId, action: Commit): Promise<Carried> {
  const { table, world } = ports
  const { next } = action.change
  const done = await table.commit(carried.run, { ...action.change, id: commitId(world, next) })
  if (done.ok) return afterCommit(ports, { ...carried, row: next, seen: { kind: "nothing" } })
  if (done.code === "stale") return { ...carried, row: done.row, seen: firstSight(done.row, me) }
  return {
    ...carried,
    row: done.row,
    seen: { kind: "turnedAway", by: done.code, hopeless: done.hopeless, until: done.until, detail: done.detail },
  }
}

/** Between the claim and the create the orders are read again: a stop that was written first is seen here, one that comes later sees the claim. */
async function afterCommit(ports: PerformPorts, carried: Carried): Promise<Carried> {
  if (carried.row.state.status !== "launching") return carried
  return { ...carried, run: (await ports.table.readRun(carried.run.run)) ?? carried.run }
}

/** An adapter that could not reach its service cannot know whether the request did. */
async function created(
  ports: PerformPorts,
  { run, spec }: Carried,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<Observation> {
  if (spec === null) throw new RegattaError("fault", `row ${attempt.jobName} has no pinned line to launch it from`)
  const seen = await orElse(() => ports.training.create(run, spec, attempt, signal), { kind: "unanswered" } as const)
  return seen.kind === "nothing" || seen.kind === "silent" ? { kind: "unanswered" } : seen
}

async function described(ports: PerformPorts, { run }: Carried, attempt: Attempt): Promise<Observation> {
  const seen = await orElse(() => ports.training.describe(run, attempt), { kind: "silent" } as const)
  return seen.kind === "nothing" ? { kind: "silent" } : seen
}

/** What was seen of a training job is noted for the others; its end needs no note, the write of the end follows. */
async function seeing(ports: PerformPorts, carried: Carried, seen: Observation): Promise<Carried> {
  if (seen.kind !== "job" || seen.job.end !== null) return { ...carried, seen }
  return { ...carried, seen, ...(await note(ports, carried, seen.job)) }
}

/** A note that is lost costs a question to the service, nothing else. */
async function note(ports: PerformPorts, carried: Carried, job: TrainingJob): Promise<Pick<Carried, "noted">> {
  const { table, world, timing } = ports
  const { run, row } = carried
  try {
    const kept = carried.noted === undefined ? await table.noted(run.run, row.index) : carried.noted
    if (!isWorthNoting(job, kept, timing)) return { noted: kept }
    await table.note(run.run, row.index, job)
    return { noted: job }
  } catch (error) {
    if (!isRegattaError(error, "unavailable")) throw error
    world.log.event("warn", "note.lost", { run: run.run, row: row.index, error: error.message })
    return {}
  }
}

async function orElse<T, Other>(call: () => Promise<T>, unavailable: Other): Promise<T | Other> {
  try {
    return await call()
  } catch (error) {
    if (!isRegattaError(error, "unavailable")) throw error
    return unavailable
  }
}
