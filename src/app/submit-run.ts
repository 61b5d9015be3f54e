// A submission: plan, pack, pin, create the run, hand its arrays to the queue. Every step may be repeated and every step may be the
// last before a kill: what stands in the table is enough for `resumeRun` to bring it to its end. Trains nothing itself.

import type { Config } from "../core/config/config.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import { copiesCounted, copyGroups, mostCopies } from "../core/placement/copy-groups.ts"
import { runId } from "../core/run/names.ts"
import type { Plan } from "../core/run/plan.ts"
import type { ArrayRecord, Part, RunRecord } from "../core/run/run.ts"
import { type ArrayPiece, namedArrays } from "../core/run/slices.ts"
import { isNothingWritten } from "../core/table-errors.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { TABLE_SCHEMA } from "../ports/run-table.ts"
import { DataBook } from "./data-book.ts"
import { pinRows } from "./pin-rows.ts"
import { withPlaced } from "./place-rows.ts"
import { planRun } from "./plan-run.ts"
import type { Planned, PlanPorts, PlanRequest } from "./planned.ts"
import { RowQueues } from "./row-queues.ts"
import { CodeSources, refuseChangedCode } from "./saved-code.ts"
import type { SavedPlan } from "./saved-plan.ts"
import type { QueuePorts } from "./submit-arrays.ts"
import { type BudgetTerms, budgetOf, refuseBudget, withBudgetWarning } from "./submit-budget.ts"
import { type HandOverHooks, type HandOverPorts, submitWithCopies } from "./submit-copies.ts"
import { refuseUnbuilt, refuseUnreachable } from "./submit-platform.ts"

/** `service`, `account` and `placing` as of `PlanPorts`: what planning asks beside the manifest. */
export type SubmitPorts = QueuePorts &
  Pick<OpenPorts, "files" | "objects"> &
  Pick<PlanPorts, "service" | "account" | "placing">

export interface SubmitRequest extends PlanRequest, BudgetTerms {
  /** Who makes the run: on local the user. */
  readonly createdBy: string
  /** This process, for the claims on slices. */
  readonly me: OwnerId
  /** A plan that was saved and is to be obeyed: with other rows or other code nothing is submitted. */
  readonly saved: Pick<SavedPlan, "rowsSha256" | "code"> | null
  /** A firing of a schedule, whose run has an id that follows from it: where that run is there already, `conflict`. Missing: none. */
  readonly firing?: Firing
}

export interface Firing {
  readonly run: RunId
  readonly schedule: string
  /** The time it was to fire, not when it did. */
  readonly at: Instant
}

export interface SubmitProgress extends HandOverHooks {
  /** After planning and before anything is written; what it throws refuses the submission. */
  readonly onPlan?: (planned: Planned, plan: Plan) => Promise<void>
  /** After each pinned row, with their number so far. */
  readonly onPinned?: (rows: number) => void
  /** Just before the write that makes the run: from here on it may exist, and then `resumeRun` goes on. */
  readonly onCreated?: (run: RunRecord) => void
}

export interface Submitted {
  readonly run: RunRecord
  readonly plan: Plan
}

/** How many ids are tried when other runs have them: four random characters in the same second and of the same name. */
const ID_TRIES = 5

/**
 * Submits a manifest as a new run. Errors: `invalid` (problems of the manifest; nothing changed), `unsupported` (a platform),
 * `refused` (the budget), `changed`, what storing throws, what the queue would not take (`ArrayQueue.ready`); and `partial` once the run exists, whose `fields.run` names it.
 */
export async function submitRun(
  ports: SubmitPorts,
  config: Config,
  given: SubmitRequest,
  progress: SubmitProgress,
  signal: AbortSignal,
): Promise<Submitted> {
  refuseUnreachable(config)
  const queues = new RowQueues(config)
  const request = await withPlaced(ports, config, given)
  const { planned, plan } = await planSubmission(ports, config, request, queues)
  const waiting = plan.placement === undefined ? [] : copyGroups(plan.placement)
  refuseManyCopies(config, plan)
  await refuseChangedData(ports, config, request, plan)
  await ports.queue.ready(queues.regions())
  await progress.onPlan?.(planned, plan)
  const pieces = () => queues.pieces(ports, plan.size, 0, waiting)
  const run = await createRun(ports, config, request, plan, progress, signal, pieces)
  return { run: await handOver(ports, run.run, request.me, signal, progress), plan }
}

