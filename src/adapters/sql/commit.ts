// The two writes to a row: a commit, which is all or nothing with the counts and the money, and a note, which is neither.
// They judge no status: `decide` did.
import type { Change } from "../../core/decision/action.ts"
import { addEnded, type Hold, holdOf, type Refusal, refuseClaim, release, reserve } from "../../core/decision/claim.ts"
import { isNewer } from "../../core/decision/noted.ts"
import type { RunId } from "../../core/ids.ts"
import { placeKey } from "../../core/job/place.ts"
import type { TrainingJob } from "../../core/job/training-job.ts"
import { staleDetail } from "../../core/table-errors.ts"
import type { Committed } from "../../ports/run-table.ts"
import { advanceRun, type LockedRun, lockRun } from "./run-totals.ts"
import type { SqlDialect, SqlSession } from "./sql-database.ts"
import { numberIn } from "./sql-row.ts"
import { readStored, type StoredRow, writeStored } from "./stored-row.ts"

/** In the caller's write transaction. `retryAfter`: milliseconds after which a claim that was turned away is worth another try. */
export async function commitChange(
  session: SqlSession,
  dialect: SqlDialect,
  change: Change,
  retryAfter: number,
): Promise<Committed> {
  const { run, index, version, updatedAt } = change.next
  const locked = await lockRun(session, dialect, run)
  const stored = await readStored(session, run, index)
  if (stored.changeId === change.id) return { ok: true }
  const row = stored.record
  if (row.version !== version - 1)
    return { ok: false, code: "stale", hopeless: false, row, until: updatedAt, detail: staleDetail(row) }
  const given = change.give === null ? null : stored.hold
  const refusal = await refuse(session, dialect, locked, change, given)
  if (refusal !== null) return { ok: false, ...refusal, row, until: updatedAt + retryAfter }
  await write(session, locked, stored, change, given)
  return { ok: true }
}

async function refuse(
  session: SqlSession,
  dialect: SqlDialect,
  { terms, money }: LockedRun,
  { take }: Change,
  given: Hold | null,
): Promise<Refusal | null> {
  if (take === null) return null
  const key = placeKey(take.place)
  const live = await readLive(session, key, dialect.forUpdate)
  return refuseClaim(terms, take, live - (given?.key === key ? given.instances : 0), release(money, given))
}

async function write(
  session: SqlSession,
  { terms, money }: LockedRun,
  stored: StoredRow,
  change: Change,
  given: Hold | null,
): Promise<void> {
  const { run, index, state, version } = change.next
  const taken = change.take === null ? null : holdOf(terms, change.take)
  await countInstances(session, given, -1)
  await countInstances(session, taken, 1)
  const sequence = await advanceRun(
    session,
    run,
    addEnded(reserve(release(money, given), taken), terms, change.ended),
    { from: stored.record.version === 0 ? null : stored.record.state.status, to: state.status },
  )
  const hold = given === null && taken === null ? stored.hold : taken
  const next: StoredRow = { record: change.next, changeId: change.id, hold, noted: stored.noted }
  await writeStored(session, next, sequence)
  if (change.ended === null) return
  await session.run(
    "insert into ended_attempts (run, row_index, row_version, attempt) values (?, ?, ?, ?)",
    ...[run, index, version, JSON.stringify(change.ended)],
  )
}

/** In the caller's write transaction. */
export async function noteJob(
  session: SqlSession,
  dialect: SqlDialect,
  run: RunId,
  index: number,
  job: TrainingJob,
): Promise<void> {
  const { money } = await lockRun(session, dialect, run)
  const stored = await readStored(session, run, index)
  if (!isNewer(job, stored.noted)) return
  const sequence = await advanceRun(session, run, money, { from: null, to: null })
  await writeStored(session, { ...stored, noted: job }, sequence)
}

export async function readLive(session: SqlSession, key: string, suffix = ""): Promise<number> {
  const [row] = await session.rows(`select live from places where place = ?${suffix}`, key)
  return row === undefined ? 0 : numberIn(row, "live")
}

async function countInstances(session: SqlSession, hold: Hold | null, sign: 1 | -1): Promise<void> {
  if (hold === null || hold.key === null) return
  await session.run("update places set live = live + ? where place = ?", sign * hold.instances, hold.key)
}
