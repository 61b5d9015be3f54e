// All that lies outside of the processes of a simulated run: an account of AWS, the way to it, the central table, time and chance.
// It carries no row: processes are started on it, by its queue or by whoever plays the people, and find it by their ports.
import type { World } from "../core/config/world-file.ts"
import type { RowRecord } from "../core/decision/row.ts"
import type { Instant } from "../core/ids.ts"
import { parseJobName } from "../core/run/names.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Shell } from "../ports/world.ts"
import type { ChangeCourse } from "./account/modelled-world.ts"
import { BatchModel } from "./batch/batch-model.ts"
import type { BatchEffect, StartEffect } from "./batch/effect.ts"
import { Chance } from "./chance.ts"
import type { EventOdds } from "./events/event-bus.ts"
import { History } from "./history.ts"
import { Invariants } from "./invariants.ts"
import { JobWatch } from "./job-watch.ts"
import { ModelledAccount } from "./modelled-account.ts"
import { ModelledNetwork, type NetworkRequest, type NetworkTarget } from "./modelled-network.ts"
import type { NetworkOdds } from "./network-odds.ts"
import { S3Model } from "./s3/s3-model.ts"
import type { OtherUsers } from "./sagemaker/sagemaker-model.ts"
import type { ServiceAnswer } from "./service-model.ts"
import { SERVICE_RATES } from "./service-rates.ts"
import { type Fate, SimulatedProcess } from "./simulated-process.ts"
import { simulatedShell } from "./simulated-shell.ts"
import { oneAtATime, type TableFaults, type TableOdds } from "./simulated-table.ts"
import type { TableService, Touched } from "./table-service.ts"
import { Tally } from "./tally.ts"
import { VirtualClock } from "./virtual-clock.ts"

/** What befalls a process of some kind (`worker`, `follower`, `watch`, …), drawn when it starts. */
export interface ProcessFaults {
  readonly fate: Fate
  readonly skewMs: number
  readonly slowness: number
  readonly stallOf: (operation: string) => number
}

export interface SiteOptions {
  readonly seed: number
  readonly startAt: Instant
  /** Missing: one that begins at `startAt`. */
  readonly clock?: VirtualClock
  readonly world: World
  readonly home: string
  /** vCPUs of the job queue `regatta` in each region; a worker takes a quarter. */
  readonly queueVcpus: number
  readonly table: RunTable
  /** Where the central table lies in a modelled service itself; missing: its adapter keeps it, and is given faults. */
  readonly tableService?: TableService
  /** Whether what training jobs say is kept, to be read as logs. */
  readonly keepsLogs?: boolean
  readonly others: OtherUsers
  readonly networkOdds: (request: NetworkTarget, now: Instant) => NetworkOdds
  readonly tableOdds: (now: Instant) => TableOdds
  /** What befalls events, where the world has them; missing: what it says. */
  readonly eventOdds?: (now: Instant) => EventOdds
  readonly faultsOf: (kind: string, now: Instant, chance: Chance) => ProcessFaults
  /** From then on nothing more befalls a process. */
  readonly calmAt: Instant
  /** A region that is away for a while, which must not hold up the others; missing or null: none. */
  readonly regionDark?: { readonly region: string; readonly span: readonly [from: Instant, to: Instant] } | null
  /** Likelihood that Batch gives a sleeping host up for lost and starts its child a second time. */
  readonly givenUp: number
  /** Rows that IAM denies, and what a row's request must say; null: nothing is known of it. */
  readonly isDenied: (row: number, region: string) => boolean
  readonly planned: (row: number) => string | null
  readonly maxAttempts: (row: number) => number
  /** After each write of a row. */
  readonly onRow?: (before: RowRecord, after: RowRecord, at: Instant) => void
  /** What jobs do in place of what the world says. */
  readonly changedCourse?: ChangeCourse
  /** Gets every line of the history. */
  readonly onLine?: (line: string) => void
  /** How long each kind of pause is called what: the lease, and the life of an unanswered create. */
  readonly spans: { readonly lease: number; readonly settled: number }
}

/** The program of a container or command: its exit code. */
export type Program = (shell: Shell, process: SimulatedProcess) => Promise<number>

