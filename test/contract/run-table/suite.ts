import { afterEach, beforeEach, describe } from "vitest"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { claims } from "./claims.ts"
import { commits } from "./commits.ts"
import { leasesAndSeats } from "./leases-and-seats.ts"
import { model } from "./model.ts"
import { notes } from "./notes.ts"
import { readers } from "./readers.ts"
import { runs } from "./runs.ts"
import type { OpenTable, TableUnderTest } from "./table-under-test.ts"
import { tasks } from "./tasks.ts"

/** What a part of the suite gets: two processes' handles on one fresh table. */
export interface Tables {
  readonly under: () => TableUnderTest
  readonly table: () => RunTable
  readonly other: () => RunTable
}

/** What every central table must keep (src/ports/run-table.ts), whatever it is made of. */
export function runTableContract(name: string, open: OpenTable): void {
  describe(`run table: ${name}`, () => {
    let under: TableUnderTest
    let table: RunTable
    let other: RunTable
    beforeEach(async () => {
      under = await open()
      table = await under.another()
      other = await under.another()
    })
    afterEach(() => under.close())

    const tables: Tables = { under: () => under, table: () => table, other: () => other }
    for (const part of [runs, commits, claims, notes, readers, leasesAndSeats, tasks]) part(tables)
    model(open)
  })
}
