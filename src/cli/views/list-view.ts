import type { RunSummary } from "../../app/list-runs.ts"
import type { RowStatus } from "../../core/decision/row.ts"
import { ROW_STATUSES } from "../../core/decision/row.ts"
import type { Instant } from "../../core/ids.ts"
import { BATCH_OWNER } from "../../core/run/run.ts"
import { formatAge } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Tone } from "../output/style.ts"

/** @param empty what is said when there is no run. */
export function listView(runs: readonly RunSummary[], now: Instant, empty: string): View<RunSummary> {
  const owners = new Set(runs.map((run) => run.owner))
  const isOwnerTold = owners.size > 1 || owners.has(BATCH_OWNER)
  return {
    document: { version: 1, runs },
    rows: runs,
    record: ({ id, name, owner, on, status, size, createdAt, counts }) => ({
      id,
      name,
      owner,
      on,
      status,
      size,
      created_at: createdAt,
      ...counts,
    }),
    recordColumns: ["id", "name", "owner", "on", "status", "size", "created_at", ...ROW_STATUSES],
    name: (run) => run.id,
    columns: [
      { title: "RUN", value: (run) => run.id },
      { title: "NAME", value: (run) => run.name, shrinkTo: 8, expendable: 3 },
      ...(isOwnerTold ? [{ title: "OWNER", value: (run: RunSummary) => run.owner, shrinkTo: 8 }] : []),
      { title: "ON", value: (run) => run.on, expendable: 4 },
      { title: "STATUS", value: (run) => run.status, tone: runTone },
      { title: "ROWS", value: (run) => String(run.size), align: "right", expendable: 2 },
      { title: "COUNTS", value: (run) => countsOf(run.counts), shrinkTo: 14 },
      { title: "MADE", value: (run) => formatAge(Date.parse(run.createdAt), now), align: "right", expendable: 1 },
    ],
    empty,
  }
}

function runTone(run: RunSummary): Tone {
  if (run.status !== "ended") return run.status === "active" ? "live" : "warn"
  if (run.counts.failed > 0) return "bad"
  return run.counts.stopped > 0 ? "warn" : "good"
}

function countsOf(counts: Readonly<Record<RowStatus, number>>): string {
  const shown = ROW_STATUSES.filter((status) => counts[status] > 0).toReversed()
  return shown.map((status) => `${counts[status]} ${status}`).join(", ")
}
