import { describe, expect, test } from "vitest"
import { isRegattaError } from "../../../src/core/errors.ts"
import { readAssignment } from "../../../src/worker/assignment.ts"
import { anObjectRef } from "../../builders.ts"

const RUN = { REGATTA_RUN: "rg-20261120142233-digits-k3f9" }
const CHILD = { AWS_BATCH_JOB_ID: "a:4", AWS_BATCH_JOB_ATTEMPT: "2", AWS_BATCH_JOB_ARRAY_INDEX: "4" }

describe("what a worker is told", () => {
  test("a child of a contiguous array: offset and array index", () => {
    expect(readAssignment({ ...RUN, ...CHILD, REGATTA_ROW_OFFSET: "10000" })).toEqual({
      run: RUN.REGATTA_RUN,
      source: { kind: "offset", offset: 10_000, child: 4 },
      job: "a:4",
      attempt: 2,
      size: 1,
    })
  })

  test("a child of an array with a row list: the pinned list and its own place in it", () => {
    const list = anObjectRef({ bytes: 20 })
    const { source } = readAssignment({ ...RUN, ...CHILD, REGATTA_ROW_LIST: JSON.stringify(list) })
    expect(source).toEqual({ kind: "list", list, child: 4 })
  })

  test("a plain job: the row itself; started by hand it is nobody's child", () => {
    expect(readAssignment({ ...RUN, REGATTA_ROW_INDEX: "7" })).toEqual({
      run: RUN.REGATTA_RUN,
      source: { kind: "row", index: 7 },
      job: null,
      attempt: 1,
      size: 1,
    })
  })

  test("a child of an array in another region's queue: its job as the run's record has it", () => {
    const env = { ...RUN, ...CHILD, REGATTA_ROW_OFFSET: "0", REGATTA_QUEUE_REGION: "eu-west-1" }
    expect(readAssignment({ ...env, AWS_BATCH_JOB_ARRAY_SIZE: "5" })).toMatchObject({ job: "eu-west-1/a:4", size: 5 })
  })

  const refused: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ["nothing at all", {}, "not an array job"],
    ["no index of either kind", RUN, "not an array job"],
    ["an offset without an array index", { ...RUN, REGATTA_ROW_OFFSET: "0" }, "not an array job"],
    ["an array index alone", { ...RUN, ...CHILD }, "neither REGATTA_ROW_OFFSET nor REGATTA_ROW_LIST"],
    ["an array whose children would all take one row", { ...RUN, ...CHILD, REGATTA_ROW_INDEX: "7" }, "every child"],
    ["two sources", { ...RUN, ...CHILD, REGATTA_ROW_OFFSET: "0", REGATTA_ROW_LIST: "{}" }, "both set"],
    [
      "an index that is no number",
      { ...RUN, REGATTA_ROW_INDEX: "-1" },
      'REGATTA_ROW_INDEX: expected a whole number from 0, got "-1"',
    ],
    [
      "an array index that is no number",
      { ...RUN, ...CHILD, AWS_BATCH_JOB_ARRAY_INDEX: "x", REGATTA_ROW_OFFSET: "0" },
      "AWS_BATCH_JOB_ARRAY_INDEX",
    ],
    ["a row list that is no JSON", { ...RUN, ...CHILD, REGATTA_ROW_LIST: "s3://x" }, "REGATTA_ROW_LIST"],
    ["a row list that is no pinned object", { ...RUN, ...CHILD, REGATTA_ROW_LIST: '{"uri":1}' }, "REGATTA_ROW_LIST"],
    ["the reference's own way", { S3_ARRAY_FILE: "s3://b/a.csv", ...CHILD }, "S3_ARRAY_FILE"],
  ]

  test.each(refused)("%s is refused as bad usage", (_, env, message) => {
    expect(() => readAssignment(env)).toThrow(message)
    expect(() => readAssignment(env)).toThrow(expect.toSatisfy((error) => isRegattaError(error, "usage")))
  })
})
