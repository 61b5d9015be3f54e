// Errors of the central table that every adapter words alike. What a technology itself reports is worded in its adapter.

import type { RowRecord } from "./decision/row.ts"
import { RegattaError } from "./errors.ts"
import type { RunId } from "./ids.ts"
import type { RunRecord } from "./run/run.ts"

export function unknownRun(run: RunId): RegattaError {
  return new RegattaError("notFound", `there is no run ${run} in this table`, {
    hint: "list the runs, and check which table is meant",
    fields: { run },
  })
}

export function otherContent(run: RunId): RegattaError {
  return new RegattaError("conflict", `run ${run} exists already with another content`, {
    hint: "submit it under another name, or continue the run that is there with --resume",
    fields: { run },
  })
}

/** `unsupported` where the run was made by a layout newer than `known`. */
export function refuseNewer(run: Pick<RunRecord, "run" | "schema">, known: number): void {
  if (run.schema <= known) return
  throw new RegattaError(
    "unsupported",
    `run ${run.run} was made by a newer version of Regatta: its layout is ${run.schema}, this one knows ${known} at most`,
    {
      hint: "update the program that was called; in AWS that is the worker's image or the follower",
      fields: { run: run.run, schema: run.schema, known },
    },
  )
}

/** What a writer with a stale version is told. */
export function staleDetail(row: RowRecord): string {
  const holder = row.owner === null ? "nobody" : row.owner
  return `row ${row.index} is at version ${row.version}, ${row.state.status}, held by ${holder}`
}

/** Among the `fields` of an error: nothing of the call was written, nor will be. Without it nobody knows. */
export const NOTHING_WRITTEN = { written: "nothing" } as const

export function isNothingWritten(error: RegattaError): boolean {
  return error.fields["written"] === NOTHING_WRITTEN.written
}
