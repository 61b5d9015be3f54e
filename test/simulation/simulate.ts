// Carries a whole run on a virtual clock with the real worker, loops and adapters, modelled services, and seeded faults.
// The same seed gives the same run, event by event.

import { carryRow } from "../../src/app/carry-row.ts"
import type { LoopPorts } from "../../src/app/loop-ports.ts"
import { pinLines } from "../../src/app/pin-manifest.ts"
import { openSimulation, type Simulation } from "../../src/compose/simulated.ts"
import { ownerId } from "../../src/core/decision/owner.ts"
import { AWS_TIMING } from "../../src/core/decision/policy.ts"
import { isFinal, type RowRecord, type RowStatus } from "../../src/core/decision/row.ts"
import { isRegattaError } from "../../src/core/errors.ts"
import type { Instant, OwnerId, RunId } from "../../src/core/ids.ts"
import { serializeSpec } from "../../src/core/job/serialize-spec.ts"
import { type ArrayRecord, orderFor, type Part, type RunRecord } from "../../src/core/run/run.ts"
import { isStoppedWhole } from "../../src/core/run/run-status.ts"
import type { Composed } from "../../src/ports/ports.ts"
import type { Shell } from "../../src/ports/world.ts"
import { fraction } from "../../src/simulation/fraction.ts"
import type { Invariants, Violation } from "../../src/simulation/invariants.ts"
import { NO_NETWORK_FAULTS } from "../../src/simulation/network-odds.ts"
import { UNHARMED } from "../../src/simulation/simulated-process.ts"
import type { Program, SimulatedSite, SiteOptions } from "../../src/simulation/simulated-site.ts"
import type { Tally } from "../../src/simulation/tally.ts"
import { runWorker } from "../../src/worker/main.ts"
import { endOf } from "../../src/worker/outcome.ts"
import { directedFaults, directedOdds } from "./directed.ts"
import {
  DYNAMODB_ODDS,
  drawProcessFaults,
  EVENT_ODDS,
  NETWORK_ODDS,
  NO_EVENT_FAULTS,
  NO_TABLE_FAULTS,
  SPANS,
  TABLE_ODDS,
} from "./faults.ts"
import { follow, openPorts, type PersonPorts, retry, stop, submit, watch } from "./people.ts"
import {
  ACCOUNT,
  drawScenario,
  EVENT_QUEUE,
  HOME,
  keyOf,
  outputBucket,
  plannedOf,
  quotaOf,
  type Scenario,
  type ScenarioOptions,
  START,
} from "./scenario.ts"

export interface SimulationResult {
  readonly violations: readonly Violation[]
  readonly tally: Tally
  readonly counts: Readonly<Record<RowStatus, number>>
  /** Virtual time from the start to the last event. */
  readonly elapsedMs: number
  /** When each row had its last end, of directed scenarios. */
  readonly ends: ReadonlyMap<number, Instant>
  /** Hosts whose lines were read of the last training job of each row that completed, where `readsLogs` asked for them. */
  readonly logs: ReadonlyMap<number, readonly string[]>
  /** SHA-256 of the history, and its lines. */
  readonly history: { readonly sha256: string; readonly lines: number }
}

const MINUTE = 60_000
const HOME_BUCKET = `sagemaker-${HOME}-${ACCOUNT}`

// Faults are errors by the thousand, and nobody reads their stacks.
Error.stackTraceLimit = 0

export async function simulate(options: ScenarioOptions, onLine?: (line: string) => void): Promise<SimulationResult> {
  const scenario = drawScenario(options)
  const ends = new Map<number, Instant>()
  const simulation = await openSimulation(siteOf(scenario, onLine, ends), AWS_TIMING, options.table)
  const simulated = new SimulatedRun(scenario, simulation, ends)
  return simulated.run()
}

