import type { World } from "../core/config/world-file.ts"
import type { RowRecord } from "../core/decision/row.ts"
import type { Instant } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Ports } from "./ports.ts"
import type { RunTable } from "./run-table.ts"
import type { Shell } from "./world.ts"

/** What a stage is made of. */
export interface StageSettings {
  readonly seed: number
  readonly startAt: Instant
  readonly world: World
  readonly home: string
  /** Whether requests are lost, workers killed, machines scarce and Spot jobs interrupted, as usual in a bad week. */
  readonly faults: boolean
  /** Seconds that the training of a job takes, by its name; `chance` is drawn for it, uniform in [0, 1). */
  readonly trainingSeconds: (job: string, chance: number) => number
  readonly maxAttempts: (row: number) => number
  /** After each write of a row. */
  readonly onRow: (before: RowRecord, after: RowRecord, at: Instant) => void
}

/** A process on a stage: its ports are those of aws, over modelled services. What it returns is its exit code. */
export type StageProgram = (ports: Ports, shell: Shell) => Promise<number>

/** Modelled regions with a central table, on a virtual clock, for one run. */
export interface Stage {
  now(): Instant
  /** As it is, without faults: for whoever looks at the outcome. */
  readonly table: RunTable
  /** A bucket with one object under the key, in a region. */
  addObject(bucket: string, region: string, key: string): void
  /** What the children of the queue run. */
  onChild(program: StageProgram): void
  /** What is checked against: to be called once, before the run is made. */
  expect(run: RunRecord): void
  /** Starts a process; one that is killed or given up is started again until it returns. */
  start(kind: string, program: StageProgram): void
  /** Lets time pass until it is over or nothing is left to happen. */
  play(isOver: () => boolean): Promise<void>
  /** Requests so far, by `service.operation`. */
  readonly requests: Readonly<Record<string, number>>
  readonly spotInterruptions: number
}

export interface Simulator {
  open(settings: StageSettings): Promise<Stage>
}
