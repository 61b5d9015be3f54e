import { describe, expect, test } from "vitest"
import type { RunId } from "../../../src/core/ids.ts"
import { placeKey } from "../../../src/core/job/place.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aPlace, aRun } from "../../builders.ts"
import { abandonOf, changeOf, claimOf, commitNext, endOf } from "./row-changes.ts"
import type { Tables } from "./suite.ts"
import { RETRY_AFTER } from "./table-under-test.ts"

const P3 = placeKey(aPlace())
const OTHER_RUN = "rg-20261120142233-other-zzzz" as RunId

export function claims({ table, other }: Tables): void {
  const claim = async (
    run: RunRecord,
    index: number,
    wish: Parameters<typeof claimOf>[1] = {},
    on: RunTable = table(),
  ) => on.commit(run, claimOf(await on.readRow(run.run, index), wish))

  describe("claims: limits", () => {
    test("a claim within the limit is counted, and the one beyond it is turned away with the place and its count", async () => {
      const run = aRun({ limits: { [P3]: 10 } })
      await table().createRun(run)
      expect(await claim(run, 0, { place: { instances: 8 } })).toEqual({ ok: true })
      const row = await table().readRow(run.run, 1)
      const change = claimOf(row, { place: { instances: 3 } })
      expect(await table().commit(run, change)).toEqual({
        ...{ ok: false, code: "limit", hopeless: false, row, until: change.next.updatedAt + RETRY_AFTER },
        detail: `${P3}: 8 of 10 instances are in use, 3 more asked for`,
      })
      expect(await table().readRow(run.run, 1)).toEqual(row)
      expect(await claim(run, 1, { place: { instances: 2 } })).toEqual({ ok: true })
      expect(await table().live(aPlace())).toBe(10)
    })

    test("the write that ends or abandons an attempt gives its instances back", async () => {
      const run = aRun({ limits: { [P3]: 2 } })
      await table().createRun(run)
      await commitNext(table(), 0, claimOf, run)
      await commitNext(table(), 1, claimOf, run)
      await commitNext(table(), 0, (row) => endOf(row), run)
      expect(await other().live(aPlace())).toBe(1)
      await commitNext(table(), 1, abandonOf, run)
      expect(await other().live(aPlace())).toBe(0)
    })

    test("of many claims at once no more are let in than the limit has room for", async () => {
      const run = aRun({ limits: { [P3]: 7 } })
      await table().createRun(run)
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => claim(run, index, {}, index % 2 === 0 ? table() : other())),
      )
      expect(answers.filter(({ ok }) => ok)).toHaveLength(7)
      expect(await table().live(aPlace())).toBe(7)
      expect((await table().counts(run.run)).launching).toBe(7)
    })

    test("live instances are counted over all runs of the table, by region, type and Spot", async () => {
      const limits = { [P3]: 4, [`${P3}/spot`]: 4 }
      const [one, two] = [aRun({ limits }), aRun({ run: OTHER_RUN, limits })]
      await table().createRun(one)
      await other().createRun(two)
      await claim(one, 0, { place: { instances: 3 } })
      await claim(two, 0, { place: { instances: 1 } })
      await claim(two, 1, { place: { instances: 2, spot: true } })
      expect(await table().live(aPlace())).toBe(4)
      expect(await table().live(aPlace({ spot: true }))).toBe(2)
      expect(await table().live(aPlace({ region: "eu-west-1" }))).toBe(0)
      expect(await claim(two, 2)).toMatchObject({ ok: false, code: "limit" })
    })

    test("a place without a limit is not counted, and giving it back takes nothing from others", async () => {
      const [free, limited] = [aRun({ limits: {} }), aRun({ run: OTHER_RUN, limits: { [P3]: 5 } })]
      await table().createRun(free)
      await table().createRun(limited)
      await claim(free, 0, { place: { instances: 3 } })
      await claim(limited, 0, { place: { instances: 2 } })
      expect(await table().live(aPlace())).toBe(2)
      await commitNext(table(), 0, (row) => endOf(row), free)
      expect(await table().live(aPlace())).toBe(2)
    })

    test("a limit set while attempts are live holds for the claims after it", async () => {
      const run = aRun()
      await table().createRun(run)
      await claim(run, 0)
      const limited = { ...run, version: 2, limits: { [P3]: 1 } }
      await other().amendRun(limited)
      expect(await claim(run, 1)).toEqual({ ok: true })
      expect(await claim(limited, 2)).toMatchObject({ ok: false, code: "limit" })
      await commitNext(table(), 0, abandonOf, run)
      expect(await table().live(aPlace())).toBe(1)
      await commitNext(table(), 1, abandonOf, run)
      expect(await table().live(aPlace())).toBe(0)
    })

    test("one write may give a place back and take another, or the same again", async () => {
      const away = aPlace({ region: "eu-west-1" })
      const run = aRun({ limits: { [P3]: 1, [placeKey(away)]: 1 } })
      await table().createRun(run)
      const row = await commitNext(table(), 0, claimOf, run)
      const same = await commitNext(table(), 0, () => ({ ...claimOf(row), give: { place: aPlace(), usd: null } }), run)
      expect(await table().live(aPlace())).toBe(1)
      await commitNext(
        table(),
        0,
        () => ({ ...claimOf(same, { place: away }), give: { place: aPlace(), usd: null } }),
        run,
      )
      expect([await table().live(aPlace()), await table().live(away)]).toEqual([0, 1])
    })

    test("a write between claim and end takes and gives nothing, and the end gives back what the claim took", async () => {
      const run = aRun({ limits: { [P3]: 3 } })
      await table().createRun(run)
      const row = await commitNext(table(), 0, (read) => claimOf(read, { usd: 5 }), run)
      if (row.state.status !== "launching") throw new Error("the claim did not launch")
      const { attempt } = row.state
      await commitNext(table(), 0, () => changeOf(row, { status: "running", attempt, phase: "training", raw: "" }), run)
      expect(await table().live(aPlace())).toBe(1)
      expect((await table().money(run.run)).reservedUsd).toBe(5)
      await commitNext(table(), 0, abandonOf, run)
      expect(await table().live(aPlace())).toBe(0)
      expect((await table().money(run.run)).reservedUsd).toBe(0)
    })
  })

  describe("claims: money", () => {
    const prices = { "us-east-1/ml.p3.16xlarge": 36 }

    test("an estimate is reserved by the claim, and the end replaces it by what was billed", async () => {
      const run = aRun({ prices, budgetUsd: 100 })
      await table().createRun(run)
      await claim(run, 0, { usd: 30 })
      await claim(run, 1, { usd: 0.1 })
      expect(await table().money(run.run)).toEqual({ reservedUsd: 30.1, spentUsd: 0, unknown: 0 })
      await commitNext(table(), 0, (row) => endOf(row, { billableSeconds: 150 }), run)
      expect(await other().money(run.run)).toEqual({ reservedUsd: 0.1, spentUsd: 1.5, unknown: 0 })
      await commitNext(table(), 1, abandonOf, run)
      expect(await other().money(run.run)).toEqual({ reservedUsd: 0, spentUsd: 1.5, unknown: 0 })
    })

    test("a claim beyond the budget is turned away with what is taken, and nothing is taken for it", async () => {
      const run = aRun({ prices, budgetUsd: 10, limits: { [P3]: 9 } })
      await table().createRun(run)
      await claim(run, 0, { usd: 3 })
      await commitNext(table(), 0, (row) => endOf(row, { billableSeconds: 200 }), run)
      await claim(run, 1, { usd: 6 })
      const row = await table().readRow(run.run, 2)
      const change = claimOf(row, { usd: 2.5 })
      expect(await table().commit(run, change)).toEqual({
        ...{ ok: false, code: "budget", hopeless: false, row, until: change.next.updatedAt + RETRY_AFTER },
        detail: "budget $10.00: $6.00 is reserved and $2.00 spent, $2.50 more asked for",
      })
      expect(await table().live(aPlace())).toBe(1)
      expect(await claim(run, 2, { usd: 2 })).toEqual({ ok: true })
    })

    test("a claim that what is spent already forbids is hopeless, one that only what is reserved forbids is not", async () => {
      const run = aRun({ prices, budgetUsd: 10 })
      await table().createRun(run)
      await claim(run, 0, { usd: 3 })
      await commitNext(table(), 0, (row) => endOf(row, { billableSeconds: 200 }), run)
      await claim(run, 1, { usd: 6 })
      expect(await claim(run, 2, { usd: 8 })).toMatchObject({ ok: false, code: "budget", hopeless: false })
      expect(await claim(run, 2, { usd: 8.000001 })).toMatchObject({ ok: false, code: "budget", hopeless: true })
    })

    test("of many claims at once no more money is reserved than the budget has", async () => {
      const run = aRun({ budgetUsd: 1 })
      await table().createRun(run)
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => claim(run, index, { usd: 0.1 }, index % 2 === 0 ? table() : other())),
      )
      expect(answers.filter(({ ok }) => ok)).toHaveLength(10)
      expect((await table().money(run.run)).reservedUsd).toBe(1)
    })

    test("with a budget a row of unknown price is turned away, unless the run allows it", async () => {
      const strict = aRun({ budgetUsd: 10 })
      const lenient = aRun({ run: OTHER_RUN, budgetUsd: 10, allowUnknownPrice: true })
      await table().createRun(strict)
      await table().createRun(lenient)
      expect(await claim(strict, 0)).toMatchObject({
        ...{
          ok: false,
          code: "budget",
          hopeless: true,
          detail: `the price of ${P3} is unknown and the run has a budget of $10.00`,
        },
      })
      expect(await claim(lenient, 0)).toEqual({ ok: true })
      expect(await table().money(lenient.run)).toEqual({ reservedUsd: 0, spentUsd: 0, unknown: 0 })
    })

    test("without a budget a row of unknown price may start, and its end is counted as unknown", async () => {
      const run = aRun()
      await table().createRun(run)
      expect(await claim(run, 0)).toEqual({ ok: true })
      await commitNext(table(), 0, (row) => endOf(row), run)
      expect(await table().money(run.run)).toEqual({ reservedUsd: 0, spentUsd: 0, unknown: 1 })
    })

    test("an end whose billed seconds the service does not say is unknown, and one that was billed nothing costs nothing", async () => {
      const run = aRun({ prices })
      await table().createRun(run)
      await claim(run, 0, { usd: 1 })
      await claim(run, 1, { place: { region: "eu-west-1" } })
      await commitNext(table(), 0, (row) => endOf(row, { billableSeconds: null }), run)
      await commitNext(table(), 1, (row) => endOf(row, { billableSeconds: 0 }), run)
      expect(await table().money(run.run)).toEqual({ reservedUsd: 0, spentUsd: 0, unknown: 1 })
    })

    test("a claim obeys the budget and limits as they stand, whatever the caller last read", async () => {
      const run = aRun({ budgetUsd: 10, limits: { [P3]: 10 } })
      await table().createRun(run)
      await other().amendRun({ ...run, version: 2, budgetUsd: 1 })
      expect(await claim(run, 0, { usd: 5 })).toMatchObject({ ok: false, code: "budget" })
      await other().amendRun({ ...run, version: 3, limits: { [P3]: 0 } })
      expect(await claim(run, 0, { usd: 5 })).toMatchObject({ ok: false, code: "limit" })
    })
  })
}
