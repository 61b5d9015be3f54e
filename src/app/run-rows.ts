// What is known of a run's rows in one process: pinned settings, read once, and the table's records, read as they change.
// Readers share it, so that nobody reads everything again; it shows nothing by itself.
import type { RowView } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { Cursor, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import { streamPinnedRows } from "./pin-manifest.ts"
import type { RowFacts } from "./status-row.ts"
import { rowFacts } from "./status-row.ts"

type Ports = Pick<OpenPorts, "table" | "objects">

/** The run that was read last from each table: a run of 100,000 rows is kept once, and no second one. */
const last = new WeakMap<RunTable, RunRows>()

/** @param onRow called after each pinned row that was read, with their number so far. */
export async function openRunRows(ports: Ports, id: RunId, onRow: (read: number) => void): Promise<RunRows> {
  const run = await knownRun(ports, id)
  const known = last.get(ports.table)
  if (known !== undefined && known.run.run === id) return known
  const rows = new RunRows(ports, run)
  await rows.readParts(run, onRow)
  last.set(ports.table, rows)
  return rows
}

export class RunRows {
  readonly #objects: OpenPorts["objects"]
  readonly #table: RunTable
  readonly #facts = new Map<number, RowFacts>()
  /** Parts whose rows are among the facts: a run that grows appends further ones and changes none. */
  #parts = 0
  readonly #views = new Map<number, RowView>()
  #run: RunRecord
  #cursor: Cursor | null = null
  #reading: Promise<void> = Promise.resolve()

  constructor({ table, objects }: Ports, run: RunRecord) {
    this.#table = table
    this.#objects = objects
    this.#run = run
  }

  /** By index, in its order. */
  get facts(): ReadonlyMap<number, RowFacts> {
    return this.#facts
  }

  get run(): RunRecord {
    return this.#run
  }

  /** By index; a row without a record and without a note is missing. */
  get views(): ReadonlyMap<number, RowView> {
    return this.#views
  }

  /** Takes in what was written since the last call of anybody: one call at a time, since they share the cursor. */
  refresh(): Promise<void> {
    const next = this.#reading.then(
      () => this.#read(),
      () => this.#read(),
    )
    this.#reading = next
    return next
  }

  /** Takes in the rows of parts that were not read yet. */
  async readParts(run: RunRecord, onRow: (read: number) => void = () => {}): Promise<void> {
    while (this.#parts < run.parts.length) {
      const facts: RowFacts[] = []
      const part = { parts: run.parts.slice(this.#parts, this.#parts + 1) }
      for await (const spec of streamPinnedRows(this.#objects, part)) {
        facts.push(rowFacts(run, spec))
        onRow(this.#facts.size + facts.length)
      }
      // Whole or not at all: what failed is read again.
      for (const fact of facts) this.#facts.set(fact.index, fact)
      this.#parts += 1
    }
  }

  async #read(): Promise<void> {
    const run = await knownRun({ table: this.#table }, this.#run.run)
    await this.readParts(run)
    this.#run = run
    for (;;) {
      const page = await this.#table.changes(this.#run.run, this.#cursor)
      this.#cursor = page.next
      for (const view of page.rows) this.#keep(view)
      if (page.rows.length === 0) return
    }
  }

  /** Not a repeated or older page. A note leaves the version as it is, so the same version is taken again. */
  #keep(view: RowView): void {
    const kept = this.#views.get(view.record.index)
    if (kept === undefined || kept.record.version <= view.record.version) this.#views.set(view.record.index, view)
  }
}

async function knownRun(ports: Pick<OpenPorts, "table">, id: RunId): Promise<RunRecord> {
  const run = await ports.table.readRun(id)
  if (run !== null) return run
  throw new RegattaError("notFound", `the central table has no run ${id}`, { fields: { run: id } })
}
