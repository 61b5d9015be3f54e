// Deletes the copies of a run that has ended, unless a run that has not needs them: each copy's own folder, and nothing else.
// It stops no run, and asks nobody: that is the face's.
import { RegattaError } from "../core/errors.ts"
import type { RunId, Uri } from "../core/ids.ts"
import { type CopyRecord, copyFolder } from "../core/placement/copy-record.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import { type RunRecord, runSize } from "../core/run/run.ts"
import { fullCounts, runStatus } from "../core/run/run-status.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import { CopyBook, readCopyTasks } from "./copy-book.ts"

/** A copy that may be removed, and who stands in the way. */
export interface Removal {
  readonly record: CopyRecord
  /** Runs with rows that have not ended and need it; none: it may go. */
  readonly usedBy: readonly RunId[]
  /** Runs that have ended and record it too. */
  readonly alsoOf: readonly RunId[]
}

/** What is listed and deleted at once: as many as S3 takes. */
const AT_ONCE = 1000

/** The copies that the run records and that are not removed yet. Looks through the tasks of every run of the table. */
export async function findRemovals(
  table: Pick<RunTable, "listRuns" | "tasks" | "counts">,
  prefix: string,
  run: Pick<RunRecord, "run">,
): Promise<readonly Removal[]> {
  const own = (await readCopyTasks(table, run.run)).map(({ state }) => state)
  const left = own.filter(({ status }) => status !== "removed")
  if (left.length === 0) return []
  const { live, ended } = await copyUsers(table, prefix)
  return left.map((record) => {
    const folder = copyFolder(record.copy)
    const alsoOf = (ended.get(folder) ?? []).filter((id) => id !== run.run)
    return { record, usedBy: live.get(folder) ?? [], alsoOf }
  })
}

/** Runs that record a copy, by its folder: those with rows that have not ended, and the others. */
export async function copyUsers(
  table: Pick<RunTable, "listRuns" | "tasks" | "counts">,
  prefix: string,
): Promise<Readonly<Record<"live" | "ended", ReadonlyMap<Uri, readonly RunId[]>>>> {
  const users = { live: new Map<Uri, RunId[]>(), ended: new Map<Uri, RunId[]>() }
  for await (const run of table.listRuns(`${prefix}-`)) {
    const copies = (await readCopyTasks(table, run.run)).filter(({ state }) => state.status !== "removed")
    if (copies.length === 0) continue
    const of = users[(await hasEnded(table, run)) ? "ended" : "live"]
    for (const { state } of copies) {
      const folder = copyFolder(state.copy)
      of.set(folder, [...(of.get(folder) ?? []), run.run])
    }
  }
  return users
}

/**
 * Deletes what lies in the copy's folder and what was begun there, and records it in every run that has it. May be cut short
 * and called again. Errors: `damaged` (the record names no folder of copies), `refused` (it is used), what store and table throw.
 */
export async function removeCopy(
  ports: Pick<OpenPorts, "objects" | "table" | "world">,
  run: RunId,
  { record, usedBy, alsoOf }: Removal,
  onRemoved: (objects: number) => void,
): Promise<{ readonly objects: number; readonly unfinished: number }> {
  const { copy } = record
  if (usedBy.length > 0) throw new RegattaError("refused", `${copyFolder(copy)} is used by ${usedBy.join(", ")}`)
  const folder = folderOf(copy)
  let objects = 0
  let batch: Uri[] = []
  const drop = async () => {
    await ports.objects.remove(batch, copy.to)
    objects += batch.length
    batch = []
    onRemoved(objects)
  }
  for await (const { uri } of ports.objects.list(folder, copy.to)) {
    batch.push(uri)
    if (batch.length === AT_ONCE) await drop()
  }
  if (batch.length > 0) await drop()
  const unfinished = await ports.objects.dropUnfinished(folder, copy.to)
  await recordRemoved(ports, [run, ...alsoOf], copy)
  return { objects, unfinished }
}

/** Whoever finds it so makes the copy anew. */
export async function recordRemoved(
  ports: Pick<OpenPorts, "table" | "world">,
  runs: readonly RunId[],
  copy: PlannedCopy,
): Promise<void> {
  for (const run of runs) {
    const book = new CopyBook(ports, run)
    await book.open([])
    await book.write(copy, { status: "removed" })
  }
}

/** The one place where it is judged what may be deleted: a folder that bears the name of a listing, below the copies' store. */
function folderOf(copy: PlannedCopy): Uri {
  const folder = copyFolder(copy)
  const isFolder = /^[a-z0-9]+:\/\/.*[^/]\/$/s.test(copy.store) && /^[0-9a-f]{32,64}$/.test(copy.listing)
  if (isFolder && copy.target.startsWith(folder)) return folder
  throw new RegattaError("damaged", `nothing is deleted: ${folder} is no folder of a copy`, {
    fields: { uri: folder, region: copy.to },
  })
}

async function hasEnded(table: Pick<RunTable, "counts">, run: RunRecord): Promise<boolean> {
  return runStatus(run, fullCounts(run, await table.counts(run.run), runSize(run))) === "ended"
}
