import { beforeEach, describe, expect, test } from "vitest"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import type { Change } from "../../../src/core/decision/action.ts"
import { pendingRow, type RowRecord, type RowState } from "../../../src/core/decision/row.ts"
import type { JobName } from "../../../src/core/ids.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import { Invariants, type WatchedJob } from "../../../src/simulation/invariants.ts"
import { anAttempt, aPlace, aRow, aRun } from "../../builders.ts"

const KEY = "us-east-1/ml.p3.16xlarge"
const LAUNCHING: RowState = { status: "launching", attempt: anAttempt() }
const RUNNING: RowState = { status: "running", attempt: anAttempt(), phase: "training", raw: "" }

const HOUR = 3_600_000

describe("Invariants", () => {
  let table: MemoryRunTable
  let run: RunRecord
  let now: number
  let underWay: Set<JobName>
  let invariants: Invariants

  beforeEach(async () => {
    table = new MemoryRunTable({ retryAfter: 1 })
    run = aRun({ limits: { [KEY]: 2 } })
    await table.createRun(run)
    now = 1000
    underWay = new Set()
    invariants = new Invariants(run, {
      table,
      now: () => now,
      settle: () => {},
      isUnderWay: (name) => underWay.has(name),
      maxAttempts: () => 1,
      regionDark: { region: "eu-west-1", span: [0, 4 * HOUR] },
    })
  })

  function broken(): readonly string[] {
    return invariants.violations.map(({ invariant }) => invariant)
  }

  /** It trains after 10 and is done after 100 milliseconds. */
  function aJob(name: string = anAttempt().jobName): WatchedJob {
    const createdAt = now
    return {
      name,
      region: "us-east-1",
      failureReason: null,
      get isLive() {
        return now < createdAt + 100
      },
      get history() {
        const startedAt = now < createdAt + 10 ? null : createdAt + 10
        const isOver = now >= createdAt + 100
        return { startedAt, endedAt: isOver ? createdAt + 100 : null, status: isOver ? "Completed" : "InProgress" }
      },
    }
  }

  /** The write that a process would make, in the table and before the eyes of the invariants. */
  async function write(
    before: RowRecord,
    state: RowState,
    difference: Partial<Omit<Change, "next">> & { readonly next?: Partial<RowRecord> } = {},
  ): Promise<RowRecord> {
    const next = { ...before, ...difference.next, state, version: before.version + 1, granted: 1 }
    const { take = null, give = null, ended = null } = difference
    const change = { id: `${next.version}`, next, take, give, ended }
    const done = await table.commit(run, change)
    expect(done.ok).toBe(true)
    await invariants.onCommit(before, change)
    return next
  }

  async function launched(): Promise<RowRecord> {
    return write(pendingRow(run.run, 0), LAUNCHING, { take: anAttempt().held })
  }

  test("find nothing wrong with a row that is launched, trained and completed", async () => {
    let row = await launched()
    invariants.onSigned(anAttempt().jobName, 0)
    invariants.onCreated(0, aJob())
    row = await write(row, RUNNING)
    now += 200
    await write(row, { status: "completed", reason: "" }, { give: anAttempt().held })
    await invariants.atEnd(1)
    expect(invariants.violations).toEqual([])
  })

  test("regions-apart: an end that is not written down as long as another region is dark", async () => {
    const row = await write(await launched(), RUNNING)
    invariants.onCreated(0, aJob())
    now += HOUR
    await write(row, { status: "completed", reason: "" }, { give: anAttempt().held })
    expect(broken()).toEqual(["regions-apart"])
    expect(invariants.longestBesideDark).toBe(HOUR - 100)
  })

  test("one-live-job: a second job of a row while the first lives, and one attempt too many", async () => {
    await launched()
    invariants.onCreated(0, aJob())
    invariants.onCreated(0, aJob("second"))
    expect(broken()).toEqual(["one-live-job"])
    now += 500
    invariants.onCreated(0, aJob("third"))
    expect(broken()).toEqual(["one-live-job", "one-live-job"])
  })

  test("one-live-job: one name in two places", async () => {
    const row = await launched()
    const elsewhere = anAttempt({ held: { place: aPlace({ region: "eu-west-1" }), usd: null } })
    await write(row, { status: "launching", attempt: elsewhere })
    expect(broken()).toContain("one-live-job")
  })

  test("settled-before-moving: an attempt is left while its create is under way", async () => {
    const row = await launched()
    underWay.add(anAttempt().jobName)
    await write(
      row,
      { status: "waiting", reason: "quota", detail: "", until: now, since: now },
      { give: anAttempt().held },
    )
    expect(broken()).toEqual(["settled-before-moving"])
  })

  test("no-orphans: a row is left or ended while its job lives, a job lives at the end, a job begins after the end", async () => {
    const row = await launched()
    invariants.onCreated(0, aJob())
    await write(row, { status: "failed", reason: "" }, { give: anAttempt().held })
    expect(broken()).toContain("no-orphans")
    const before = invariants.violations.length
    await invariants.atEnd(1)
    expect(broken().slice(before)).toEqual(["no-orphans"])
    invariants.onCreated(0, aJob("late"))
    expect(broken().slice(before + 1)).toContain("no-orphans")
  })

  test("final-is-final: a final row is written without an order, or says what its job did not do", async () => {
    const row = await launched()
    const failed = await write(row, { status: "failed", reason: "" }, { give: anAttempt().held })
    await write(failed, { status: "waiting", reason: "retry", detail: "", until: now, since: now })
    expect(broken()).toEqual(["final-is-final"])
    const guessed = await write(aRow({ ...pendingRow(run.run, 1) }), { ...LAUNCHING }, { take: anAttempt().held })
    await write(guessed, { status: "completed", reason: "" }, { give: anAttempt().held })
    expect(broken()).toEqual(["final-is-final", "final-is-final"])
  })

  test("planned-bytes: a training job was told something else than what was planned", () => {
    invariants.onOtherBytes(0, anAttempt().jobName, "row-1", "raw-1")
    expect(broken()).toEqual(["planned-bytes"])
  })

  test("counts-and-money: the table counts otherwise than the live rows hold", async () => {
    const row = await launched()
    await write(row, { status: "failed", reason: "" }, { give: null })
    expect(broken()).toContain("counts-and-money")
  })

  test("launch-meets-stop: a create under a claim that is younger than the stop", async () => {
    const stopped = { ...run, orders: [{ kind: "stop", rows: "all", at: now, by: "ada" } as const] }
    invariants.onAmend(stopped)
    now += 1
    await launched()
    invariants.onSigned(anAttempt().jobName, 0)
    expect(broken()).toEqual(["launch-meets-stop"])
  })

  test("launch-meets-stop: a job that begins, or lives, after the stop said that all has ended", async () => {
    await launched()
    invariants.onCreated(0, aJob())
    invariants.onAmend({ ...run, orders: [{ kind: "stop", rows: "all", at: now, by: "ada" }] })
    invariants.onStopped()
    expect(broken()).toEqual(["no-orphans"])
    now += 500
    invariants.onCreated(0, aJob("late"))
    expect(broken()).toContain("launch-meets-stop")
  })

  test("it-ends: a row without an end is told with all that is known of it", async () => {
    invariants.reportStuck(0, await launched())
    expect(invariants.violations).toMatchObject([
      { invariant: "it-ends", row: 0, detail: expect.stringContaining('"launching"') },
    ])
  })
})
