// The worker: one process that carries one row, told by its environment which. In AWS it is one Batch child.
// It asks nobody anything: all it needs was pinned with the run. Only where there is no run does it read a manifest and a regatta.yaml.
import { carryRow } from "../app/carry-row.ts"
import { outwait } from "../app/outwait-table.ts"
import { readPinnedRow, readRowListEntry } from "../app/pin-manifest.ts"
import { refuseChangedFile } from "../app/refuse-changed-file.ts"
import type { compose as Compose } from "../compose/compose.ts"
import { readChildSettings } from "../core/config/child-settings.ts"
import { ownerId } from "../core/decision/owner.ts"
import type { Timing } from "../core/decision/policy.ts"
import { ERROR_CODES, RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { formatProblem } from "../core/problem.ts"
import { WORKER_EXIT } from "../core/run/child-exit.ts"
import type { RunRecord } from "../core/run/run.ts"
import { withoutSecrets } from "../core/without-secrets.ts"
import type { ArrayQueue } from "../ports/array-queue.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { Composed, Ports } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import { type Assignment, isArrayFile, type RowSource, readArrayFile, readAssignment, required } from "./assignment.ts"
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
  const { env } = shell
  const on = env["REGATTA_ON"] || (isArrayFile(env) ? "aws" : "local")
  if (on === "aws" && isArrayFile(env)) return carryArrayFile(shell, compose)
  const assignment = readAssignment(env)
  return using(compose(settingsOf(env, on), shell), (ports) => carry(shell, ports, assignment, null))
}

/** What the array told this worker of the configuration. */
function settingsOf(env: Shell["env"], on: string): Composed {
  if (on === "local") {
    return { on, table: required(env, "REGATTA_TABLE"), stateFolder: required(env, "REGATTA_HOME") }
  }
  // A worker keeps nothing on its own disk.
  if (on === "aws") return { on, stateFolder: "/nowhere", ...readChildSettings(env) }
  throw new RegattaError("unsupported", `the platform "${on}" is not built yet`)
}

async function carryArrayFile(shell: Shell, compose: typeof Compose): Promise<number> {
  const assignment = readArrayFile(shell.env)
  // Other workers have no need of it, and each is started once per row.
  const { arrayFileConfig, arrayFileRunOf } = await import("./array-file.ts")
  const config = await arrayFileConfig(shell, compose)
  return using(compose(config, shell), async (ports) => {
    const run = await arrayFileRunOf(shell, ports, config, assignment, ownerOf(shell, assignment))
    return carry(shell, ports, { ...assignment, run: run.run }, run)
  })
}

async function using(ports: Ports, work: (ports: Ports) => Promise<number>): Promise<number> {
  try {
    return await work(ports)
  } finally {
    await ports.close()
  }
}

function ownerOf({ process }: Shell, { job, attempt }: Pick<Assignment, "job" | "attempt">): OwnerId {
  return ownerId(job === null ? { kind: "command", process } : { kind: "child", job, attempt, process })
}

/** @param known the run, where it was read already. */
async function carry(shell: Shell, ports: Ports, assignment: Assignment, known: RunRecord | null): Promise<number> {
  const { run: id, source, job, attempt } = assignment
  const patience = { world: shell, timing: ports.timing, signal: shell.terminated }
  // Their code is read while the first answers are on their way; whoever needs one is told what went wrong with it.
  void Promise.allSettled([ports.table(), ports.training()])
  const objects = await ports.objects()
  const run = known ?? (await outwait(patience, async () => knownRun(await (await ports.table()).readRun(id), id)))
  const index = await outwait(patience, () => rowOf(objects, source))
  const spec = await outwait(patience, () => readPinnedRow(objects, run, index))
  shell.log.event("info", "row in hand", { run: id, row: index, region: spec.region, job, attempt })
  const loop: RowPorts = {
    table: await ports.table(),
    training: await ports.training(),
    queue: lateQueue(ports),
    timing: ports.timing,
    world: shell,
    specOf: async (of, at) => (of.run === id && at === index ? spec : readPinnedRow(objects, of, at)),
  }
  if (run.manifest.object !== undefined) {
    const row = await outwait(patience, () => loop.table.readRow(id, index))
    // A row that was begun is carried to its end whatever became of the file.
    if (row.version === 0) await outwait(patience, () => refuseChangedFile(objects, run))
  }
  await spread(shell, ports.timing, assignment, run)
  return finishRow(shell, loop, { run, index, me: ownerOf(shell, assignment), job })
}

/** Children that would not be many at once: SageMaker was seen to throttle from five callers on, and its clients repeat. */
const FEW_CHILDREN = 100

/** Children of a large array begin apart, so that 10,000 of them do not ask the same services in one moment. A later attempt may have a training job to look after, and begins at once. */
async function spread(shell: Shell, timing: Timing, { size, attempt }: Assignment, { on }: RunRecord): Promise<void> {
  if (on === "local" || size <= FEW_CHILDREN || attempt > 1) return
  // 10 ms per child, at most half a minute, of AWS's time: Fargate itself starts 20 a second.
  const longest = Math.min((timing.poll * size) / 3000, timing.poll)
  await shell.clock.sleep(shell.clock.now() + longest * shell.random(), shell.terminated)
}

type RowQueue = Pick<ArrayQueue, "isGone" | "child">
type RowPorts = Parameters<typeof carryRow>[0] & { readonly queue: RowQueue }

/** Hardly a worker ever asks the queue anything, so its client is read only by those that do. */
function lateQueue(ports: Ports): RowQueue {
  return {
    isGone: async (owner) => (await ports.queue()).isGone(owner),
    child: async (job) => (await ports.queue()).child(job),
  }
}

interface Carried {
  readonly run: RunRecord
  readonly index: number
  readonly me: OwnerId
  readonly job: string | null
}

async function finishRow(shell: Shell, loop: RowPorts, { run, index, me, job }: Carried): Promise<number> {
  const options = { follow: run.follow, endedByPerson: () => endedByPerson(shell, loop.queue, job) }
  const outcome = await carryRow(loop, run.run, index, me, options, shell.terminated)
  const { exit, message } = endOf(outcome)
  shell.err(`${message}\n`)
  shell.log.event("info", "worker ends", { run: run.run, row: index, outcome: outcome.kind, exit })
  return exit
}

/** In every doubt no: a training job that is left running is found again, one that was stopped for nothing is lost work. */
async function endedByPerson(shell: Shell, queue: RowQueue, job: string | null): Promise<boolean> {
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

/** A table that is missing or not ours is no fault of the row: who mends it finds the training job still somebody's. */
function isOfTable(error: RegattaError): boolean {
  return error.fields["table"] !== undefined
}

const PROBLEMS_SHOWN = 20

function reportError(shell: Shell, error: unknown): number {
  if (!(error instanceof RegattaError)) {
    shell.err(`${withoutSecrets(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`)
    return WORKER_EXIT.transient
  }
  const stack = error.code === "fault" ? `\n${error.stack}` : ""
  const problems = error.problems.filter(({ severity }) => severity === "error").slice(0, PROBLEMS_SHOWN)
  const lines = problems.map((problem) => `${formatProblem(problem)}\n`).join("")
  shell.err(`${error.message}${stack}\n${lines}${error.hint === null ? "" : `hint: ${error.hint}\n`}`)
  return isOfTable(error) ? WORKER_EXIT.transient : ERROR_CODES[error.code].worker
}
