import { expect, test } from "vitest"
import { copyCostLines, copyingText, placementLines } from "../../../../src/cli/views/placement-lines.ts"
import type { Uri } from "../../../../src/core/ids.ts"
import type { PlanCopy, PlanPlacement } from "../../../../src/core/placement/plan-placement.ts"

function aCopy(at: number, rows: readonly number[]): PlanCopy {
  return {
    source: `s3://data/${at}/` as Uri,
    from: "eu-west-1",
    to: "us-east-1",
    store: "s3://copies/" as Uri,
    target: `s3://copies/${at}/` as Uri,
    listing: `${at}`,
    objects: 1,
    bytes: 151e9,
    usd: 3 + at,
    seconds: 1510,
    rows,
  }
}

function aPlacement(difference: Partial<PlanPlacement> = {}): PlanPlacement {
  const row = { place: "cheapest", region: "us-east-1", from: "eu-west-1", reason: "us-east-1: saves $212" } as const
  return {
    rows: [0, 1, 2].map((index) => ({ index, ...row })),
    copies: [aCopy(0, [0, 1, 2])],
    usd: 100,
    baselineUsd: 312,
    hours: 20,
    baselineHours: 40,
    gap: 0,
    unpricedRows: 0,
    basis: "hours of 3 rows from max_runtime",
    notes: ["us-west-2: no price"],
    ...difference,
  }
}

test("rows of one reason stand together, with their copy and what all of it saves", () => {
  expect(placementLines(aPlacement()).join("\n")).toBe(`
3 rows placed: $100.00 instead of $312.00 where the data lies: saves $212.00 (estimate: hours of 3 rows from max_runtime); all done in 20h00m instead of 1d16h
  us-east-1: saves $212 (rows 0-2)

COPY                    DATA            SIZE   COST    TIME  ROWS
eu-west-1 -> us-east-1  s3://data/0/  151 GB  $3.00  25m10s  0-2
note: us-west-2: no price`)
})

test.each([
  [{ usd: null, baselineUsd: null }, "3 rows placed: each trains where its data lies"],
  [{ usd: 312 }, "$312.00, as where the data lies"],
  [{ usd: 400 }, "costs $88.00 more"],
  [{ gap: 0.021 }, "not proven best: the best plan is better by 2.1 % at most"],
  [{ unpricedRows: 2 }, "2 rows of unknown price, in neither sum"],
])("of %j it says %s", (difference, said) => {
  expect(placementLines(aPlacement(difference)).join("\n")).toContain(said)
})

test("of very many copies the dearest are shown, of very many reasons the first", () => {
  const copies = Array.from({ length: 50 }, (_, at) => aCopy(at, [at]))
  const rows = Array.from({ length: 50 }, (_, index) => ({
    ...{ index, place: "cheapest", region: "us-east-1", from: "eu-west-1" },
    reason: `because ${index}`,
  })) as PlanPlacement["rows"]
  const said = placementLines(aPlacement({ copies, rows })).join("\n")
  expect(said).toContain("and 30 copies more that cost less: -o json has each")
  expect(said).toContain("s3://data/49/")
  expect(said).not.toContain("s3://data/29/ ")
  expect(said).toContain("and 30 rows more: -o json has the reason of each")
})

test("the cost of copies is a line of its own, and nothing where nothing is copied", () => {
  expect(copyCostLines(aPlacement())).toEqual([
    "copies: $3.00 of transfer (estimate), once for all rows; not in the cost above",
  ])
  expect(copyCostLines(aPlacement({ copies: [] }))).toEqual([])
  expect(copyCostLines(undefined)).toEqual([])
})

test("progress says how fast and how long where that is known", () => {
  const progress = { objects: 1, ofObjects: 2, bytes: 12.34e9, ofBytes: 151e9, bytesPerSecond: 0, secondsLeft: null }
  expect(copyingText(progress)).toBe("copied 12.3 GB of 151 GB")
  expect(copyingText({ ...progress, bytesPerSecond: 98.2e6, secondsLeft: 1410 })).toBe(
    "copied 12.3 GB of 151 GB at 98.2 MB/s, 23m30s left",
  )
})
