import type { Instant } from "../core/ids.ts"
import type { Digest } from "./digest.ts"

export interface Clock {
  now(): Instant
  /** Resolves at the instant, or as soon as the signal fires (without an error). */
  sleep(until: Instant, signal?: AbortSignal): Promise<void>
}

export type LogLevel = "debug" | "info" | "warn" | "error"

/** Our own events, structured; never a secret, never a signed URL. */
export interface Log {
  event(level: LogLevel, name: string, fields: Readonly<Record<string, unknown>>): void
}

/** Time, chance, log and hashing: all that app and adapters get of the process they run in. */
export interface World {
  readonly clock: Clock
  /** A new, empty digest. */
  digest(): Digest
  /** Uniform in [0, 1). */
  random(): number
  readonly log: Log
}

/** What a face (cli, worker) gets of its process; system.ts makes the real one, tests their own. */
export interface Shell extends World {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The caller's folder (INIT_CWD under `npm run`). */
  readonly cwd: string
  readonly user: string
  /** How to start another process of ours, from source or from the bundle: executable and first arguments. */
  readonly self: readonly [string, ...string[]]
  /** Where the package lies: its examples and documents. */
  readonly packageFolder: string
  /** How the user called us, for hints: `regatta`, `npx regatta` or `npm run -s regatta --`. */
  readonly calledAs: string
  /** This process for all time: host, process id and start time. */
  readonly process: string
  out(text: string): void
  /** Resolves when what was written to stdout has left, or cannot: for output too long to wait in memory. Missing: at once. */
  readonly drained?: () => Promise<void>
  err(text: string): void
  /** Whether stdin and stderr are a terminal (prompts); whether stdout is one (bars, colour). */
  readonly isInteractive: boolean
  readonly isTerminal: boolean
  readonly columns: number
  readonly color: boolean
  /** Asks on the terminal; null at its end. Only where `isInteractive`. */
  ask(question: string): Promise<string | null>
  /** Fires at SIGINT, SIGTERM or a closed output; `reason` is the signal's name. */
  readonly terminated: AbortSignal
  /** Calls back at each further SIGINT until disposed. */
  onInterrupt(callback: () => void): () => void
}
