import { noteRank } from "../../../core/decision/noted.ts"
import type { RunId } from "../../../core/ids.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import { refuseNewer, unknownRun } from "../../../core/table-errors.ts"
import { TABLE_SCHEMA } from "../../../ports/run-table.ts"
import type { DynamoDbStore } from "./dynamodb-store.ts"
import { numberIn } from "./item.ts"
import { noteKey, termsKey } from "./keys.ts"
import { notedJob, noteItem } from "./row-item.ts"
import type { Condition } from "./write-request.ts"

/** One write under a condition, without a look at what is kept: `isNewer` of core/decision/noted.ts, as an expression. */
export async function noteJob(store: DynamoDbStore, run: RunId, index: number, job: TrainingJob): Promise<void> {
  await store.write({ put: noteItem(run, index, job, store.time.stamp()), condition: isNewer(job) })
}

/** Errors: `notFound`, and `unsupported` where the run was made by a newer layout. A run that is there stays there under its layout: one look for each run is enough. */
export async function demandRun(store: DynamoDbStore, run: RunId, known: Set<RunId>): Promise<void> {
  if (known.has(run)) return
  const item = await store.get(termsKey(run))
  if (item === null) throw unknownRun(run)
  refuseNewer({ run, schema: numberIn(item, "schema") }, TABLE_SCHEMA)
  known.add(run)
}

export async function readNote(store: DynamoDbStore, run: RunId, index: number): Promise<TrainingJob | null> {
  return notedJob(await store.get(noteKey(run, index)))
}

function isNewer(job: TrainingJob): Condition {
  const [attempt, isEnded, at] = noteRank(job)
  return {
    text: "attribute_not_exists(#pk) or #attempt < :attempt or (#attempt = :attempt and (#isEnded < :isEnded or (#isEnded = :isEnded and #at < :at)))",
    values: { attempt, isEnded, at },
  }
}
