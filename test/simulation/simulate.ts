// Carries a whole run on a virtual clock with the real loops, a modelled service and queue, and seeded faults.
// The same seed gives the same run, event by event.

import { MemoryRunTable } from "../../src/adapters/run-table/memory/memory-run-table.ts"
import { carryRow } from "../../src/app/carry-row.ts"
import type { LoopPorts } from "../../src/app/loop-ports.ts"
import type { RowSelection } from "../../src/app/select-rows.ts"
import { ownerId, parseOwner } from "../../src/core/decision/owner.ts"
import { isFinal, type RowRecord, type RowStatus } from "../../src/core/decision/row.ts"
import { isRegattaError } from "../../src/core/errors.ts"
import type { Instant, OwnerId } from "../../src/core/ids.ts"
import { type ArrayRecord, orderFor, type RunRecord } from "../../src/core/run/run.ts"
import { isStoppedWhole } from "../../src/core/run/run-status.ts"
import { Chance } from "../../src/simulation/chance.ts"
import { Invariants, type Violation } from "../../src/simulation/invariants.ts"
import { QueueModel, simulatedArrayQueue } from "../../src/simulation/simulated-array-queue.ts"
import { SimulatedProcess, UNHARMED } from "../../src/simulation/simulated-process.ts"
import { oneAtATime, simulatedTable, type TableFaults } from "../../src/simulation/simulated-table.ts"
import {
  ownerOf,
  simulatedTrainingService,
  TrainingNetwork,
  type TrainingWatcher,
} from "../../src/simulation/simulated-training-service.ts"
import { Tally } from "../../src/simulation/tally.ts"
import { fraction, TrainingModel } from "../../src/simulation/training-model.ts"
import { VirtualClock } from "../../src/simulation/virtual-clock.ts"
import { endOf } from "../../src/worker/outcome.ts"
import {
  drawDelay,
  drawFate,
  LARGEST_SKEW_MS,
  NETWORK_ODDS,
  NO_NETWORK_FAULTS,
  NO_TABLE_FAULTS,
  SLOWNESS,
  TABLE_ODDS,
  TRAINING_ODDS,
} from "./faults.ts"
import { follow, retry, stop, watch } from "./people.ts"
import {
  arraysOf,
  drawScenario,
  LATEST_LANDING_MS,
  type Scenario,
  type ScenarioOptions,
  SIMULATED_TIMING,
  START,
} from "./scenario.ts"

export interface SimulationResult {
  readonly violations: readonly Violation[]
  readonly tally: Tally
  readonly counts: Readonly<Record<RowStatus, number>>
  /** Virtual time from the start to the last event. */
  readonly elapsedMs: number
}

const MINUTE = 60_000

// Faults are errors by the thousand, and nobody reads their stacks.
Error.stackTraceLimit = 0

export async function simulate(options: ScenarioOptions): Promise<SimulationResult> {
  const scenario = drawScenario(options)
  const simulation = new Simulation(scenario)
  await simulation.run()
  return simulation.result()
}

