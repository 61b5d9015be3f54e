// What can go wrong, in one list: codes that programs read, each with the exit codes of the command line and the worker.
// It throws nothing and prints nothing.

import type { Problem } from "./problem.ts"

/** Every error code, with the exit code of the command line and of the worker (product.md's "Exit codes"). */
export const ERROR_CODES = {
  /** The command was called wrongly. */
  usage: { command: 2, worker: 64 },
  /** Config or manifest is invalid; `problems` lists everything. */
  invalid: { command: 2, worker: 65 },
  /** A setting, column, flag or command that is not built yet. */
  unsupported: { command: 2, worker: 65 },
  /** A run, row, file or object does not exist. */
  notFound: { command: 2, worker: 65 },
  /** Something else has this name, with other content. */
  conflict: { command: 2, worker: 65 },
  /** An object is not the one that was pinned. */
  changed: { command: 2, worker: 65 },
  /** Credentials are missing, expired or not allowed. */
  denied: { command: 4, worker: 75 },
  /** Part of the work is done; running it again continues. */
  partial: { command: 5, worker: 75 },
  /** `--timeout` passed; the run goes on. */
  timeout: { command: 6, worker: 75 },
  /** Refused: confirmation, budget or quota. */
  refused: { command: 7, worker: 75 },
  /** A store, table or service does not answer, is locked or full. */
  unavailable: { command: 1, worker: 75 },
  /** A store or table holds what nobody can read: waiting does not mend it. */
  damaged: { command: 1, worker: 75 },
  /** Our own bug: prints a stack. */
  fault: { command: 1, worker: 75 },
} as const

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorDetails {
  /** The next command to type, or how to mend it. */
  readonly hint?: string
  readonly problems?: readonly Problem[]
  readonly cause?: unknown
  /** Ids that programs read: run, row, region, path. */
  readonly fields?: Readonly<Record<string, string | number>>
}

/** The one error of the project: programs read `code` and `fields`, people read `message` and `hint`. */
export class RegattaError extends Error {
  override readonly name = "RegattaError"
  readonly code: ErrorCode
  readonly hint: string | null
  readonly problems: readonly Problem[]
  readonly fields: Readonly<Record<string, string | number>>

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint ?? null
    this.problems = details.problems ?? []
    this.fields = details.fields ?? {}
  }
}

export function isRegattaError(error: unknown, ...codes: readonly ErrorCode[]): error is RegattaError {
  return error instanceof RegattaError && (codes.length === 0 || codes.includes(error.code))
}
