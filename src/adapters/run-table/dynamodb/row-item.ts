import type { Hold } from "../../../core/decision/claim.ts"
import { noteRank } from "../../../core/decision/noted.ts"
import {
  type EndedAttempt,
  isUnfinished,
  pendingRow,
  type RowRecord,
  type RowView,
} from "../../../core/decision/row.ts"
import type { RunId } from "../../../core/ids.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import { type Item, jsonIn, numberIn, textIn, textOrNullIn } from "./item.ts"
import { endedKey, indexOf, noteKey, rowKey } from "./keys.ts"

/** A row's item without its place in the order of writing. */
export interface StoredRow {
  readonly record: RowRecord
  /** Id of the last commit; null: none yet. */
  readonly changeId: string | null
  /** What the live attempt holds; null: nothing. */
  readonly hold: Hold | null
  /** How many attempts ended; each is an item of its own. */
  readonly ended: number
}

/** `changed`: when it is written (service-clock.ts). Run, index and version stand outside the record's JSON: an item is charged by its bytes. */
export function rowItem({ record, changeId, hold, ended }: StoredRow, changed: string): Item {
  const { run, index, version, ...rest } = record
  return {
    ...rowKey(run, index),
    version,
    record: JSON.stringify(rest),
    change: changeId,
    ...(hold === null ? {} : { hold: JSON.stringify(hold) }),
    ...(ended === 0 ? {} : { ended }),
    ...(isUnfinished(record.state.status) ? { open: index } : {}),
    changed,
  }
}

/** The row of an item, or of none. */
export function storedRow(run: RunId, index: number, item: Item | null): StoredRow {
  if (item === null) return { record: pendingRow(run, index), changeId: null, hold: null, ended: 0 }
  const version = numberIn(item, "version")
  return {
    record: { run, index, version, ...jsonIn<Omit<RowRecord, "run" | "index" | "version">>(item, "record") },
    changeId: textOrNullIn(item, "change"),
    hold: item["hold"] === undefined ? null : jsonIn<Hold>(item, "hold"),
    ended: numberIn(item, "ended"),
  }
}

export function endedItem(record: RowRecord, ordinal: number, attempt: EndedAttempt): Item {
  return { ...endedKey(record.run, record.index, ordinal), attempt: JSON.stringify(attempt) }
}

/** With its rank as attributes, so that a condition can compare it. */
export function noteItem(run: RunId, index: number, job: TrainingJob, changed: string): Item {
  const [attempt, isEnded, at] = noteRank(job)
  return { ...noteKey(run, index), attempt, isEnded, at, job: JSON.stringify(job), changed }
}

export function notedJob(item: Item | null): TrainingJob | null {
  return item === null ? null : jsonIn<TrainingJob>(item, "job")
}

/** The view of a row from its items, in any order; null: an attempt that the row counts is not among them (it was written while they were read). */
export function viewOf(run: RunId, index: number, items: readonly Item[]): RowView | null {
  const bySortKey = new Map(items.map((item) => [textIn(item, "sk"), item]))
  const { record, ended } = storedRow(run, index, bySortKey.get(rowKey(run, index).sk) ?? null)
  const attempts: EndedAttempt[] = []
  for (let ordinal = 1; ordinal <= ended; ordinal++) {
    const item = bySortKey.get(endedKey(run, index, ordinal).sk)
    if (item === undefined) return null
    attempts.push(jsonIn<EndedAttempt>(item, "attempt"))
  }
  return { record, noted: notedJob(bySortKey.get(noteKey(run, index).sk) ?? null), ended: attempts }
}

/** Items of rows by their row, in the order in which the rows first appear. */
export function byRow(items: readonly Item[]): ReadonlyMap<number, readonly Item[]> {
  return Map.groupBy(items, (item) => indexOf(textIn(item, "sk")))
}
