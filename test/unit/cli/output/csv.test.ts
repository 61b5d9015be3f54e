import { describe, expect, test } from "vitest"
import { csvColumns, csvRecord } from "../../../../src/cli/output/csv.ts"

describe("csv", () => {
  test("quotes what a reader would misread, and leaves unknown values empty", () => {
    expect(csvRecord(["a", "b,c", 'd"e', "f\ng", " h", null, 0, false])).toBe('a,"b,c","d""e","f\ng"," h",,0,false\n')
  })

  test("has a column for every member of any record", () => {
    expect(csvColumns([{ a: 1 }, { b: 2, a: 3 }])).toEqual(["a", "b"])
  })
})
