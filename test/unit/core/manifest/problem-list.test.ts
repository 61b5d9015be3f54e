import { describe, expect, test } from "vitest"
import { ProblemList } from "../../../../src/core/manifest/problem-list.ts"
import type { Problem } from "../../../../src/core/problem.ts"

function aProblem(difference: Partial<Problem> = {}): Problem {
  return { severity: "error", file: "m.csv", line: 1, column: "spot", value: "x", message: "wrong", ...difference }
}

describe("ProblemList", () => {
  test("keeps the first of each severity and counts the others", () => {
    const list = new ProblemList(2)
    for (let line = 1; line <= 5; line++) list.add(aProblem({ line }))
    list.add(aProblem({ severity: "warning" }))
    expect(list.problems.map(({ severity, line }) => [severity, line])).toEqual([
      ["error", 1],
      ["error", 2],
      ["warning", 1],
    ])
    expect(list.errors).toBe(5)
    expect(list.omitted).toEqual({ errors: 3, warnings: 0 })
  })

  test("tells once what every row would repeat, of the first row", () => {
    const list = new ProblemList(10)
    for (let line = 1; line <= 5; line++) list.addOnce(aProblem({ line }))
    list.addOnce(aProblem({ message: "also wrong" }))
    expect(list.problems.map(({ line, message }) => [line, message])).toEqual([
      [1, "wrong"],
      [1, "also wrong"],
    ])
  })

  test("never loses an error, however many different ones came before", () => {
    const list = new ProblemList(3)
    for (let n = 0; n < 20; n++) list.addOnce(aProblem({ severity: "warning", message: `warning ${n}` }))
    list.addOnce(aProblem({ message: "an error after them" }))
    expect(list.errors).toBe(1)
    expect(list.problems.at(-1)?.message).toBe("an error after them")
  })
})
