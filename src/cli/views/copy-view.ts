import type { RunCopy } from "../../app/list-copies.ts"
import { sizeText } from "../../core/amounts.ts"
import type { Instant } from "../../core/ids.ts"
import type { CopyRecord, CopyStatus } from "../../core/placement/copy-record.ts"
import { ABSENT, formatAge } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Tone } from "../output/style.ts"

export interface CopyDocument {
  readonly run: string
  readonly status: CopyStatus
  readonly source: string
  readonly from: string
  readonly to: string
  readonly target: string
  /** That are there and verified, and of how many. */
  readonly objects: number
  readonly ofObjects: number
  readonly bytes: number
  readonly ofBytes: number
  readonly reused: number
  readonly verified: CopyRecord["verified"]
  readonly reason: string
  readonly since: string
  readonly at: string
}

export function copyDocument({ run, record }: RunCopy): CopyDocument {
  const { copy, status, objects, bytes, reused, verified, reason, since, at } = record
  const { source, from, to, target, objects: ofObjects, bytes: ofBytes } = copy
  return {
    run,
    status,
    source,
    from,
    to,
    target,
    objects,
    ofObjects,
    bytes,
    ofBytes,
    reused,
    verified,
    reason,
    since: new Date(since).toISOString(),
    at: new Date(at).toISOString(),
  }
}

/** @param empty what is said when there is none. */
export function copiesView(copies: readonly RunCopy[], now: Instant, empty: string): View<CopyDocument> {
  const rows = copies.map(copyDocument)
  const isOneRun = new Set(rows.map(({ run }) => run)).size <= 1
  return {
    document: { version: 1, copies: rows },
    rows,
    record: ({ verified, ofObjects, ofBytes, ...rest }) => ({
      ...rest,
      of_objects: ofObjects,
      of_bytes: ofBytes,
      by_checksum: verified.checksum,
      by_etag: verified.etag,
      by_size: verified.size,
    }),
    recordColumns: ["run", "status", "source", "from", "to", "target", "objects", "of_objects", "bytes", "of_bytes"],
    name: ({ target }) => target,
    columns: [
      ...(isOneRun ? [] : [{ title: "RUN", value: ({ run }: CopyDocument) => run }]),
      { title: "STATUS", value: ({ status }) => status, tone: toneOf },
      { title: "FROM", value: ({ from }) => from, expendable: 2 },
      { title: "TO", value: ({ to }) => to },
      { title: "SOURCE", value: ({ source }) => source, shrinkTo: 16 },
      { title: "OBJECTS", value: objectsText, align: "right" },
      { title: "SIZE", value: ({ ofBytes }) => sizeText(ofBytes), align: "right" },
      { title: "VERIFIED BY", value: verifiedText, expendable: 1 },
      { title: "WRITTEN", value: ({ at }) => formatAge(Date.parse(at), now), align: "right", expendable: 3 },
    ],
    below: rows.flatMap(({ source, to, reason }) => (reason === "" ? [] : [`${source} to ${to}: ${reason}`])),
    empty,
  }
}

function objectsText({ status, objects, ofObjects }: CopyDocument): string {
  const all = ofObjects.toLocaleString("en-US")
  return status === "done" || status === "removed" ? all : `${objects.toLocaleString("en-US")} of ${all}`
}

/** The weakest way by which an object is known to be the source's decides what the copy is worth. */
function verifiedText({ verified, objects }: CopyDocument): string {
  if (objects === 0) return ABSENT
  const ways = [
    [verified.checksum, "checksum"],
    [verified.etag, "etag"],
    [verified.size, "size alone"],
  ] as const
  const used = ways.filter(([count]) => count > 0)
  return used.length === 1 ? (used[0]?.[1] ?? ABSENT) : used.map(([count, way]) => `${count} by ${way}`).join(", ")
}

function toneOf({ status }: CopyDocument): Tone {
  if (status === "failed") return "bad"
  return status === "done" ? "good" : status === "copying" ? "live" : "warn"
}
