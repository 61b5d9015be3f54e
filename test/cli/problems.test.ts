import { describe, expect, test } from "vitest"
import type { Problem } from "../../src/core/problem.ts"
import { HOME, TestBed } from "./test-bed.ts"

const BAD = "region,instance_count\nus-east-1,0\nus-eest-1,1\n"

function problemsOf(out: string): readonly Problem[] {
  const document = JSON.parse(out) as { readonly version: number; readonly problems: readonly Problem[] }
  expect(document.version).toBe(1)
  return document.problems
}

describe("what is wrong with the files", () => {
  test.each(["plan bad.csv", "submit bad.csv -y", "submit bad.csv --dry-run", "run-row bad.csv 0"])(
    "is a document on stdout for `%s -o json`, and said on stderr as ever",
    async (line) => {
      const files = { [`${HOME}/bad.csv`]: BAD }
      const said = await new TestBed(files).call(line)
      const { code, out, err } = await new TestBed(files).call(`${line} -o json`)
      expect([code, err]).toEqual([2, said.err])
      expect(said.out).toBe("")
      expect(problemsOf(out)[0]).toMatchObject({
        severity: "error",
        file: `${HOME}/bad.csv`,
        line: 2,
        column: "instance_count",
        value: "0",
      })
    },
  )

  test("is told of a regatta.yaml too, by its keys", async () => {
    const bed = new TestBed({ [`${HOME}/regatta.yaml`]: "acount: '123456789012'\nhome: us-esat-1\n" })
    const { code, out, err } = await bed.call("plan good.csv -o json")
    expect(code).toBe(2)
    expect(problemsOf(out).map(({ line, column }) => [line, column])).toEqual([
      [1, "acount"],
      [2, "home"],
    ])
    expect(err).toContain('regatta.yaml line 1, key "acount": there is no such key (did you mean "account"?)')
  })

  test("a failure without problems leaves stdout empty", async () => {
    expect(await new TestBed().call("plan missing.csv -o json")).toMatchObject({ code: 2, out: "" })
  })
})
