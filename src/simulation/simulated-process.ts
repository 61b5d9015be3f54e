// One process of a simulation: what it asks of the world goes over `call`, where it may be killed, put to sleep or kept waiting.
// It decides nothing about rows: it is only as unreliable as processes and networks are.
import { createHash } from "node:crypto"
import type { Instant } from "../core/ids.ts"
import type { Digest } from "../ports/digest.ts"
import type { World } from "../ports/world.ts"
import type { Chance } from "./chance.ts"
import type { Tally } from "./tally.ts"
import type { VirtualClock } from "./virtual-clock.ts"

/** What will happen to a process, counted in its calls from 1; null: nothing. */
export interface Fate {
  /** Only calls whose operation begins with this are counted; empty: all. */
  readonly counted: string
  readonly killedAtCall: number | null
  readonly pausedAtCall: number | null
  readonly pauseMs: number
  /** Before its call takes effect, or after that and before the answer arrives. */
  readonly isBefore: boolean
}

export const UNHARMED: Fate = { counted: "", killedAtCall: null, pausedAtCall: null, pauseMs: 0, isBefore: true }

export interface ProcessOptions {
  readonly id: string
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly tally: Tally
  readonly fate: Fate
  /** How far its clock is ahead of the true one; negative: behind. */
  readonly skewMs: number
  /** From then on nothing more befalls it. */
  readonly calmAt: Instant
  /** Likelihood that a call takes time. */
  readonly slowness: number
  /** How long the process stands still before it hears the answer to this call, which then tells of a moment long gone. */
  readonly stallOf: (operation: string) => number
  readonly onKilled: () => void
  /** The process fell asleep for so many milliseconds. */
  readonly onPaused: (ms: number) => void
}

const LONGEST_LEG_MS = 2_000

export class SimulatedProcess {
  readonly id: string
  readonly world: World
  readonly #options: ProcessOptions
  readonly #terminated = new AbortController()
  /** Wakes those that sleep under the signal. */
  readonly #sleepers = new Set<() => void>()
  /** Those that sleep under another signal, which would keep them, and all that they know, beyond the death of the process. */
  readonly #sleepersUnder = new Map<() => void, AbortSignal>()
  #calls = 0
  #isDead = false
  #hasCredentials = true
  #asleepUntil: Instant = 0

  constructor(options: ProcessOptions) {
    this.id = options.id
    this.#options = options
    const { clock, chance, skewMs } = options
    this.world = {
      clock: { now: () => clock.now() + skewMs, sleep: (until, signal) => this.#sleep(until - skewMs, signal) },
      random: () => chance.next(),
      digest: sha256,
      log: { event: () => {} },
    }
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** False: its session has ended before its time, until it asks for new ones. */
  get hasCredentials(): boolean {
    return this.#hasCredentials
  }

  expireCredentials(): void {
    this.#hasCredentials = false
  }

  renewCredentials(): void {
    this.#hasCredentials = true
  }

  get terminated(): AbortSignal {
    return this.#terminated.signal
  }

  /** SIGTERM. */
  terminate(): void {
    this.#terminated.abort()
    for (const wake of this.#sleepers) wake()
    this.#sleepers.clear()
  }

  /** SIGKILL: nothing of it goes on, and no answer reaches it. */
  kill(): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const [wake, signal] of this.#sleepersUnder) signal.removeEventListener("abort", wake)
    this.#sleepersUnder.clear()
    this.#options.onKilled()
  }

  /** One request to the outside. `effect` happens at one moment; the process may die or sleep on either side of it. */
  call<T>(operation: string, effect: () => T | Promise<T>): Promise<T> {
    const { fate, tally, chance, clock, slowness, stallOf } = this.#options
    const call = operation.startsWith(fate.counted) ? ++this.#calls : 0
    tally.request(operation)
    const drawn = chance.next()
    const stall = stallOf(operation)
    const isPlain = stall === 0 && drawn >= slowness && call !== fate.killedAtCall && call !== fate.pausedAtCall
    if (!isPlain || this.#isDead || clock.now() < this.#asleepUntil) return this.#travel(call, drawn, stall, effect)
    try {
      return Promise.resolve(effect())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The long way: one of both legs takes time, and what must befall the process does. */
  async #travel<T>(call: number, drawn: number, stall: number, effect: () => T | Promise<T>): Promise<T> {
    const { fate, slowness } = this.#options
    await this.#wait(drawn < slowness / 2 ? this.#legMs() : 0)
    if (fate.isBefore) await this.#suffer(call)
    if (this.#isDead) return never()
    const answer = await settle(effect)
    if (!fate.isBefore) await this.#suffer(call)
    if (stall > 0) this.#standStill(stall)
    await this.#wait(drawn >= slowness / 2 && drawn < slowness ? this.#legMs() : 0)
    if (this.#isDead) return never()
    if ("error" in answer) throw answer.error
    return answer.value
  }

  #legMs(): number {
    return this.#options.chance.between(1, LONGEST_LEG_MS)
  }

  async #wait(ms: number): Promise<void> {
    const { clock } = this.#options
    const until = Math.max(clock.now() + ms, this.#asleepUntil)
    if (until > clock.now()) await clock.sleep(until)
  }

  async #suffer(call: number): Promise<void> {
    const { fate, clock, calmAt } = this.#options
    if (clock.now() >= calmAt) return
    if (call === fate.killedAtCall) this.kill()
    if (call !== fate.pausedAtCall || this.#isDead) return
    this.#standStill(fate.pauseMs)
    await clock.sleep(this.#asleepUntil)
  }

  #standStill(ms: number): void {
    const { clock, onPaused } = this.#options
    this.#asleepUntil = Math.max(this.#asleepUntil, clock.now() + ms)
    onPaused(ms)
  }

  #sleep(until: Instant, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    const { clock } = this.#options
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(wake)
        if (this.#sleepersUnder.delete(wake)) signal?.removeEventListener("abort", wake)
        clock.callOff(event)
        if (this.#isDead) return
        if (clock.now() < this.#asleepUntil) clock.at(this.#asleepUntil, wake)
        else resolve()
      }
      const event = clock.at(until, wake)
      // Thousands sleep under the one signal of their process; its listeners would be looked through one by one.
      if (signal === this.terminated) this.#sleepers.add(wake)
      else if (signal !== undefined && !this.#isDead) {
        this.#sleepersUnder.set(wake, signal)
        signal.addEventListener("abort", wake, { once: true })
      }
    })
  }
}

function sha256(): Digest {
  const hash = createHash("sha256")
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown }

/** An answer that is an error travels back like any other. */
async function settle<T>(effect: () => T | Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await effect() }
  } catch (error) {
    return { error }
  }
}

/** The rest of a dead process. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => {})
}
