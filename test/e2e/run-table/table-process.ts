// A process of its own that writes to a table, for the tests beside it: `node table-process.ts TASK ADDRESS [ARGUMENT]`.
// It tells each thing it was promised as one line on stdout, at once, so that a kill loses no line of what was acknowledged.
import { writeSync } from "node:fs"
import { liveAttempt } from "../../../src/core/decision/row.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { OwnerId } from "../../../src/core/ids.ts"
import { changeOf, claimOf, endOf, waiting } from "../../contract/run-table/row-changes.ts"
import { tableAt } from "./table-at.ts"
import { theRun, theTightRun } from "./the-run.ts"

const [task, address = "", argument = "0"] = process.argv.slice(2)
const owner = `command|test.1.${process.pid}.1` as OwnerId
const table = tableAt(address)

const tasks: Readonly<Record<string, () => Promise<void>>> = {
  /** Opens, creates the run if nobody did, and says which. */
  async create() {
    await table.open()
    tell({ created: await table.createRun(theRun) })
  },

  /** Tries to claim each of `argument` rows once, in an order of its own, and tells those it won. */
  async claim() {
    await table.open()
    const rows = Number(argument)
    for (let i = 0; i < rows; i++) {
      const index = (i * 7 + process.pid) % rows
      const change = claimOf(await table.readRow(theRun.run, index), { owner, id: `${process.pid}-${index}` })
      if (change.next.version > 1) continue
      const done = await table.commit(theRun, change)
      if (done.ok) tell({ won: index })
    }
  },

  /** Tries to claim each of `argument` rows of the tight run once, and tells those it won and by what the others were refused. */
  async compete() {
    await table.open()
    const rows = Number(argument)
    for (let i = 0; i < rows; i++) {
      const index = (i * 7 + process.pid) % rows
      const row = await table.readRow(theTightRun.run, index)
      if (row.version > 0) continue
      const done = await table.commit(theTightRun, claimOf(row, { owner, usd: 1, id: `${process.pid}-${index}` }))
      tell(done.ok ? { won: index } : { refused: done.code })
    }
  },

  /** Claims and ends rows without end, telling each version that was acknowledged. */
  async write() {
    await table.open()
    for (let i = 0; ; i++) await step(i % 20, `${process.pid}-${i}`)
  },

  /** Writes until an error of ours and tells it; then what it still reads. As the user `argument`, if it is not 0. */
  async fail() {
    if (argument !== "0") process.setuid?.(Number(argument))
    if (!(await refused(() => table.open())))
      await refused(async () => {
        for (let i = 0; ; i++) await step(i % 20, `${process.pid}-${i}`)
      })
    await refused(async () => tell({ rows: (await table.changes(theRun.run, null)).rows.length }))
  },
}

/** Whether the work ended in an error of ours, which it tells. */
async function refused(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (!isRegattaError(error)) throw error
    tell({ code: error.code, message: error.message, hint: error.hint })
    return true
  }
}

async function step(index: number, id: string): Promise<void> {
  const row = await table.readRow(theRun.run, index)
  const isLive = liveAttempt(row.state) !== null
  const change = isLive
    ? endOf(row)
    : row.version % 3 === 0
      ? claimOf(row, { usd: 1, owner })
      : changeOf(row, waiting())
  const done = await table.commit(theRun, { ...change, id })
  if (done.ok) tell({ index, version: change.next.version })
}

function tell(fact: unknown): void {
  writeSync(1, `${JSON.stringify(fact)}\n`)
}

await tasks[task ?? ""]?.()
await table.close()