/**
 * Completes what a submitter left of a run: its copies are made, its open arrays are submitted, and those that nobody carries
 * are started again.
 * Errors: `notFound`, `partial`.
 */
export async function resumeRun(
  ports: HandOverPorts,
  id: RunId,
  me: OwnerId,
  signal: AbortSignal,
  hooks: HandOverHooks = {},
): Promise<RunRecord> {
  const run = await handOver(ports, id, me, signal, hooks)
  for (const array of run.arrays) if (array.id !== null) await ports.queue.revive(run, array)
  return run
}

/** The record of a run has room for so many. */
function refuseManyCopies({ table }: Config, { placement }: Plan): void {
  const count = placement === undefined ? 0 : copiesCounted(placement)
  const most = mostCopies(table)
  if (count <= most) return
  throw new RegattaError("unsupported", `a run in this table has ${most} copies at most, and this plan has ${count}`, {
    hint: "split the manifest, or let rows train where their data lies: --place data",
  })
}

/** What a saved plan copies must be what it was then: another listing is other data. */
async function refuseChangedData(
  ports: SubmitPorts,
  config: Config,
  request: SubmitRequest,
  plan: Plan,
): Promise<void> {
  const copies = plan.placement?.copies ?? []
  if (request.saved === null || copies.length === 0 || ports.placing === undefined) return
  const book = new DataBook(await ports.placing.data(), config, ports.world)
  const now = await Promise.all(copies.map(({ source, from }) => book.measure(source, from)))
  const changed = copies.find(({ listing }, at) => {
    const answer = now[at]
    return answer?.ok !== true || answer.value.hash !== listing
  })
  if (changed === undefined) return
  throw new RegattaError("changed", `${changed.source} is not the data that the saved plan copies`, {
    hint: "make the plan anew and look at it: `regatta plan --save`",
    fields: { uri: changed.source },
  })
}

/** Plans, and refuses what must not be submitted. */
export async function planSubmission(
  ports: PlanPorts,
  config: Config,
  request: SubmitRequest,
  queues: RowQueues | null = null,
): Promise<{ readonly planned: Planned; readonly plan: Plan }> {
  refuseUnbuilt(config)
  const code = new CodeSources()
  const planned = await planRun(ports, config, request, async ({ index, region }, source) => {
    queues?.add(index, region)
    if (request.saved !== null) code.add(source)
  })
  const { plan } = planned
  if (plan === null || plan.size === 0) throw invalid(request, planned)
  if (request.saved !== null && request.saved.rowsSha256 !== plan.rowsSha256) throw otherThanSaved(request)
  if (request.saved !== null) refuseChangedCode(await code.measure(ports), request.saved.code)
  const budgetUsd = budgetOf(config, request)
  refuseBudget(budgetUsd, request, plan)
  return withBudgetWarning(budgetUsd, request, planned, plan)
}

/** Pins the rows and creates the run's record, under the first id that is free. */
export async function createRun(
  ports: Pick<OpenPorts, "files" | "objects" | "table" | "world">,
  config: Config,
  request: SubmitRequest,
  plan: Plan,
  progress: SubmitProgress,
  signal: AbortSignal,
  piecesOf: () => Promise<readonly ArrayPiece[]>,
): Promise<RunRecord> {
  const part = await pinRows(ports, { ...config, prices: plan.prices }, request, plan, progress.onPinned ?? (() => {}))
  const pieces = await piecesOf()
  return createUnderFreeId(
    ports,
    config,
    { name: plan.name, firing: request.firing },
    progress,
    signal,
    (id, createdAt) => {
      const arrays = namedArrays(id, 0, pieces)
      return runRecord(config, request, plan, [part], { id, createdAt, arrays })
    },
  )
}

/** Writes the record that is made for an id: another one wherever a run has that already. */
export async function createUnderFreeId(
  ports: Pick<OpenPorts, "table" | "world">,
  { prefix }: Pick<Config, "prefix">,
  { name, firing }: { readonly name: string; readonly firing?: Firing | undefined },
  { onCreated }: Pick<SubmitProgress, "onCreated">,
  signal: AbortSignal,
  make: (id: RunId, createdAt: Instant) => RunRecord,
): Promise<RunRecord> {
  const { clock } = ports.world
  for (let attempt = 1; ; attempt += 1) {
    const id = firing?.run ?? runId(prefix, clock.now(), name, randomLetters(ports.world))
    const run = make(id, clock.now())
    if (signal.aborted) throw new RegattaError("refused", "interrupted: nothing was submitted")
    onCreated?.(run)
    try {
      await ports.table.createRun(run)
      return run
    } catch (error) {
      if (isRegattaError(error, "unavailable") && !isNothingWritten(error)) throw unclear(id, error)
      const isTaken = isRegattaError(error, "conflict") && firing === undefined
      if (!isTaken || attempt === ID_TRIES) throw error
    }
  }
}

