// Carries one run on a stage of modelled regions: submitted, carried by its children and a follower, watched to its end.
// It is the real code of a submission, of workers and of the follower; only the services are models, and time is virtual.
import { ownerId } from "../core/decision/owner.ts"
import { isFinal, type RowRecord, type RowView, type WaitReason } from "../core/decision/row.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Cursor, Instant, RunId } from "../core/ids.ts"
import { costUsd } from "../core/job/cost.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { placeKey } from "../core/job/place.ts"
import { serializeSpec } from "../core/job/serialize-spec.ts"
import { WORKER_EXIT } from "../core/run/child-exit.ts"
import type { RehearsedRun } from "../core/run/rehearsal.ts"
import type { Part, RunRecord } from "../core/run/run.ts"
import { contiguousArrays } from "../core/run/slices.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { Ports } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Simulator, Stage, StageSettings } from "../ports/simulator.ts"
import type { Shell } from "../ports/world.ts"
import { carryRow } from "./carry-row.ts"
import { followRuns } from "./follow-run.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { pinLines, readPinnedRow, rowFinder } from "./pin-manifest.ts"
import { reconcileRun } from "./reconcile-run.ts"
import { startFollower, withFollower } from "./start-follower.ts"
import { submitArrays } from "./submit-arrays.ts"

export interface RehearsedSubmission {
  /** The run's record but for its pinned rows and arrays. */
  readonly run: Omit<RunRecord, "parts" | "arrays">
  readonly specs: readonly JobSpec[]
  readonly home: string
}

/** A rehearsed run as it was left: its record, and its rows that have one. */
export interface PlayedRun {
  readonly run: RunRecord
  readonly rows: readonly RowView[]
}

/** A run that has not ended by then will not: its rows wait for what never comes. */
const LONGEST_MS = 60 * 24 * 3_600_000
const WATCH_EVERY_MS = 60_000
/** A signal of its own for each call: a shared one would keep whoever waits for ever under it, and their world with them. */
const never = () => new AbortController().signal

/** Rehearses a run with one seed. Error `fault`: an invariant of ours broke. @param onEnd gets the run as it was left. */
export async function rehearseRun(
  simulator: Simulator,
  submission: RehearsedSubmission,
  settings: Omit<StageSettings, "onRow" | "home" | "maxAttempts" | "startAt">,
  onEnd?: (played: PlayedRun) => void,
): Promise<RehearsedRun> {
  const { run, specs, home } = submission
  const recorder = new Recorder(specs)
  const stage = await simulator.open({
    ...settings,
    home,
    startAt: run.createdAt,
    maxAttempts: (row) => specs[row]?.maxAttempts ?? 1,
    onRow: (before, after, at) => recorder.onRow(before, after, at),
  })
  for (const spec of specs) addInputs(stage, spec)
  const part = await pinned(stage, submission)
  const record: RunRecord = { ...run, parts: [part], arrays: contiguousArrays(run.run, 0, 0, specs.length) }
  stage.expect(record)
  await stage.table.createRun(record)
  stage.onChild((ports, shell) => child(ports, shell, run.run))
  stage.start("submit", async (ports, shell) => {
    const opened = await openPorts(ports, shell)
    await submitArrays(opened, run.run, command(shell), never(), withFollower(opened))
    return 0
  })
  stage.start("watch", (ports, shell) => watch(ports, shell, run.run, recorder))
  await stage.play(() => recorder.isOver || stage.now() - run.createdAt > LONGEST_MS)
  if (onEnd !== undefined) onEnd({ run: record, rows: await Array.fromAsync(rowsOf(stage.table, run.run)) })
  return {
    seed: settings.seed,
    makespanSeconds: recorder.isOver ? (recorder.lastEnd - run.createdAt) / 1000 : null,
    costUsd: await costOf(stage.table, record),
    waits: recorder.waits,
    spotInterruptions: stage.spotInterruptions,
    requests: { ...stage.requests },
    failures: recorder.failures,
    completed: recorder.completed,
  }
}

/** What the rows' attempts were billed; a job that never had machines is billed nothing. null: a price is unknown. */
async function costOf(table: RunTable, run: RunRecord): Promise<number | null> {
  let sum = 0
  for await (const { ended } of rowsOf(table, run.run)) {
    for (const { attempt, end } of ended) {
      const seconds = end.billableSeconds ?? (end.startedAt === null ? 0 : null)
      const usd = costUsd(run, attempt.held.place, seconds)
      if (usd === null) return null
      sum += usd
    }
  }
  return sum
}

async function* rowsOf(table: RunTable, run: RunId): AsyncGenerator<RowView> {
  let after: Cursor | null = null
  for (;;) {
    const page: { readonly rows: readonly RowView[]; readonly next: Cursor } = await table.changes(run, after)
    if (page.rows.length === 0) return
    yield* page.rows
    after = page.next
  }
}

/** What a row reads is there, in its own region, and what it writes has a bucket. */
function addInputs(stage: Stage, spec: JobSpec): void {
  for (const region of new Set([spec.region, ...spec.places.map((place) => place.region)])) {
    const at = region === spec.region ? spec : { ...spec, ...spec.elsewhere?.[region] }
    for (const { uri } of at.channels) addObject(stage, uri, region, "object")
    addObject(stage, at.output, region, null)
  }
}