class Simulation {
  readonly #scenario: Scenario
  readonly #clock = new VirtualClock(START)
  readonly #chance: Chance
  readonly #tally = new Tally()
  readonly #table = new MemoryRunTable({ retryAfter: MINUTE })
  readonly #network: TrainingNetwork
  readonly #queue: QueueModel
  readonly #invariants: Invariants
  readonly #faults: TableFaults
  readonly #watcher: TrainingWatcher
  readonly #run: RunRecord
  /** Ids of the processes that live, so that the death of the others can be proven. */
  readonly #alive = new Set<string>()
  #started = 0
  /** Rows of the arrays that `retry` makes, by the URI of their list. */
  readonly #rowLists = new Map<string, readonly number[]>()
  #counts: Readonly<Record<RowStatus, number>> | null = null

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#chance = new Chance(scenario.seed + 1_000_003)
    const [clock, chance, tally] = [this.#clock, this.#chance, this.#tally]
    this.#run = { ...scenario.run, arrays: arraysOf(scenario) }
    this.#watcher = {
      onSent: (attempt, index) => this.#invariants.onSent(attempt, index),
      onCreated: (job) => {
        const index = Number(job.owner.split(" ")[1])
        if (job.owner === ownerOf(this.#run, index)) this.#invariants.onCreated(index, job)
      },
    }
    const model = this.#newModel()
    const odds = (_region: string, now: Instant) => (now < scenario.calmAt ? NETWORK_ODDS : NO_NETWORK_FAULTS)
    this.#network = new TrainingNetwork({
      model,
      clock,
      chance,
      tally,
      watcher: this.#watcher,
      latestLandingMs: LATEST_LANDING_MS,
      odds,
    })
    this.#invariants = new Invariants(this.#run, {
      table: this.#table,
      now: () => clock.now(),
      isUnderWay: (name) => this.#network.isUnderWay(name),
      maxAttempts: (index) => scenario.specOf(index).maxAttempts,
    })
    this.#faults = {
      chance,
      tally,
      oneAtATime: oneAtATime(),
      memory: { list: null },
      odds: (now) => this.#tableOdds(now),
      watcher: {
        onCommit: (before, change) => {
          tally.transition(before.state.status, change.next.state.status)
          if (before.placeIndex !== change.next.placeIndex) tally.fault("row went to another place")
          return this.#invariants.onCommit(before, change)
        },
        onAmend: (after) => this.#invariants.onAmend(after),
      },
    }
    this.#queue = new QueueModel({
      clock,
      chance,
      tally,
      givenUp: 0.5,
      start: (...child) => this.#startChild(...child),
    })
  }

  async run(): Promise<void> {
    const { stop, byHand, hasFollower, retryAt, endBy } = this.#scenario
    await this.#table.createRun(this.#run)
    for (const array of this.#run.arrays) this.#queue.submit(array)
    for (const { index, at } of byHand) this.#clock.at(at, () => this.#carryByHand(index))
    if (stop !== null) this.#clock.at(stop.at, () => this.#stop(stop.rows))
    if (retryAt !== null) this.#clock.at(retryAt, () => this.#retry())
    if (hasFollower) this.#clock.at(START + 5_000, () => this.#follow())
    this.#clock.at(START + 20 * MINUTE, () => this.#watch())
    const isOver = () => this.#invariants.violations.length > 0 || this.#clock.now() > endBy
    await this.#clock.run(drain, isOver)
    if (this.#invariants.violations.length === 0) await this.#checkEnd()
    this.#counts = await this.#table.counts(this.#run.run)
  }

  result(): SimulationResult {
    if (this.#counts === null) throw new Error("the simulation has not run yet")
    const { violations } = this.#invariants
    return { violations, tally: this.#tally, counts: this.#counts, elapsedMs: this.#clock.now() - START }
  }

  #newModel(): TrainingModel {
    const { quotas, calmAt, seed } = this.#scenario
    return new TrainingModel({
      chance: this.#chance,
      odds: TRAINING_ODDS,
      quotas,
      others(key, now) {
        if (now >= calmAt) return 0
        const tenMinutes = Math.floor(now / (10 * MINUTE))
        return Math.floor((quotas[key] ?? 0) * fraction(`${seed} ${key} ${tenMinutes}`))
      },
      trainingMs: [2 * MINUTE, 50 * MINUTE],
    })
  }

  #tableOdds(now: Instant) {
    const { calmAt, dark } = this.#scenario
    if (now >= calmAt) return NO_TABLE_FAULTS
    return { ...TABLE_ODDS, isDark: dark !== null && dark[0] <= now && now < dark[1] }
  }

  #startChild(...[array, child, attempt, ends]: Parameters<ConstructorParameters<typeof QueueModel>[0]["start"]>) {
    const process = this.#newProcess("worker", ends.killed, ends.asleep)
    const me = ownerId({ kind: "child", job: child.job, attempt, process: process.id })
    const index = this.#rowOf(array, child.index)
    void this.#carry(process, index, me, child.job).then((exit) => {
      this.#alive.delete(process.id)
      ends.done(exit)
    })
    return process
  }

  #carryByHand(index: number): void {
    const process = this.#newProcess(
      "run-row",
      () => {},
      () => {},
    )
    void this.#carry(process, index, ownerId({ kind: "command", process: process.id }), null)
  }

  /** Exit code of a worker. */
  async #carry(process: SimulatedProcess, index: number, me: OwnerId, job: string | null): Promise<number> {
    const ports = this.#portsOf(process)
    const endedByPerson = async () => job !== null && ((await ports.queue.child(job))?.byPerson ?? false)
    const options = { follow: job === null ? ("attached" as const) : this.#run.follow, endedByPerson }
    try {
      const outcome = await carryRow(ports, this.#run.run, index, me, options, process.terminated)
      return endOf(outcome).exit
    } catch (error) {
      if (!isRegattaError(error, "unavailable")) throw error
      return 75
    }
  }

  #watch(): void {
    const { watchEveryMs } = this.#scenario
    const isOver = (ports: LoopPorts) => this.#isOver(ports)
    this.#persist("watch", (ports, me) => watch(ports, this.#run.run, me, { watchEveryMs, isOver }))
  }

  #follow(): void {
    this.#persist("follower", (ports, _me, process) => follow(ports, this.#run.run, process))
  }

  #stop(rows: RowSelection["rows"]): void {
    this.#persist("stop", async (ports, me) => {
      if (await stop(ports, this.#run.run, me, rows)) this.#invariants.onStopped()
      this.#tally.fault("stop carried out")
    })
  }

  #retry(): void {
    this.#persist("retry", async (ports, me) => {
      const rows = await retry(ports, this.#run.run, me, this.#rowLists)
      this.#tally.fault(rows > 0 ? "retry carried out" : "nothing to retry")
      // Those who saw the run end have gone home.
      this.#watch()
      if (this.#scenario.hasFollower) this.#follow()
    })
  }

  /** A process that somebody starts again until it has done its work. */
  #persist(kind: string, work: (ports: LoopPorts, me: OwnerId, process: SimulatedProcess) => Promise<void>): void {
    const again = () => this.#clock.at(this.#clock.now() + this.#chance.between(MINUTE, 10 * MINUTE), start)
    const start = () => {
      const process = this.#newProcess(kind, again, () => {})
      const me = ownerId({ kind: "command", process: process.id })
      work(this.#portsOf(process), me, process).catch((error: unknown) => {
        if (!isRegattaError(error, "unavailable")) throw error
        again()
      })
    }
    start()
  }

  #newProcess(kind: string, onKilled: () => void, onPaused: (ms: number) => void): SimulatedProcess {
    const [clock, chance, tally] = [this.#clock, this.#chance, this.#tally]
    const { calmAt } = this.#scenario
    const id = `${kind}${++this.#started}`
    const process = new SimulatedProcess({
      id,
      clock,
      chance,
      tally,
      fate: clock.now() < calmAt ? drawFate(chance, kind) : UNHARMED,
      calmAt,
      skewMs: Math.round(chance.between(-LARGEST_SKEW_MS, LARGEST_SKEW_MS)),
      slowness: SLOWNESS,
      delayOf: (operation) => (clock.now() < calmAt ? this.#drawDelay(kind, operation) : 0),
      onKilled: () => {
        this.#alive.delete(id)
        tally.fault(`${kind} killed`)
        onKilled()
      },
      onPaused: (ms) => {
        const { lease, sendWindow, settle } = SIMULATED_TIMING
        tally.fault(ms > lease ? `${kind} asleep longer than its lease` : `${kind} asleep`)
        if (ms > sendWindow + settle) tally.fault("asleep longer than send and settle")
        onPaused(ms)
      },
    })
    this.#alive.add(id)
    return process
  }

  #drawDelay(kind: string, operation: string): number {
    const delay = drawDelay(this.#chance, kind, operation)
    if (delay > 0) this.#tally.fault("answer long under way")
    return delay
  }

  #portsOf(process: SimulatedProcess): LoopPorts {
    return {
      table: simulatedTable(process, this.#table, this.#faults),
      training: simulatedTrainingService(process, this.#network, this.#clock, this.#watcher),
      queue: simulatedArrayQueue(process, this.#queue, async (owner) => this.#isProvenGone(owner)),
      timing: SIMULATED_TIMING,
      world: process.world,
      specOf: async (_run, index) => this.#scenario.specOf(index),
      rowOf: async (array, child) => this.#rowOf(array, child),
    }
  }

  #rowOf({ first }: ArrayRecord, child: number): number {
    return typeof first === "number" ? first + child : (this.#rowLists.get(first.uri)?.[child] ?? -1)
  }

  #isProvenGone(owner: OwnerId): boolean {
    if (!this.#scenario.hasProof) return false
    return !this.#alive.has(parseOwner(owner)?.process ?? "")
  }

  async #isOver({ table }: Pick<LoopPorts, "table">): Promise<boolean> {
    const run = await table.readRun(this.#run.run)
    const counts = await table.counts(this.#run.run)
    const live = counts.waiting + counts.launching + counts.running + counts.stopping
    const recorded = live + counts.completed + counts.failed + counts.stopped
    return (
      live === 0 && (recorded === this.#scenario.rows || (run !== null && isStoppedWhole(run) && this.#queue.isOver()))
    )
  }

  async #checkEnd(): Promise<void> {
    const run = (await this.#table.readRun(this.#run.run)) ?? this.#run
    for (let index = 0; index < this.#scenario.rows; index++) {
      const row = await this.#table.readRow(run.run, index)
      if (!hasEnded(row, run)) this.#invariants.reportStuck(index, row)
    }
    await this.#invariants.atEnd(this.#scenario.rows)
  }
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