/** Batch notices a lost host within this. */
const NOTICED_MS = [1_000, 120_000] as const

export class SimulatedSite {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly tally = new Tally()
  readonly history: History
  readonly s3 = new S3Model()
  readonly batch: BatchModel
  readonly account: ModelledAccount<BatchEffect>
  readonly network: ModelledNetwork
  readonly options: SiteOptions
  readonly #processes = new Map<string, SimulatedProcess>()
  readonly #containers = new Map<string, SimulatedProcess>()
  #started = 0
  #crashed: { readonly error: unknown } | null = null
  #pumpAt: Instant = Number.POSITIVE_INFINITY
  #containerProgram: (job: StartEffect) => { readonly kind: string; readonly program: Program } = () => {
    throw new Error("nothing says what containers run")
  }
  #watched: { readonly invariants: Invariants; readonly jobs: JobWatch; readonly faults: TableFaults } | null = null

  constructor(options: SiteOptions) {
    const { seed, startAt, world, queueVcpus, others, networkOdds, onLine } = options
    this.options = options
    this.clock = options.clock ?? new VirtualClock(startAt)
    this.chance = new Chance(seed + 1_000_003)
    this.history = new History(onLine)
    const account = world.account ?? "123456789012"
    this.batch = new BatchModel({ account, seed, defaultQueue: { name: "regatta", vcpus: queueVcpus } })
    // Nobody reads what training jobs leave behind and say: of a hundred thousand it would fill the memory.
    const kept = {
      handle: this.s3.handle.bind(this.s3),
      bucketRegion: this.s3.bucketRegion.bind(this.s3),
      hasObjects: this.s3.hasObjects.bind(this.s3),
      read: this.s3.read.bind(this.s3),
      list: this.s3.list.bind(this.s3),
      put() {},
    }
    this.account = new ModelledAccount<BatchEffect>(
      { ...world, seed },
      {
        s3: kept,
        batch: this.batch,
        others,
        ...(options.keepsLogs === true ? {} : { jobLines: { append() {} } }),
        ...(options.changedCourse === undefined ? {} : { changedCourse: options.changedCourse }),
        ...(options.eventOdds === undefined ? {} : { eventOdds: options.eventOdds }),
        onEventFault: (fault) => this.tally.fault(`event ${fault}`),
      },
    )
    this.network = new ModelledNetwork({
      clock: this.clock,
      chance: this.chance,
      tally: this.tally,
      history: this.history,
      throttles: SERVICE_RATES,
      odds: networkOdds,
      handle: (request, now) => this.#handle(request, now),
      refuse: (request) => this.#refuse(request),
      onSigned: (request) => this.#watched?.jobs.onSigned(request),
    })
  }

  /** What the run of the site is checked against. To be called once, when its record is known. */
  watch(run: RunRecord): Invariants {
    const { clock, tally, chance, history } = this
    const { table, maxAttempts, planned, tableOdds } = this.options
    const invariants = new Invariants(run, {
      table: this.options.tableService?.truth ?? table,
      now: () => clock.now(),
      settle: () => this.account.sagemaker.settle(clock.now()),
      isUnderWay: (name) => this.network.isUnderWay(name),
      maxAttempts,
      regionDark: this.options.regionDark ?? null,
    })
    const faults: TableFaults = {
      chance,
      tally,
      oneAtATime: oneAtATime(),
      memory: { list: null },
      odds: tableOdds,
      watcher: {
        onCommit: (before, change) => {
          const { next } = change
          tally.transition(before.state.status, next.state.status)
          if (before.placeIndex !== next.placeIndex) tally.fault("row went to another place")
          history.add(clock.now(), `row ${next.index} v${next.version} ${next.state.status} ${next.owner ?? "-"}`)
          this.options.onRow?.(before, next, clock.now())
          return invariants.onCommit(before, change)
        },
        onAmend: (after) => {
          history.add(clock.now(), `run v${after.version}`)
          invariants.onAmend(after)
        },
      },
    }
    const jobs = new JobWatch(run, invariants, planned)
    this.#watched = { invariants, jobs, faults }
    return invariants
  }

  get tableFaults(): TableFaults {
    if (this.#watched === null) throw new Error("no run is watched yet")
    return this.#watched.faults
  }

  /** What the containers of the queue run. */
  onContainer(program: (job: StartEffect) => { readonly kind: string; readonly program: Program }): void {
    this.#containerProgram = program
  }

  /** By the id that its shell bears. */
  process(id: string): SimulatedProcess {
    const process = this.#processes.get(id)
    if (process === undefined) throw new Error(`no process ${id} lives`)
    return process
  }

  /** Starts a process; it is forgotten when it ends or is killed. `ends` is told once which of both, and of each sleep. */
  start(
    kind: string,
    shell: Pick<Shell, "argv" | "env">,
    program: Program,
    ends: {
      readonly done: (exit: number) => void
      readonly failed: (error: unknown) => void
      readonly killed: () => void
      readonly asleep?: (ms: number) => void
    },
  ): SimulatedProcess {
    const { clock, chance, tally, history } = this
    const { faultsOf, calmAt } = this.options
    this.#started += 1
    const id = `${kind}${this.#started}`
    const process = new SimulatedProcess({
      id,
      clock,
      chance,
      tally,
      ...faultsOf(kind, clock.now(), chance),
      calmAt,
      onKilled: () => {
        this.#processes.delete(id)
        tally.fault(`${kind} killed`)
        history.add(clock.now(), `${id} killed`)
        ends.killed()
      },
      onPaused: (ms) => {
        this.#nameSleep(kind, ms)
        history.add(clock.now(), `${id} asleep for ${Math.round(ms)}`)
        ends.asleep?.(ms)
      },
    })
    this.#processes.set(id, process)
    const gone = () => this.#processes.delete(id)
    program(simulatedShell(process, shell), process).then(
      (exit) => {
        gone()
        history.add(clock.now(), `${id} exits ${exit}`)
        ends.done(exit)
      },
      (error: unknown) => {
        gone()
        ends.failed(error)
      },
    )
    return process
  }

  /** A program threw what no program may: the simulation is over, and `throwCrash` says why. */
  crash(error: unknown): void {
    this.#crashed ??= { error }
  }

  throwCrash(): void {
    if (this.#crashed !== null) throw this.#crashed.error
  }

  /** Whether every job of the queue has ended. */
  get isQueueOver(): boolean {
    return this.batch.submissions().every(({ counts, jobs }) => counts.SUCCEEDED + counts.FAILED === jobs.length)
  }

  #nameSleep(kind: string, ms: number): void {
    const { lease, settled } = this.options.spans
    this.tally.fault(ms > lease ? `${kind} asleep longer than its lease` : `${kind} asleep`)
    if (ms > settled) this.tally.fault("asleep longer than send and settle")
  }

  #handle(request: NetworkRequest, now: Instant): ServiceAnswer {
    const { service } = request
    if (service === "dynamodb") return this.#handleTable(request, now)
    this.#meetStranger(request, now)
    const caller = this.account.caller
    const answer = this.account.handle(service, { ...request, caller }, now)
    if (service === "batch") this.#pump()
    if (request.operation === "CreateTrainingJob") this.#created(request, answer)
    else if (request.operation === "ListTags" && answer.ok) return this.#tagsShown(request, answer, now)
    return answer
  }

  /** What is written is watched at the moment of the write, whatever its sender hears of it. */
  #handleTable(request: NetworkRequest, now: Instant): ServiceAnswer {
    const { tableService } = this.options
    if (tableService === undefined) throw new Error("no central table lies in DynamoDB here")
    const before = tableService.touched(request)
    const answer = tableService.handle({ ...request, caller: this.account.caller }, now)
    if (answer.ok) this.#tableWritten(before, tableService.touched(request))
    return answer
  }

  #tableWritten(before: Touched, after: Touched): void {
    const watcher = this.#watched?.faults.watcher
    if (watcher === undefined) return
    for (const [at, next] of after.rows.entries()) {
      const row = before.rows[at]
      if (row === undefined || row.version === next.version) continue
      const change = { id: "", next, take: null, give: null, ended: null }
      void Promise.resolve(watcher.onCommit(row, change)).catch((error: unknown) => this.crash(error))
    }
    for (const [at, run] of after.runs.entries()) if (before.runs[at]?.version !== run.version) watcher.onAmend(run)
  }

  /** Another team had the same name first. */
  #meetStranger({ service, region, operation, input }: NetworkRequest, now: Instant): void {
    if (operation !== "CreateTrainingJob") return
    const { foreign } = this.options.networkOdds({ service, region, operation }, now)
    if (!this.chance.isLess(foreign)) return
    const { Tags: _ours, ...rest } = input
    const request = { region, operation, input: rest, caller: this.account.caller }
    if (this.account.handle(service, request, now).ok) this.tally.fault("a stranger has the name")
  }

  #created(request: NetworkRequest, answer: ServiceAnswer): void {
    if (!answer.ok) {
      this.tally.fault(`refused: ${answer.fault.name}`)
      return
    }
    const job = this.account.sagemaker.job(request.region, String(request.input["TrainingJobName"]))
    if (job !== null) this.#watched?.jobs.onCreated(job)
  }

  /** Tags of a young job may not be told yet. */
  #tagsShown(request: NetworkRequest, answer: ServiceAnswer, now: Instant): ServiceAnswer {
    const { region, input } = request
    const { notYet } = this.options.networkOdds(request, now)
    if (notYet === 0) return answer
    const name = String(input["ResourceArn"]).split("/").at(-1) ?? ""
    const job = this.account.sagemaker.job(region, name)
    if (job === null || now - job.createdAt > YOUNG_MS || !this.chance.isLess(notYet)) return answer
    this.tally.fault("tags not shown yet")
    return { ok: true, output: { Tags: [] } }
  }

  #refuse({ operation, input, region }: NetworkRequest) {
    if (operation !== "CreateTrainingJob") return null
    const row = parseJobName(String(input["TrainingJobName"]) as Parameters<typeof parseJobName>[0])?.row ?? -1
    if (!this.options.isDenied(row, region)) return null
    this.tally.fault("refused: AccessDeniedException")
    const message = "User: worker is not authorized to perform: sagemaker:CreateTrainingJob"
    return { name: "AccessDeniedException", message, status: 400 }
  }

  /** Lets the queue go on, now and whenever it is due. */
  #pump(): void {
    const { clock, batch } = this
    for (const effect of batch.advance(clock.now())) this.#perform(effect)
    const due = batch.due()
    if (due === null || due >= this.#pumpAt) return
    this.#pumpAt = due
    clock.at(due, () => {
      if (this.#pumpAt === due) this.#pumpAt = Number.POSITIVE_INFINITY
      this.#pump()
    })
  }

  #perform(effect: BatchEffect): void {
    const key = `${effect.job} ${effect.attempt}`
    if (effect.kind === "start") this.#startContainer(effect, key)
    else if (effect.kind === "terminate") this.#containers.get(key)?.terminate()
    else this.#containers.get(key)?.kill()
  }

  #startContainer(job: StartEffect, key: string): void {
    const { clock, chance, tally, batch } = this
    const { region, job: id, attempt } = job
    const { kind, program } = this.#containerProgram(job)
    const ended = (exitCode: number | null) => {
      this.#containers.delete(key)
      batch.ended({ region, job: id, attempt, exitCode, reason: null }, clock.now())
      this.#pump()
    }
    const lost = () => clock.at(clock.now() + chance.between(...NOTICED_MS), () => ended(null))
    const process = this.start(kind, { argv: job.command, env: job.environment }, program, {
      done: ended,
      failed: (error) => this.crash(error),
      killed: lost,
      asleep: (ms) => {
        if (!chance.isLess(this.options.givenUp)) return
        clock.at(clock.now() + chance.between(0, ms), () => {
          if (!this.#containers.has(key)) return
          tally.fault(`sleeping ${kind} given up`)
          ended(null)
        })
      },
    })
    this.#containers.set(key, process)
  }
}

/** For so long tags of a new job may be missing. */
const YOUNG_MS = 5_000
