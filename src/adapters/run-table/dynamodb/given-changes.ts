import type { Cursor, RunId } from "../../../core/ids.ts"
import { type Item, textIn } from "./item.ts"

/** Readers of one process, each with the cursor of its last page and of the one before. */
const CURSORS = 16

/** A write, as the index of changes names it: no two writes of an item have the same stamp. */
export type WriteName = string

export function writeName(item: Item): WriteName {
  return `${textIn(item, "changed")} ${textIn(item, "sk")}`
}

/**
 * What was given on the way to a cursor, of the minute that its reader would get again: it is left out then. Kept in this process
 * only; another process with the same cursor, or one whose cursor was forgotten, gets it again, as the port allows.
 */
export class GivenChanges {
  readonly #given = new Map<string, ReadonlySet<WriteName>>()

  before(run: RunId, cursor: Cursor): ReadonlySet<WriteName> {
    return this.#given.get(`${run} ${cursor}`) ?? new Set()
  }

  /** `since`: stamp before which nothing is read again. */
  remember(run: RunId, cursor: Cursor, names: Iterable<WriteName>, since: string): void {
    this.#given.set(`${run} ${cursor}`, new Set([...names].filter((name) => name >= since)))
    for (const key of this.#given.keys()) {
      if (this.#given.size <= CURSORS) return
      this.#given.delete(key)
    }
  }
}
