import { isRegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { StatusDocument, StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { pendingReasons } from "./pending-reasons.ts"
import { createRefresher } from "./refresh-run.ts"
import { silenceText } from "./region-answers.ts"
import { openRunReader, type RunReader } from "./run-reader.ts"

export interface StatusReport {
  readonly document: StatusDocument
  readonly run: RunRecord
  /** Launch, ended attempts and estimate of a row. */
  readonly account: RunReader["account"]
  /** Why the services could not be asked; null: they were, or were not to be. */
  readonly trouble: string | null
}

export interface StatusOptions {
  /** Ask the services first; false: only the table is read. */
  readonly refresh: boolean
  /** When it fires, the services are not waited for any longer. */
  readonly patience?: AbortSignal
  readonly onRow?: (read: number) => void
}

/** What became of every row, as of now. Errors: `notFound`, and what table and store throw. */
export async function readStatus(
  ports: LoopPorts & Pick<OpenPorts, "objects">,
  id: RunId,
  me: OwnerId,
  options: StatusOptions,
  signal: AbortSignal,
): Promise<StatusReport> {
  const refresher = createRefresher(ports, id, me, false, signal)
  if (options.refresh) await refresher.look(options.patience)
  const reader = await openRunReader(ports, id, options.onRow)
  await reader.refresh()
  const silent = new Set(refresher.silentRegions())
  const plain = withSilence(reader.document(observedAt(reader, refresher.observedAt())), silent)
  const hasAsked = options.refresh && refresher.hasAnswered()
  const explained = hasAsked ? await withPendingReasons(ports, reader.run(), plain) : plain
  const read = { run: reader.run(), account: reader.account }
  if (typeof explained === "string") return { ...read, document: plain, trouble: explained }
  return { ...read, document: explained, trouble: refresher.trouble() }
}

/** A live row of a region that does not answer is shown as it was last seen, and says so. */
function withSilence(document: StatusDocument, silent: ReadonlySet<string>): StatusDocument {
  if (silent.size === 0) return document
  const isBlind = ({ status, region, reason }: StatusRow) =>
    ["launching", "running", "stopping"].includes(status) && reason === null && silent.has(region)
  const explain = (row: StatusRow) => (isBlind(row) ? { ...row, reason: silenceText([row.region]) } : row)
  return { ...document, rows: document.rows.map(explain) }
}

/** What was written last was seen then by whoever wrote it: the data are never older than that, whoever asked. */
export function observedAt(reader: RunReader, lookedAt: Instant | null): Instant {
  return Math.max(reader.run().createdAt, reader.lastWrittenAt(), lookedAt ?? 0)
}

/** A text: why the queue does not say. */
async function withPendingReasons(
  ports: Pick<LoopPorts, "queue" | "rowOf">,
  run: RunRecord,
  document: StatusDocument,
): Promise<StatusDocument | string> {
  if (document.counts.pending === 0) return document
  let reasonOf: (index: number) => string
  try {
    reasonOf = await pendingReasons(ports, run)
  } catch (error) {
    if (!isRegattaError(error, "denied", "unavailable")) throw error
    return error.message
  }
  const explain = (row: StatusRow) => (row.status === "pending" ? { ...row, reason: reasonOf(row.index) } : row)
  return { ...document, rows: document.rows.map(explain) }
}
