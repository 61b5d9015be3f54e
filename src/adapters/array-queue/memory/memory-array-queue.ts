// Array jobs within this process, for tests: a child is a call of the function handed in.
// It keeps nothing and starts no process: what runs ends with its caller.

import type { OwnerId, RunId } from "../../../core/ids.ts"
import { afterExit } from "../../../core/run/child-exit.ts"
import type { ArrayRecord, RunRecord } from "../../../core/run/run.ts"
import type { ArrayQueue, Child, ChildState } from "../../../ports/array-queue.ts"
import { childEnvironment, type Environment, jobOf } from "../child-environment.ts"

export interface MemoryArrayQueueOptions {
  readonly environment: Environment
  /** One attempt of a child; resolves with its exit code, null for none. `terminated` fires where a process would get SIGTERM. */
  work(environment: Environment, terminated: AbortSignal): Promise<number | null>
  /** Children at once of each array. */
  readonly parallel: number
  /** What the queue can prove of an owner's process; by default nothing. */
  isGone?(owner: OwnerId): boolean
}

interface Entry {
  readonly run: RunRecord
  readonly array: ArrayRecord
  readonly children: Child[]
  readonly ending: AbortController
  /** Settles when no child runs and none will. */
  over: Promise<void>
}

export class MemoryArrayQueue implements ArrayQueue {
  /** Runs for which a follower was asked. */
  readonly followed: RunId[] = []
  readonly #options: MemoryArrayQueueOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: MemoryArrayQueueOptions) {
    this.#options = options
  }

  ready(): Promise<void> {
    return Promise.resolve()
  }

  submit(run: RunRecord, array: ArrayRecord): Promise<string> {
    if (!this.#entries.has(array.name)) {
      const entry: Entry = {
        run,
        array,
        children: Array.from({ length: array.size }, (_, index) => queued(jobOf(array, index), index)),
        ending: new AbortController(),
        over: Promise.resolve(),
      }
      this.#entries.set(array.name, entry)
      entry.over = this.#carry(entry)
    }
    return Promise.resolve(array.name)
  }

  revive(): Promise<void> {
    return Promise.resolve()
  }

  /** Notes it: a follower is a process, and this queue has none. */
  follow({ run }: RunRecord): Promise<void> {
    this.followed.push(run)
    return Promise.resolve()
  }

  counts(arrays: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<ChildState, number>>>> {
    const counts = new Map<string, Readonly<Record<ChildState, number>>>()
    for (const name of arrays) {
      const entry = this.#entries.get(name)
      if (entry === undefined) continue
      const of = { queued: 0, running: 0, succeeded: 0, failed: 0 }
      for (const child of entry.children) of[child.state] += 1
      counts.set(name, of)
    }
    return Promise.resolve(counts)
  }

  async *children(array: string, state: ChildState): AsyncIterable<Child> {
    yield* (this.#entries.get(array)?.children ?? []).filter((child) => child.state === state)
  }

  child(job: string): Promise<Child | null> {
    const entry = this.#entries.get(job.split(":")[0] ?? "")
    return Promise.resolve(entry?.children.find((child) => child.job === job) ?? null)
  }

  isGone(owner: OwnerId): Promise<boolean> {
    return Promise.resolve(this.#options.isGone?.(owner) ?? false)
  }

  end(array: string, reason: string): Promise<void> {
    const entry = this.#entries.get(array)
    if (entry === undefined || entry.ending.signal.aborted) return Promise.resolve()
    for (const child of entry.children) {
      if (child.state === "queued") entry.children[child.index] = { ...child, state: "failed", byPerson: true, reason }
      if (child.state === "running") entry.children[child.index] = { ...child, byPerson: true, reason }
    }
    entry.ending.abort()
    return Promise.resolve()
  }

  /** Until no child of any array runs. */
  async idle(): Promise<void> {
    for (const entry of this.#entries.values()) await entry.over
  }

  async #carry(entry: Entry): Promise<void> {
    let next = 0
    const carrier = async () => {
      while (next < entry.array.size) {
        next += 1
        await this.#carryChild(entry, next - 1)
      }
    }
    await Promise.all(Array.from({ length: this.#options.parallel }, carrier))
  }

  async #carryChild(entry: Entry, index: number): Promise<void> {
    const { run, array, children, ending } = entry
    for (let attempt = 1; children[index]?.state === "queued"; attempt += 1) {
      children[index] = { ...queued(jobOf(array, index), index), state: "running" }
      const environment = childEnvironment(this.#options.environment, run, array, index, attempt)
      const exit = await this.#options.work(environment, ending.signal)
      const known = children[index] ?? queued(jobOf(array, index), index)
      children[index] = after(known, attempt, exit)
    }
  }
}

function after(child: Child, attempt: number, exit: number | null): Child {
  const next = afterExit(attempt, exit)
  if (next === "succeeded") return { ...child, state: "succeeded", byPerson: false, reason: "" }
  if (child.byPerson) return { ...child, state: "failed" }
  if (next === "retry") return { ...child, state: "queued" }
  const reason = exit === null ? "the worker ended without an exit code" : `the worker exited with ${exit}`
  return { ...child, state: "failed", reason }
}

function queued(job: string, index: number): Child {
  return { job, index, state: "queued", byPerson: false, reason: "" }
}
