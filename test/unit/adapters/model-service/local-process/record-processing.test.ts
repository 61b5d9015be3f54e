import { describe, expect, test } from "vitest"
import {
  type ProcessingSettings,
  RecordProcessing,
} from "../../../../../src/adapters/model-service/local-process/transform/record-processing.ts"

function processing(difference: Partial<ProcessingSettings>): RecordProcessing {
  return new RecordProcessing({
    contentType: "text/csv",
    accept: null,
    join: null,
    inputFilter: null,
    outputFilter: null,
    split: "Line",
    assemble: "Line",
    ...difference,
  })
}

describe("records of CSV", () => {
  test("lose cells on their way in, and get them back beside their prediction", () => {
    const both = processing({ inputFilter: "$[1:]", join: "Input", outputFilter: "$[0,-1]" })
    expect(both.sent(["a,1,2", '"b, c",3,4'])).toEqual(["1,2", "3,4"])
    expect(both.kept(["a,1,2", '"b, c",3,4'], "0.5\n0.7\n")).toBe('a,0.5\n"b, c",0.7\n')
  })

  test("with None between predictions nothing parts them", () => {
    expect(processing({ outputFilter: "$[0]", assemble: null }).kept(["1", "2"], "3,4\n5,6")).toBe("35")
  })

  test.each([
    ["a number of predictions that is another", {}, "1\n2\n3", "2 records were sent and 3 predictions came back"],
    ["a cell that is not there", { outputFilter: "$[9]" }, "1\n2", "record 1: the output filter chooses nothing"],
  ])("%s is told", (_, difference, answer, message) => {
    expect(() => processing({ join: "Input", ...difference }).kept(["a", "b"], answer)).toThrow(message)
  })
})

describe("records of JSON", () => {
  const json = { contentType: "application/jsonlines", join: "Input" } as const

  test("get their prediction as a member", () => {
    expect(processing(json).kept(['{"id":1,"x":[2]}'], '{"score":0.5}')).toBe(
      '{"id":1,"x":[2],"SageMakerOutput":{"score":0.5}}\n',
    )
    expect(
      processing({ ...json, outputFilter: "$['id','SageMakerOutput']" }).kept(['{"id":1,"x":[2]}'], '{"score":0.5}'),
    ).toBe('{"id":1,"SageMakerOutput":{"score":0.5}}\n')
  })

  test("that are lists stand beside it", () => {
    expect(processing(json).kept(["[1,2]"], "0.5")).toBe('{"SageMakerInput":[1,2],"SageMakerOutput":0.5}\n')
  })

  test("are filtered on their way in", () => {
    expect(processing({ ...json, inputFilter: "$.x" }).sent(['{"id":1,"x":[2]}'])).toEqual(["[2]"])
    expect(() => processing({ ...json, inputFilter: "$.x" }).sent(["{}"])).toThrow("record 1: the input filter")
    expect(() => processing({ ...json, inputFilter: "$.x" }).sent(["x"])).toThrow("record 1 is no JSON")
  })

  test("of a file that is not split are one record", () => {
    expect(processing({ ...json, split: null }).kept(['{\n"id": 1\n}'], '{"score": 1}\n')).toBe(
      '{"id":1,"SageMakerOutput":{"score":1}}\n',
    )
  })
})
