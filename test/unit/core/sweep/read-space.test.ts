import { describe, expect, test } from "vitest"
import { parseYaml } from "../../../../src/app/yaml-node.ts"
import { formatProblem } from "../../../../src/core/problem.ts"
import { NO_OVERRIDES, readSpace, type SpaceOverrides } from "../../../../src/core/sweep/read-space.ts"

function problems(text: string, overrides: Partial<SpaceOverrides> = {}): readonly string[] {
  const parsed = parseYaml(text)
  if (!parsed.ok) return parsed.wrong.map(({ line, message }) => `line ${line}: ${message}`)
  const read = readSpace("space.yaml", parsed.root, { ...NO_OVERRIDES, ...overrides })
  return read.ok ? [] : read.problems.map(formatProblem)
}

const grid = (parameters: string) => `method: grid\nparameters:\n${parameters}`

describe("a search space", () => {
  test.each([
    [
      "that is empty",
      grid("  {}"),
      'line 2, key "parameters": an empty space has no points: name at least one parameter',
    ],
    ["of nothing", "method: grid", 'key "parameters": expected keys and their values below it'],
    [
      "with an empty list",
      grid("  a: []"),
      'line 3, key "parameters.a.values": an empty list has no value: the space would have no points',
    ],
    [
      "without a range",
      grid("  a: {type: integer, min: 1}"),
      'line 3, key "parameters.a": without max its range is infinite',
    ],
    [
      "to infinity",
      grid("  a: {type: float, min: 1, max: .inf}"),
      'line 3, key "parameters.a.max": an infinite space has no points: expected a number such as 10, 0.5 or 1e-4, got "Infinity"',
    ],
    [
      "continuous in a grid",
      grid("  a: {type: float, min: 0, max: 1}"),
      'line 3, key "parameters.a": a grid over a continuous range is infinite: give step, count or values',
    ],
    [
      "upside down",
      grid("  a: {type: integer, min: 3, max: 1}"),
      'line 3, key "parameters.a.min": min 3 is above max 1: no value is both',
    ],
    [
      "with the log of 0",
      grid("  a: {type: log, min: 0, max: 1, count: 3}"),
      'line 3, key "parameters.a.min": a logarithm needs values above 0, and min is 0',
    ],
    [
      "with the log of less",
      grid("  a: {type: integer, scale: log, min: -1, max: 1}"),
      "a logarithm needs values above 0, and min is -1",
    ],
    [
      "whose step does not divide",
      grid("  a: {type: float, min: 0, max: 1, step: 0.3}"),
      'line 3, key "parameters.a.step": step 0.3 does not divide the range 0 to 1: let max be 0.9 or 1.2',
    ],
    [
      "with a step on a log scale",
      grid("  a: {type: log, min: 1, max: 2, step: 1}"),
      "equal steps have no meaning on a log scale: give count, or values",
    ],
    ["with a value twice", grid("  a: [1, 2, 1]"), 'line 3, key "parameters.a.values.2": "1" is there twice'],
    ["with an integer that is none", grid("  a: {type: integer, values: [1, 2.5]}"), '"2.5" is no whole number'],
    [
      "with ends that are no integers",
      grid("  a: {type: integer, min: 0.5, max: 3}"),
      "an integer's min is a whole number, and this is 0.5",
    ],
    ["without a type", grid("  a: {min: 1, max: 3}"), "needs a type (integer, float, log, categorical) or values"],
    [
      "with values and a range",
      grid("  a: {values: [1], max: 3}"),
      "values say already what is allowed: leave max out",
    ],
    [
      "with step and count",
      grid("  a: {type: integer, min: 1, max: 5, step: 2, count: 3}"),
      "step and count say the same in two ways",
    ],
    [
      "with more levels than whole numbers",
      grid("  a: {type: integer, min: 1, max: 3, count: 5}"),
      "there are 3 whole numbers from 1 to 3, not 5",
    ],
    [
      "with levels that fall together",
      grid("  a: {type: integer, scale: log, min: 1, max: 9, count: 9}"),
      "fall together",
    ],
    ["with a parameter twice", grid("  a: [1]\n  a: [2]"), "line 4: Map keys must be unique"],
    [
      "with two parameters for a column",
      grid("  a: [1]\n  b: {values: [2], column: hp.a}"),
      'line 4, key "parameters.b.column": column hp.a is filled twice: also by parameters.a',
    ],
    [
      "with a fixed column that varies",
      grid("  a: [1]\ncolumns: {hp.a: 3}"),
      'line 4, key "columns.hp.a": column hp.a is filled twice',
    ],
    [
      "with an unknown column",
      grid("  a: [1]\ncolumns: {instance_typ: x}"),
      'there is no column "instance_typ" (did you mean "instance_type"?)',
    ],
    [
      "with a cell that is wrong",
      grid("  a: {values: [x], column: instance_count}"),
      "expected a whole number from 1 to 10000",
    ],
    [
      "with a value that its column does not take",
      grid("  a: {values: [true, maybe], column: spot}"),
      'line 3, key "parameters.a.column": expected true or false, got "maybe"',
    ],
    [
      "whose range leaves what its column takes",
      grid("  a: {type: integer, min: 0, max: 2, column: instance_count}"),
      'expected a whole number from 1 to 10000, got "0"',
    ],
    [
      "with a circle",
      grid("  a: {values: [1, 2], when: b == 1}\n  b: {values: [1, 2], when: a == 1}"),
      'line 3, key "parameters.a.when": conditions go round in a circle: a needs b needs a',
    ],
    ["that needs itself", grid("  a: {values: [1, 2], when: a == 1}"), "conditions go round in a circle: a needs a"],
    [
      "with a wrong constraint",
      grid("  a: [1]\nconstraints:\n  - a > 0\n  - b > 0"),
      'line 6, key "constraints.1": there is no parameter "b"',
    ],
    [
      "with an unknown key",
      grid("  a: {values: [1], stpe: 1}"),
      'line 3, key "parameters.a.stpe": there is no such key (did you mean "step"?)',
    ],
    [
      "with an unknown method",
      "method: girds\nparameters: {a: [1]}",
      'line 1, key "method": expected one of grid, random, sobol, latin-hypercube, asha, tpe, got "girds"',
    ],
    [
      "without a method",
      "parameters: {a: [1]}",
      "is not set: one of grid, random, sobol, latin-hypercube, asha, tpe, here or with --method",
    ],
    [
      "without samples",
      "method: sobol\nparameters: {a: [1]}",
      "is not set: sobol needs the number of points, here or with --samples",
    ],
    [
      "with a region twice",
      grid("  a: [1]\nregions: [us-east-1, us-east-1]"),
      'line 4, key "regions.1": this region is named twice',
    ],
    ["with what is no region", grid("  a: [1]\nregions: [mars]"), "expected an AWS region such as us-east-1"],
  ])("%s is refused by one message with its place", (_, text, message) => {
    const found = problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  test("tells all its problems at once, in the order of the file", () => {
    const found = problems(grid("  a: {type: integer, min: 3, max: 1}\n  b: {type: log, min: 0, max: 1}"))
    expect(found.map((each) => each.slice(0, 18))).toEqual(["space.yaml line 3,", "space.yaml line 4,"])
  })

  test("for Sobol has at most 128 parameters", () => {
    const many = Array.from({ length: 129 }, (_, at) => `  p${at}: [1, 2]`).join("\n")
    expect(problems(`method: sobol\nsamples: 4\nparameters:\n${many}`)[0]).toContain(
      "sobol has directions for 128 parameters, and these are 129",
    )
  })

  test("takes method, samples, seed and regions from the command line", () => {
    const text = "parameters: {a: {type: float, min: 0, max: 1}}"
    expect(problems(text, { method: "random", samples: 3, seed: 2, regions: ["us-east-1"] })).toEqual([])
    expect(problems("parameters: {a: [1]}", { method: "grid", samples: 3 })[0]).toContain("a grid has all its points")
  })
})
