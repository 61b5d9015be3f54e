import { expect, test } from "vitest"
import { linePrinter } from "../../../src/cli/watch-lines.ts"
import { aStatusRow } from "../../builders.ts"

test("a line for each row that changed, and one when a region falls silent and when it answers again", () => {
  const lines: string[] = []
  const print = linePrinter({ out: (text) => void lines.push(text) })
  const moment = (at: number, trouble: string | null, silentRegions: readonly string[] = []) =>
    print({
      at,
      changed: at === 0 ? [aStatusRow()] : [],
      reader: null as never,
      observedAt: null,
      trouble,
      silentRegions,
    })
  moment(0, null)
  moment(1000, "eu-west-1 does not answer", ["eu-west-1"])
  moment(2000, "eu-west-1 does not answer", ["eu-west-1"])
  moment(3000, null)
  expect(lines.every((line) => line.endsWith("\n"))).toBe(true)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    aStatusRow(),
    { version: 1, at: "1970-01-01T00:00:01.000Z", trouble: "eu-west-1 does not answer", silentRegions: ["eu-west-1"] },
    { version: 1, at: "1970-01-01T00:00:03.000Z", trouble: null, silentRegions: [] },
  ])
})
