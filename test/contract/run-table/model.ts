import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Change } from "../../../src/core/decision/action.ts"
import { liveAttempt, ROW_STATUSES, type RowRecord } from "../../../src/core/decision/row.ts"
import { type Place, placeKey } from "../../../src/core/job/place.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aPlace, aRun } from "../../builders.ts"
import { abandonOf, changeOf, claimOf, endOf, waiting } from "./row-changes.ts"
import type { OpenTable } from "./table-under-test.ts"

const LIMITED = aPlace()
const SPOT = aPlace({ spot: true })
const FREE = aPlace({ region: "eu-west-1" })
const USD_PER_SECOND = 0.25
const RUN = aRun({
  limits: { [placeKey(LIMITED)]: 6, [placeKey(SPOT)]: 3 },
  prices: { "us-east-1/ml.p3.16xlarge": USD_PER_SECOND * 3600, "eu-west-1/ml.p3.16xlarge": USD_PER_SECOND * 3600 },
  budgetUsd: 40,
})

/** One thing that some process does to one of five rows, on what it read a moment or a while ago. */
interface Step {
  readonly does: "claim" | "go on" | "abandon" | "end"
  readonly index: number
  readonly place: Place
  readonly instances: number
  readonly usd: number
  readonly billableSeconds: number | null
  /** Through which of two processes. */
  readonly by: 0 | 1
  readonly sentTwice: boolean
  /** On the record before the row's last write. */
  readonly late: boolean
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record<Step>({
    does: fc.constantFrom("claim", "claim", "go on", "abandon", "end"),
    index: fc.nat(4),
    place: fc.constantFrom(LIMITED, LIMITED, SPOT, FREE),
    instances: fc.integer({ min: 1, max: 4 }),
    usd: fc.integer({ min: 0, max: 160 }).map((quarters) => quarters / 10),
    billableSeconds: fc.option(fc.nat(40)),
    by: fc.constantFrom(0, 1),
    sentTwice: fc.boolean(),
    late: fc.boolean(),
  }),
  { maxLength: 40 },
)

/** The table in a few lines: the rows, and what ended attempts cost. Every sum is made anew from them. */
class Model {
  readonly rows = new Map<number, RowRecord>()
  spent = 0
  unknown = 0

  live(place: Place): number {
    if (RUN.limits[placeKey(place)] === undefined) return 0
    const held = this.#held().filter((one) => placeKey(one.place) === placeKey(place))
    return held.reduce((sum, one) => sum + one.place.instances, 0)
  }

  reserved(): number {
    return this.#held().reduce((sum, one) => sum + (one.usd ?? 0), 0)
  }

  expected({ next, take }: Change): "ok" | "stale" | "limit" | "budget" {
    if ((this.rows.get(next.index)?.version ?? 0) !== next.version - 1) return "stale"
    if (take === null) return "ok"
    const limit = RUN.limits[placeKey(take.place)]
    if (limit !== undefined && this.live(take.place) + take.place.instances > limit) return "limit"
    return this.reserved() + this.spent + (take.usd ?? 0) > (RUN.budgetUsd ?? 0) + 1e-9 ? "budget" : "ok"
  }

  apply({ next, ended }: Change): void {
    this.rows.set(next.index, next)
    if (ended === null) return
    if (ended.end.billableSeconds === null) this.unknown++
    else this.spent += ended.end.billableSeconds * USD_PER_SECOND
  }

  #held() {
    return [...this.rows.values()].flatMap((row) => liveAttempt(row.state)?.held ?? [])
  }
}

/** The change that a step asks for; null where the row's status has no such write. */
function changeFor(step: Step, row: RowRecord): Change | null {
  const attempt = liveAttempt(row.state)
  const isLive = attempt !== null
  switch (step.does) {
    case "claim":
      return isLive ? null : claimOf(row, { place: { ...step.place, instances: step.instances }, usd: step.usd })
    case "go on":
      return changeOf(row, attempt === null ? waiting() : { status: "running", attempt, phase: "training", raw: "" })
    case "abandon":
      return isLive ? abandonOf(row) : null
    case "end":
      return isLive ? endOf(row, { billableSeconds: step.billableSeconds }) : null
  }
}

export function model(open: OpenTable): void {
  describe("property: counts-and-money", () => {
    test("after any writes each count is the sum over live rows, and money the sum over attempts", async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          const under = await open()
          try {
            const tables = [await under.another(), await under.another()] as const
            await tables[0].createRun(RUN)
            await play(sequence, tables)
          } finally {
            await under.close()
          }
        }),
        { numRuns: 60 },
      )
    })
  })
}

async function play(sequence: readonly Step[], tables: readonly [RunTable, RunTable]): Promise<void> {
  const known = new Model()
  const before = new Map<number, RowRecord>()
  for (const step of sequence) {
    const table = tables[step.by]
    const row = await table.readRow(RUN.run, step.index)
    const change = changeFor(step, (step.late ? before.get(step.index) : undefined) ?? row)
    if (change === null) continue
    const expected = known.expected(change)
    const done = await table.commit(RUN, change)
    expect(done.ok ? "ok" : done.code).toBe(expected)
    if (done.ok) {
      known.apply(change)
      before.set(step.index, row)
    }
    if (step.sentTwice) expect((await table.commit(RUN, change)).ok).toBe(done.ok)
    await compare(known, tables[1 - step.by] ?? table)
  }
}

async function compare(known: Model, table: RunTable): Promise<void> {
  for (const place of [LIMITED, SPOT, FREE]) expect(await table.live(place)).toBe(known.live(place))
  const { reservedUsd, spentUsd, unknown } = await table.money(RUN.run)
  expect(reservedUsd).toBeCloseTo(known.reserved(), 6)
  expect(spentUsd).toBeCloseTo(known.spent, 6)
  expect(unknown).toBe(known.unknown)
  const counts = await table.counts(RUN.run)
  const statuses = [...known.rows.values()].map((row) => row.state.status)
  for (const status of ROW_STATUSES) expect(counts[status]).toBe(statuses.filter((one) => one === status).length)
  const { rows } = await table.changes(RUN.run, null)
  expect(new Map(rows.map(({ record }) => [record.index, record]))).toEqual(known.rows)
}
