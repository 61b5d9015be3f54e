// The worker: one process that carries one row, told by its environment which. In AWS it is one Batch child.
// It reads no manifest and no regatta.yaml, and asks nobody anything: all it needs was pinned with the run.
import { carryRow } from "../app/carry-row.ts"
import type { LoopPorts } from "../app/loop-ports.ts"
import { outwait } from "../app/outwait-table.ts"
import { readPinnedRow, readRowListEntry, rowFinder } from "../app/pin-manifest.ts"
import type { compose as Compose } from "../compose.ts"
import { ownerId } from "../core/decision/owner.ts"
import { ERROR_CODES, RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { WORKER_EXIT } from "../core/run/child-exit.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { ArrayQueue } from "../ports/array-queue.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { Ports } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import { type Assignment, type RowSource, readAssignment, required } from "./assignment.ts"
import { endOf } from "./outcome.ts"

/** Carries the row that the environment names. Returns the exit code of product.md; throws nothing. */
export async function runWorker(shell: Shell, compose: typeof Compose): Promise<number> {
  try {
    return await carryAssigned(shell, compose)
  } catch (error) {
    return reportError(shell, error)
  }
}

async function carryAssigned(shell: Shell, compose: typeof Compose): Promise<number> {
  if (shell.argv.length > 1) throw new RegattaError("usage", `worker takes no arguments, got "${shell.argv[1]}"`)
  const assignment = readAssignment(shell.env)
  const on = shell.env["REGATTA_ON"] ?? "local"
  if (on !== "local") throw new RegattaError("unsupported", `the platform "${on}" is not built yet`)
  const table = required(shell.env, "REGATTA_TABLE")
  const ports = compose({ on, table, stateFolder: required(shell.env, "REGATTA_HOME") }, shell)
  try {
    return await carry(shell, ports, assignment)
  } finally {
    await ports.close()
  }
}

async function carry(shell: Shell, ports: Ports, { run: id, source, job, attempt }: Assignment): Promise<number> {
  const me = ownerId(
    job === null
      ? { kind: "command", process: shell.process }
      : { kind: "child", job, attempt, process: shell.process },
  )
  const patience = { world: shell, timing: ports.timing, signal: shell.terminated }
  const objects = await ports.objects()
  const run = await outwait(patience, async () => knownRun(await (await ports.table()).readRun(id), id))
  const index = await outwait(patience, () => rowOf(objects, source))
  const spec = await outwait(patience, () => readPinnedRow(objects, run, index))
  shell.log.event("info", "row in hand", { run: id, row: index, region: spec.region, job, attempt })
  const loop: LoopPorts = {
    table: await ports.table(),
    training: await ports.training(),
    queue: await ports.queue(),
    timing: ports.timing,
    world: shell,
    specOf: async (of, at) => (of.run === id && at === index ? spec : readPinnedRow(objects, of, at)),
    rowOf: rowFinder(objects),
  }
  return finishRow(shell, loop, { run, index, me, job })
}

interface Carried {
  readonly run: RunRecord
  readonly index: number
  readonly me: OwnerId
  readonly job: string | null
}

async function finishRow(shell: Shell, loop: LoopPorts, { run, index, me, job }: Carried): Promise<number> {
  const options = { follow: run.follow, endedByPerson: () => endedByPerson(shell, loop.queue, job) }
  const outcome = await carryRow(loop, run.run, index, me, options, shell.terminated)
  const { exit, message } = endOf(outcome)
  shell.err(`${message}\n`)
  shell.log.event("info", "worker ends", { run: run.run, row: index, outcome: outcome.kind, exit })
  return exit
}

/** In every doubt no: a training job that is left running is found again, one that was stopped for nothing is lost work. */
async function endedByPerson(shell: Shell, queue: ArrayQueue, job: string | null): Promise<boolean> {
  // Started by hand: whoever signals it is a person.
  if (job === null) return shell.terminated.reason === "SIGINT"
  try {
    return (await queue.child(job))?.byPerson ?? false
  } catch (error) {
    shell.log.event("warn", "the queue does not say who ended this worker", { job, error: String(error) })
    return false
  }
}

function knownRun(run: RunRecord | null, id: RunId): RunRecord {
  if (run !== null) return run
  throw new RegattaError("notFound", `the central table has no run ${id}`, { fields: { run: id } })
}

async function rowOf(objects: ObjectStore, source: RowSource): Promise<number> {
  if (source.kind === "row") return source.index
  return source.kind === "offset" ? source.offset + source.child : readRowListEntry(objects, source.list, source.child)
}

function reportError(shell: Shell, error: unknown): number {
  if (!(error instanceof RegattaError)) {
    shell.err(`${error instanceof Error ? error.stack : String(error)}\n`)
    return WORKER_EXIT.transient
  }
  const stack = error.code === "fault" ? `\n${error.stack}` : ""
  shell.err(`${error.message}${stack}\n${error.hint === null ? "" : `hint: ${error.hint}\n`}`)
  return ERROR_CODES[error.code].worker
}