function addObject(stage: Stage, uri: string, region: string, object: string | null): void {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? []
  if (bucket === undefined) return
  stage.addObject(bucket, region, object === null ? "" : key === "" || key.endsWith("/") ? `${key}${object}` : key)
}

async function pinned(stage: Stage, { specs, home }: RehearsedSubmission): Promise<Part> {
  let part: Part | null = null
  stage.start("setup", async (ports, shell) => {
    part = await pinLines({ objects: await ports.objects(), world: shell }, home, lines(specs))
    return 0
  })
  await stage.play(() => part !== null)
  // `play` returns when nothing is left to happen: then the process has returned.
  return part as unknown as Part
}

async function* lines(specs: readonly JobSpec[]): AsyncGenerator<string> {
  for (const spec of specs) yield serializeSpec(spec)
}

/** A child of the array, or the follower that a detached run starts in the queue. */
const child = async (ports: Ports, shell: Shell, run: RunId): Promise<number> => {
  const opened = await openPorts(ports, shell)
  try {
    if (shell.argv[0] === "follow") {
      const me = ownerId({ kind: "follower", process: shell.process })
      const events = await ports.events?.()
      const options = { prefix: "", untilEnded: true, ...(events === undefined ? {} : { events }) }
      await followRuns(opened, [run], me, options, shell.terminated)
      return WORKER_EXIT.done
    }
    return await carry(opened, shell, run)
  } catch (error) {
    if (!isRegattaError(error, "unavailable", "denied")) throw error
    return WORKER_EXIT.transient
  }
}

async function carry(ports: LoopPorts, shell: Shell, run: RunId): Promise<number> {
  const { env } = shell
  const index = Number(
    env["REGATTA_ROW_INDEX"] ?? Number(env["REGATTA_ROW_OFFSET"]) + Number(env["AWS_BATCH_JOB_ARRAY_INDEX"]),
  )
  const [job = "", attempt] = [env["AWS_BATCH_JOB_ID"], Number(env["AWS_BATCH_JOB_ATTEMPT"] ?? 1)]
  const me = ownerId({ kind: "child", job, attempt, process: shell.process })
  const record = await ports.table.readRun(run)
  const options = { follow: record?.follow ?? "attached", endedByPerson: async () => false }
  const { kind } = await carryRow(ports, run, index, me, options, shell.terminated)
  if (kind === "completed" || kind === "handedOver") return WORKER_EXIT.done
  return kind === "failed" || kind === "stopped" ? WORKER_EXIT.failed : WORKER_EXIT.transient
}

/** Somebody keeps `watch` open, so that what ends unseen is written down. */
const watch = async (ports: Ports, shell: Shell, run: RunId, recorder: Recorder): Promise<number> => {
  const opened = await openPorts(ports, shell)
  const memory = { settled: new Set<string>() }
  while (!recorder.isOver) {
    await reconcileRun(opened, run, command(shell), memory, never())
    const record = await opened.table.readRun(run)
    if (record !== null && !recorder.isOver) await startFollower(opened, record)
    await shell.clock.sleep(shell.clock.now() + WATCH_EVERY_MS)
  }
  return 0
}

function command({ process }: Shell) {
  return ownerId({ kind: "command", process })
}

async function openPorts(ports: Ports, shell: Shell): Promise<LoopPorts & { readonly objects: ObjectStore }> {
  const objects = await ports.objects()
  return {
    table: await ports.table(),
    training: await ports.training(),
    queue: await ports.queue(),
    objects,
    timing: ports.timing,
    world: shell,
    specOf: (run, index) => readPinnedRow(objects, run, index),
    rowOf: rowFinder(objects),
  }
}

/** Keeps of each row since when it waits and for what, and adds up how rows end. */
class Recorder {
  readonly waits: Record<string, Partial<Record<WaitReason, number>>> = {}
  readonly failures: Record<string, number> = {}
  completed = 0
  lastEnd: Instant = 0
  readonly #specs: readonly JobSpec[]
  readonly #waitsSince = new Map<number, Instant>()
  readonly #ended = new Set<number>()

  constructor(specs: readonly JobSpec[]) {
    this.#specs = specs
  }

  get isOver(): boolean {
    return this.#ended.size === this.#specs.length
  }

  onRow(before: RowRecord, { index, state }: RowRecord, at: Instant): void {
    if (before.state.status === "waiting") this.#add(before, before.state.reason, at)
    if (state.status === "waiting") this.#waitsSince.set(index, at)
    if (!isFinal(state.status)) return
    this.#ended.add(index)
    this.lastEnd = at
    if (state.status === "completed") this.completed += 1
    else if ("reason" in state) this.failures[state.reason] = (this.failures[state.reason] ?? 0) + 1
  }

  #add({ index, placeIndex }: RowRecord, reason: WaitReason, at: Instant): void {
    const since = this.#waitsSince.get(index) ?? at
    this.#waitsSince.delete(index)
    const place = this.#specs[index]?.places[placeIndex] ?? this.#specs[index]?.places[0]
    if (place === undefined) return
    const key = placeKey(place)
    const reasons = this.waits[key] ?? {}
    reasons[reason] = (reasons[reason] ?? 0) + (at - since) / 1000
    this.waits[key] = reasons
  }
}