export function runRecord(
  config: Config,
  request: SubmitRequest,
  plan: Omit<Plan, "manifest"> & Pick<RunRecord, "manifest">,
  parts: readonly Part[],
  {
    id,
    createdAt,
    arrays,
  }: { readonly id: RunId; readonly createdAt: number; readonly arrays: readonly ArrayRecord[] },
): RunRecord {
  return {
    run: id,
    version: 1,
    schema: TABLE_SCHEMA,
    name: plan.name,
    createdBy: request.createdBy,
    createdAt,
    on: plan.on,
    follow: plan.follow,
    manifest: plan.manifest,
    parts,
    arrays,
    orders: [],
    budgetUsd: budgetOf(config, request),
    allowUnknownPrice: request.allowUnknownPrice,
    limits: config.limits,
    prices: plan.prices,
    ...(request.earlierRuntimeSeconds == null ? {} : { earlierRuntimeSeconds: request.earlierRuntimeSeconds }),
    storageMap: config.storageMap,
    ...copiesOf(plan),
    ...(request.firing === undefined ? {} : { firing: { schedule: request.firing.schedule, at: request.firing.at } }),
    local: plan.on === "local" ? config.local : null,
    only: request.row === null ? null : [request.row],
    ...(config.notify === undefined || request.row !== null ? {} : { notify: config.notify }),
    // A row that is carried by itself is no run that ends: what is to follow is for `model create` and `transform`.
    ...(config.after === undefined || config.after.length === 0 || request.row !== null ? {} : { after: config.after }),
  }
}

function copiesOf({ placement }: Pick<Plan, "placement">): Pick<RunRecord, "copies"> {
  if (placement === undefined || placement.copies.length === 0) return {}
  return { copies: placement.copies.map(({ rows: _rows, seconds: _seconds, ...copy }) => copy) }
}

/** Once the run exists, whatever fails leaves something to go on with. */
async function handOver(
  ports: HandOverPorts,
  id: RunId,
  me: OwnerId,
  signal: AbortSignal,
  hooks: HandOverHooks,
): Promise<RunRecord> {
  try {
    return await submitWithCopies(ports, id, me, signal, hooks)
  } catch (error) {
    if (!isRegattaError(error) || ["notFound", "partial", "fault"].includes(error.code)) throw error
    throw new RegattaError(
      "partial",
      `run ${id} exists, but not all of its array jobs are submitted: ${error.message}`,
      {
        hint: `\`regatta submit --resume ${id}\` goes on`,
        fields: { run: id },
        cause: error,
      },
    )
  }
}

function unclear(id: RunId, cause: RegattaError): RegattaError {
  return new RegattaError("unavailable", `it is not known whether run ${id} was created: ${cause.message}`, {
    hint: `\`regatta submit --resume ${id}\` goes on if it was; if there is no such run, submit again`,
    fields: { run: id },
    cause,
  })
}

function invalid(request: PlanRequest, { problems, omitted }: Planned): RegattaError {
  const errors = problems.filter(({ severity }) => severity === "error").length + omitted.errors
  const what = errors === 0 ? "it has no rows" : `${errors} ${errors === 1 ? "error" : "errors"}`
  return new RegattaError("invalid", `${request.manifest} cannot be submitted: ${what}; nothing was launched`, {
    problems,
    fields: { path: request.manifest },
  })
}

function otherThanSaved(request: PlanRequest): RegattaError {
  return new RegattaError("changed", `${request.manifest}, or its settings, are not what the saved plan was made of`, {
    hint: "make the plan anew and look at it: `regatta plan --save`",
    fields: { path: request.manifest },
  })
}

export function randomLetters(world: OpenPorts["world"]): string {
  return Array.from({ length: 4 }, () => Math.floor(world.random() * 36).toString(36)).join("")
}
