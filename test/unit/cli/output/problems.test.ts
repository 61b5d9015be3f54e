import { describe, expect, test } from "vitest"
import { problemLines } from "../../../../src/cli/output/problems.ts"
import type { Problem } from "../../../../src/core/problem.ts"

function aProblem(difference: Partial<Problem> = {}): Problem {
  return {
    severity: "error",
    file: "manifest.csv",
    line: 2,
    column: "instance_count",
    value: "0",
    message: "expected a whole number from 1",
    ...difference,
  }
}

describe("problems", () => {
  test("are shown in the order of the file", () => {
    expect(problemLines([aProblem(), aProblem({ line: 5, value: "x" })])).toEqual([
      'manifest.csv line 2, column "instance_count": expected a whole number from 1, got "0"',
      'manifest.csv line 5, column "instance_count": expected a whole number from 1, got "x"',
    ])
  })

  test("the same problem of many rows is shown once with their number", () => {
    const many = Array.from({ length: 1000 }, (_, at) => aProblem({ line: at + 2 }))
    expect(problemLines(many)).toEqual([
      'manifest.csv line 2, column "instance_count": expected a whole number from 1, got "0" (and 999 more lines to line 1001)',
    ])
  })

  test("warnings say so, and what is too much to read is counted", () => {
    const lines = problemLines(
      [aProblem({ severity: "warning" }), aProblem({ line: 9, value: "x" }), aProblem({ line: 10, value: "y" })],
      "/home/ada",
      1,
    )
    expect(lines).toEqual([
      'warning: manifest.csv line 2, column "instance_count": expected a whole number from 1, got "0"',
      "… and 2 more problems",
    ])
  })

  test("a value cannot reach the terminal as an escape sequence", () => {
    expect(problemLines([aProblem({ value: "\u001b[2J" })])[0]).not.toContain("\u001b")
  })
})
