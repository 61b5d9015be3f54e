import type { RunId } from "../ids.ts"

/** A piece of work of a run beside its rows: a step after it, or a notification. */
export interface RunTask {
  readonly run: RunId
  /** Unique in the run: ASCII, at most 200 characters; its beginning says of which kind it is. */
  readonly key: string
  /** Raised by one with every write; 1 for the first. */
  readonly version: number
  /** Plain JSON; its shape is that of the key's kind. */
  readonly state: object
}