function siteOf(
  scenario: Scenario,
  onLine: ((line: string) => void) | undefined,
  ends: Map<number, Instant>,
): Omit<SiteOptions, "table" | "tableService"> {
  const { world, calmAt, queueVcpus, options, tableDark, regionDark } = scenario
  const { seed, directed } = options
  const isDark = (region: string, now: Instant) => regionDark?.region === region && isWithin(regionDark.span, now)
  const calm = { fate: UNHARMED, skewMs: 0, slowness: 0, stallOf: () => 0 }
  return {
    seed,
    startAt: START - MINUTE,
    world,
    home: HOME,
    queueVcpus,
    calmAt,
    givenUp: 0.5,
    spans: SPANS,
    others: {
      used(region: string, type: string, isSpot: boolean, now: Instant) {
        if (now >= calmAt) return 0
        const part = fraction(`${seed} ${keyOf(region, type, isSpot)} ${Math.floor(now / MINUTE)}`)
        return Math.floor(quotaOf(world, region, type, isSpot) * part)
      },
      hasCapacity: (region: string, type: string, isSpot: boolean, now: Instant) =>
        now >= calmAt || fraction(`${seed} machines ${keyOf(region, type, isSpot)} ${Math.floor(now / MINUTE)}`) > 0.04,
    },
    keepsLogs: options.readsLogs === true,
    networkOdds: ({ service, region, operation }, now) => {
      if (directed !== undefined && isDark(region, now)) return { ...NO_NETWORK_FAULTS, isDark: true }
      if (now < START || now >= calmAt) return NO_NETWORK_FAULTS
      if (directed !== undefined) return directedOdds(directed, operation)
      const usual = service === "dynamodb" ? DYNAMODB_ODDS : NETWORK_ODDS
      const isTableAway = service === "dynamodb" && tableDark !== null && isWithin(tableDark, now)
      return isDark(region, now) || isTableAway ? { ...usual, isDark: true } : usual
    },
    tableOdds: (now: Instant) => {
      if (now >= calmAt || directed !== undefined) return NO_TABLE_FAULTS
      return { ...TABLE_ODDS, isDark: isDark(HOME, now) || (tableDark !== null && isWithin(tableDark, now)) }
    },
    faultsOf: (kind: string, now: Instant, chance: SimulatedSite["chance"]) => {
      if (kind === "setup" || now >= calmAt) return { ...calm }
      return directed === undefined
        ? drawProcessFaults(kind, chance, options.table)
        : directedFaults(directed, kind, chance)
    },
    isDenied: (row: number, region: string) =>
      options.isCalm !== true && directed === undefined && fraction(`${seed} denied ${row} ${region}`) < 0.003,
    planned: (row: number) => plannedOf(seed, row),
    maxAttempts: (row: number) => scenario.specOf(row).maxAttempts,
    regionDark: regionDark === null || regionDark.region === HOME ? null : regionDark,
    ...(directed === undefined
      ? {}
      : { onRow: (_, { index, state }, at) => void (isFinal(state.status) && ends.set(index, at)) }),
    eventOdds: (now: Instant) => (now >= calmAt ? NO_EVENT_FAULTS : EVENT_ODDS),
    ...(onLine === undefined ? {} : { onLine }),
  }
}

function isWithin([from, to]: readonly [Instant, Instant], now: Instant): boolean {
  return from <= now && now < to
}

const CONFIG: Composed = {
  on: "simulated",
  table: "memory",
  stateFolder: "/nowhere",
  account: ACCOUNT,
  prefix: "rg",
  home: HOME,
  batch: {
    queue: "regatta",
    image: `${ACCOUNT}.dkr.ecr.${HOME}.amazonaws.com/regatta:1`,
    job_role: `arn:aws:iam::${ACCOUNT}:role/Worker`,
    execution_role: `arn:aws:iam::${ACCOUNT}:role/Execution`,
  },
}

class SimulatedRun {
  readonly #scenario: Scenario
  readonly #simulation: Simulation
  readonly #site: SimulatedSite
  readonly #ends: ReadonlyMap<number, Instant>
  #run: RunRecord
  readonly #config: Composed
  #invariants: Invariants | null = null

  constructor(scenario: Scenario, simulation: Simulation, ends: ReadonlyMap<number, Instant>) {
    this.#ends = ends
    this.#scenario = scenario
    this.#simulation = simulation
    this.#site = simulation.site
    this.#run = scenario.run
    const { queue, region } = EVENT_QUEUE
    const eventQueue = `https://sqs.${region}.amazonaws.com/${ACCOUNT}/${queue}`
    this.#config = scenario.world.events === undefined ? CONFIG : { ...CONFIG, eventQueue }
  }

