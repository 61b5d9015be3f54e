// A model of the queue that runs array jobs: starts children, retries them by Batch's rules, notices lost hosts late.
// It knows nothing of rows: a child is a process, an attempt and an exit code.
import { afterExit } from "../core/run/child-exit.ts"
import type { ArrayRecord, RunRecord } from "../core/run/run.ts"
import type { ArrayQueue, Child, ChildState } from "../ports/array-queue.ts"
import type { Chance } from "./chance.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { Tally } from "./tally.ts"
import type { VirtualClock } from "./virtual-clock.ts"

/** Starts one attempt of a child as a process; `done` gets its exit code unless the process is killed. */
export type StartChild = (
  array: ArrayRecord,
  child: Child,
  attempt: number,
  ends: { readonly done: (exit: number) => void; readonly killed: () => void; readonly asleep: (ms: number) => void },
) => SimulatedProcess

export interface QueueOptions {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly tally: Tally
  readonly start: StartChild
  /** Likelihood that a sleeping host is given up for lost and its child started a second time. */
  readonly givenUp: number
}

/** The queue starts about twenty children a second. */
const START_EVERY_MS = 50
const NOTICED_MS = [1_000, 120_000] as const
const RESTART_MS = [1_000, 60_000] as const
const GRACE_MS = 30_000

interface ChildEntry extends Child {
  readonly array: ArrayRecord
  attempt: number
  state: ChildState
  byPerson: boolean
  reason: string
  process: SimulatedProcess | null
}

export class QueueModel {
  readonly #options: QueueOptions
  readonly #arrays = new Map<string, ChildEntry[]>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  submit(array: ArrayRecord): string {
    if (this.#arrays.has(array.name)) return array.name
    const { clock } = this.#options
    const children = Array.from({ length: array.size }, (_, index) => newChild(array, index))
    this.#arrays.set(array.name, children)
    for (const child of children) clock.at(clock.now() + (child.index + 1) * START_EVERY_MS, () => this.#start(child))
    return array.name
  }

  children(array: string): readonly Child[] {
    return this.#arrays.get(array) ?? []
  }

  child(job: string): Child | null {
    const [array = "", index = "0"] = job.split(":")
    return this.#arrays.get(array)?.[Number(index)] ?? null
  }

  isOver(): boolean {
    return this.#arrays.values().every((children) => children.every(({ state }) => hasEnded(state)))
  }

  /** SIGTERM to what runs, SIGKILL after the grace period; what is queued never starts. */
  end(array: string, reason: string): void {
    for (const child of this.#arrays.get(array) ?? []) {
      if (hasEnded(child.state)) continue
      child.byPerson = true
      child.reason = reason
      if (child.process === null) child.state = "failed"
      else this.#terminate(child, child.process)
    }
  }

  #terminate(child: ChildEntry, process: SimulatedProcess): void {
    const { clock } = this.#options
    process.terminate()
    clock.at(clock.now() + GRACE_MS, () => {
      if (child.process === process) process.kill()
    })
  }

  #start(child: ChildEntry): void {
    if (child.state !== "queued") return
    const { start, clock, chance, tally, givenUp } = this.#options
    child.state = "running"
    child.attempt++
    const attempt = child.attempt
    const isCurrent = () => child.attempt === attempt && child.state === "running"
    const ended = (exit: number | null) => {
      if (isCurrent()) this.#ended(child, exit)
    }
    child.process = start(child.array, child, attempt, {
      done: ended,
      killed: () => clock.at(clock.now() + chance.between(...NOTICED_MS), () => ended(null)),
      asleep: (ms) => {
        if (!chance.isLess(givenUp)) return
        clock.at(clock.now() + chance.between(0, ms), () => {
          if (isCurrent()) tally.fault("sleeping worker given up")
          ended(null)
        })
      },
    })
  }

  #ended(child: ChildEntry, exit: number | null): void {
    const { clock, chance } = this.#options
    child.process = null
    const next = child.byPerson ? (exit === 0 ? "succeeded" : "failed") : afterExit(child.attempt, exit)
    if (next !== "retry") {
      child.state = next
      if (!child.byPerson) child.reason = exit === null ? "the host was lost" : `exit code ${exit}`
      return
    }
    child.state = "queued"
    clock.at(clock.now() + chance.between(...RESTART_MS), () => this.#start(child))
  }
}

/** The queue as one process reaches it. `isGone` tells what can be proven of an owner. */
export function simulatedArrayQueue(
  process: SimulatedProcess,
  queue: QueueModel,
  isGone: ArrayQueue["isGone"],
): ArrayQueue {
  return {
    ready: async () => {},
    submit: (_run: RunRecord, array) => process.call("queue.submit", () => queue.submit(array)),
    revive: async () => {},
    follow: async () => {},
    counts: (arrays) =>
      process.call("queue.counts", () => new Map(arrays.map((array) => [array, countStates(queue.children(array))]))),
    async *children(array, state) {
      yield* await process.call("queue.children", () => queue.children(array).filter((child) => child.state === state))
    },
    child: (job) => process.call("queue.child", () => queue.child(job)),
    isGone: (owner) => process.call("queue.isGone", () => isGone(owner)),
    end: (array, reason) => process.call("queue.end", () => queue.end(array, reason)),
  }
}

function newChild(array: ArrayRecord, index: number): ChildEntry {
  const job = array.size === 1 ? array.name : `${array.name}:${index}`
  return { array, job, index, attempt: 0, state: "queued", byPerson: false, reason: "", process: null }
}

function hasEnded(state: ChildState): boolean {
  return state === "succeeded" || state === "failed"
}

function countStates(children: readonly Child[]): Readonly<Record<ChildState, number>> {
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0 }
  for (const { state } of children) counts[state]++
  return counts
}