  async run(): Promise<SimulationResult> {
    const { clock, tally, history } = this.#site
    const { table } = this.#simulation
    await this.#setUp()
    const invariants = this.#site.watch(this.#run)
    this.#invariants = invariants
    await table.createRun(this.#run)
    this.#plan()
    const isOver = () => {
      this.#site.throwCrash()
      return invariants.violations.length > 0 || clock.now() > this.#scenario.endBy
    }
    await clock.run(this.#drain, isOver)
    const logs =
      this.#scenario.options.readsLogs === true && invariants.violations.length === 0
        ? await this.#readLogs()
        : new Map<number, readonly string[]>()
    if (invariants.violations.length === 0) await this.#checkEnd(invariants)
    const counts = await table.counts(this.#run.run)
    history.add(clock.now(), JSON.stringify(counts))
    return {
      violations: invariants.violations,
      tally,
      counts,
      elapsedMs: clock.now() - START,
      ends: this.#ends,
      logs,
      history: { lines: history.lines, sha256: history.hex() },
    }
  }

  /** Buckets, and the pinned rows in the home region's, as a submission leaves them. */
  async #setUp(): Promise<void> {
    const site = this.#site
    site.s3.addBucket(HOME_BUCKET, HOME, ACCOUNT, START)
    for (const region of this.#scenario.regions) site.s3.addBucket(outputBucket(region), region, ACCOUNT, START)
    const { rows } = this.#scenario.options
    const specOf = this.#scenario.specOf
    const part = await new Promise<Part>((resolve, reject) => {
      const program: Program = async (shell) => {
        const objects = await this.#simulation.compose(this.#config, shell).objects()
        resolve(await pinLines({ objects, world: shell }, HOME, lines(rows, specOf)))
        return 0
      }
      site.start("setup", { argv: [], env: {} }, program, { done: () => {}, failed: reject, killed: () => {} })
    })
    this.#run = { ...this.#run, parts: [part], arrays: arraysOf(this.#run.run, rows, this.#scenario.isRepeated) }
  }

  #plan(): void {
    const { stop: stopping, byHand, hasFollower, retryAt, overwrittenAt } = this.#scenario
    const { clock } = this.#site
    this.#site.onContainer(({ command }) =>
      command[0] === "follow"
        ? { kind: "follower", program: (shell) => this.#followProgram(shell) }
        : { kind: "worker", program: (shell) => this.#workerProgram(shell) },
    )
    clock.at(START, () => this.#persist("submit", (ports, me) => submit(ports, this.#run.run, me)))
    for (const { index, at } of byHand) clock.at(at, () => this.#carryByHand(index))
    if (stopping !== null) clock.at(stopping.at, () => this.#stop(stopping.rows))
    if (retryAt !== null) clock.at(retryAt, () => this.#retry())
    if (hasFollower) clock.at(START + 500, () => this.#follow())
    if (overwrittenAt !== null) clock.at(overwrittenAt, () => this.#overwrite())
    clock.at(START + 2 * MINUTE, () => this.#watch())
  }

  /** What a fault of our own says is no fault of the world. */
  async #workerProgram(shell: Shell): Promise<number> {
    let said = ""
    const err = (text: string) => {
      said += text
    }
    const exit = await runWorker({ ...shell, err }, this.#simulation.compose)
    if (/^\w*Error\b/.test(said)) throw new Error(said)
    return exit
  }

  async #followProgram(shell: Shell): Promise<number> {
    try {
      await follow(await this.#portsOf(shell), shell.argv[1] as RunId, shell)
      return 0
    } catch (error) {
      if (!isRegattaError(error, "unavailable", "denied")) throw error
      return 75
    }
  }

  #carryByHand(index: number): void {
    const program: Program = async (shell) => {
      const me = ownerId({ kind: "command", process: shell.process })
      const options = { follow: "attached" as const, endedByPerson: async () => false }
      try {
        return endOf(await carryRow(await this.#portsOf(shell), this.#run.run, index, me, options, shell.terminated))
          .exit
      } catch (error) {
        if (!isRegattaError(error, "unavailable", "denied", "changed")) throw error
        return 75
      }
    }
    this.#site.start("run-row", NO_SHELL, program, {
      done: () => {},
      failed: (error) => this.#site.crash(error),
      killed: () => {},
    })
  }

  #overwrite(): void {
    const [part] = this.#run.parts
    const key = part?.rows.uri.slice(`s3://${HOME_BUCKET}/`.length) ?? ""
    const bytes = this.#site.s3.read(HOME_BUCKET, key)
    if (bytes === null) throw new Error("there are no pinned rows to write over")
    const text = Buffer.from(bytes).toString("latin1").replaceAll('"row-', '"raw-')
    this.#site.s3.put(HOME_BUCKET, key, Buffer.from(text, "latin1"), this.#site.clock.now())
    this.#site.tally.fault("pinned rows overwritten")
  }

  #watch(): void {
    const { watchEveryMs } = this.#scenario
    const isOver = (ports: LoopPorts) => this.#isOver(ports)
    this.#persist("watch", (ports, me) => watch(ports, this.#run.run, me, { watchEveryMs, isOver }))
  }

  #follow(): void {
    this.#persist("follower", (ports, _me, shell) => follow(ports, this.#run.run, shell))
  }

  #stop(rows: readonly (readonly [number, number])[] | null): void {
    this.#persist("stop", async (ports, me) => {
      if (await stop(ports, this.#run.run, me, rows)) this.#invariants?.onStopped()
      this.#site.tally.fault("stop carried out")
    })
  }

  #retry(): void {
    this.#persist("retry", async (ports, me) => {
      const rows = await retry(ports, this.#run.run, me)
      this.#site.tally.fault(rows > 0 ? "retry carried out" : "nothing to retry")
      // Those who saw the run end have gone home.
      this.#watch()
      if (this.#scenario.hasFollower) this.#follow()
    })
  }

  /** A process that somebody starts again until it has done its work. */
  #persist(kind: string, work: (ports: PersonPorts, me: OwnerId, shell: Shell) => Promise<void>): void {
    const { clock, chance } = this.#site
    const again = () => clock.at(clock.now() + chance.between(0.1 * MINUTE, MINUTE), start)
    const program: Program = async (shell) => {
      const me = ownerId({ kind: "command", process: shell.process })
      await work(await this.#portsOf(shell), me, shell)
      return 0
    }
    const start = () => {
      this.#site.start(kind, NO_SHELL, program, {
        done: () => {},
        killed: again,
        failed: (error) => {
          if (!isRegattaError(error, "unavailable", "denied")) return this.#site.crash(error)
          this.#site.tally.fault(`${kind} given up: ${error.code}`)
          again()
        },
      })
    }
    start()
  }

  #portsOf(shell: Shell): Promise<PersonPorts> {
    return openPorts(this.#simulation.compose(this.#config, shell), shell)
  }

  async #isOver({ table }: Pick<LoopPorts, "table">): Promise<boolean> {
    const run = await table.readRun(this.#run.run)
    const counts = await table.counts(this.#run.run)
    const live = counts.waiting + counts.launching + counts.running + counts.stopping
    const recorded = live + counts.completed + counts.failed + counts.stopped
    const isAllRecorded = recorded === this.#scenario.options.rows
    return live === 0 && (isAllRecorded || (run !== null && isStoppedWhole(run) && this.#site.isQueueOver))
  }

  /** A table in DynamoDB is asked by a client of the SDK, which takes turns of the event loop now and then. */
  get #drain(): () => Promise<void> {
    return this.#scenario.options.table === "dynamodb" ? drainDeep : drain
  }

  /** Somebody reads what every row that completed has said, by the adapter of CloudWatch. */
  async #readLogs(): Promise<ReadonlyMap<number, readonly string[]>> {
    const read = new Map<number, readonly string[]>()
    let isDone = false
    const program: Program = async (shell) => {
      // A run may be over before what is away is back.
      await shell.clock.sleep(this.#scenario.calmAt)
      const ports = this.#simulation.compose(CONFIG, shell)
      const [table, logs] = [await ports.table(), await ports.logs()]
      const run = (await table.readRun(this.#run.run)) ?? this.#run
      for (let index = 0; index < this.#scenario.options.rows; index++) {
        const { record, ended } = await table.readView(run.run, index)
        const attempt = ended.at(-1)?.attempt
        if (record.state.status !== "completed" || attempt === undefined) continue
        const hosts = new Set<string>()
        const options = { follow: false, tail: null }
        for await (const { host } of logs.read(run, attempt, options, shell.terminated)) hosts.add(host)
        read.set(index, [...hosts].sort())
      }
      isDone = true
      return 0
    }
    this.#site.start("logs", NO_SHELL, program, {
      done: () => {},
      failed: (error) => this.#site.crash(error),
      killed: () => {},
    })
    await this.#site.clock.run(this.#drain, () => {
      this.#site.throwCrash()
      return isDone
    })
    return read
  }

  async #checkEnd(invariants: Invariants): Promise<void> {
    const { table } = this.#simulation
    const run = (await table.readRun(this.#run.run)) ?? this.#run
    const { rows } = this.#scenario.options
    for (let index = 0; index < rows; index++) {
      const row = await table.readRow(run.run, index)
      if (!hasEnded(row, run)) invariants.reportStuck(index, row)
    }
    await invariants.atEnd(rows)
  }
}

const NO_SHELL: Pick<Shell, "argv" | "env"> = { argv: [], env: {} }

async function* lines(rows: number, specOf: Scenario["specOf"]): AsyncGenerator<string> {
  for (let index = 0; index < rows; index++) yield serializeSpec(specOf(index))
}

/** The arrays that `submit` would make: slices of 10,000, and a plain job for a lone last row. */
function arraysOf(run: RunId, rows: number, isRepeated: boolean): readonly ArrayRecord[] {
  const arrays: ArrayRecord[] = []
  for (const copy of isRepeated ? ["", "-again"] : [""]) {
    for (let first = 0; first < rows; first += 10_000) {
      const name = `${run}-${first}${copy}`
      arrays.push({ name, id: null, size: Math.min(10_000, rows - first), first, claim: null })
    }
  }
  return arrays
}

function hasEnded(row: RowRecord, run: RunRecord): boolean {
  return isFinal(row.state.status) || (row.version === 0 && orderFor(run, row.index)?.kind === "stop")
}

/**
 * Everything that can go on has gone on: Node runs a tick asked for in a microtask only when no microtask is left, and
 * whatever waits for more than that waits for the virtual clock. Far cheaper than a turn of the event loop.
 */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

async function drainDeep(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
