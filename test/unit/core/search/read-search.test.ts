import { describe, expect, test } from "vitest"
import { parseYaml } from "../../../../src/app/yaml-node.ts"
import { formatProblem } from "../../../../src/core/problem.ts"
import { rungsOf } from "../../../../src/core/search/rungs.ts"
import type { Search } from "../../../../src/core/search/search.ts"
import { NO_OVERRIDES, readSpace, type SpaceOverrides } from "../../../../src/core/sweep/read-space.ts"

function read(text: string, overrides: Partial<SpaceOverrides> = {}) {
  const parsed = parseYaml(text)
  if (!parsed.ok) throw new Error(parsed.wrong[0]?.message)
  return readSpace("space.yaml", parsed.root, { ...NO_OVERRIDES, ...overrides })
}

function problems(text: string, overrides: Partial<SpaceOverrides> = {}): readonly string[] {
  const found = read(text, overrides)
  return found.ok ? [] : found.problems.map(formatProblem)
}

function searchOf(text: string, overrides: Partial<SpaceOverrides> = {}): Search | null {
  const found = read(text, overrides)
  if (!found.ok) throw new Error(found.problems.map(formatProblem).join("\n"))
  return found.space.search
}

const PARAMETERS = "parameters: {a: {type: float, min: 0, max: 1}}\n"
const TPE = `method: tpe\nsamples: 50\nmetric: accuracy\n${PARAMETERS}`
const asha = (resource: string) =>
  `method: asha\nsamples: 50\nmetric: loss\nresource: {column: hp.epochs, ${resource}}\n${PARAMETERS}`
const ASHA = asha("min: 1, max: 27")

describe("a search", () => {
  test("by TPE has its defaults", () => {
    expect(searchOf(TPE)).toEqual({
      method: "tpe",
      metric: "accuracy",
      direction: "max",
      trials: 50,
      parallel: 8,
      seed: 1,
      resource: null,
      halving: "promote",
      sampler: "tpe",
      startup: 10,
      candidates: 24,
    })
  })

  test("by ASHA has its defaults, and a loss is minimized", () => {
    expect(searchOf(asha("max: 27"))).toEqual({
      method: "asha",
      metric: "loss",
      direction: "min",
      trials: 50,
      parallel: 8,
      seed: 1,
      resource: { column: "hp.epochs", min: 1, max: 27, eta: 3, metric: null },
      halving: "promote",
      sampler: "random",
      startup: 10,
      candidates: 24,
    })
  })

  test("has what its file says", () => {
    const text = `${asha("min: 2, max: 64, eta: 2, metric: epoch")}goal: maximize\nparallel: 250\nseed: 7\nhalving: stop\nsampler: tpe\nstartup: 5\ncandidates: 50\n`
    expect(searchOf(text)).toMatchObject({
      direction: "max",
      parallel: 250,
      seed: 7,
      resource: { min: 2, max: 64, eta: 2, metric: "epoch" },
      halving: "stop",
      sampler: "tpe",
      startup: 5,
      candidates: 50,
    })
  })

  test("is none where all points are drawn at once", () => {
    expect(searchOf(`method: random\nsamples: 5\n${PARAMETERS}`)).toBeNull()
  })

  test("gives way to another method on the command line, with every row in full", () => {
    const found = read(ASHA, { method: "random" })
    expect(found.ok && found.space.search).toBeNull()
    expect(found.ok && found.space.columns).toEqual([["hp.epochs", "27"]])
    const tpe = read(ASHA, { method: "tpe" })
    expect(tpe.ok && tpe.space.search).toMatchObject({ method: "tpe", resource: null })
    expect(tpe.ok && tpe.space.columns).toEqual([["hp.epochs", "27"]])
  })

  test.each<readonly [string, string, string]>([
    [
      "without samples",
      TPE.replace("samples: 50\n", ""),
      'key "samples": is not set: tpe needs the number of points, here or with --samples',
    ],
    [
      "without a metric",
      TPE.replace("metric: accuracy\n", ""),
      'key "metric": is not set: tpe needs the metric by which it compares rows',
    ],
    [
      "of more trials than it has",
      TPE.replace("50", "10001"),
      'line 2, key "samples": tpe has at most 10,000 trials, and samples is 10001',
    ],
    [
      "whose metric is a column",
      TPE.replace("accuracy", "metric.accuracy"),
      'line 3, key "metric": expected the name of a metric, without metric. before it, got "metric.accuracy"',
    ],
    [
      "by ASHA without a resource",
      `method: asha\nsamples: 9\nmetric: loss\n${PARAMETERS}`,
      'key "resource": is not set: asha needs what the better rows are given more of',
    ],
    ["whose resource has no column", ASHA.replace("column: hp.epochs, ", ""), 'line 4, key "resource.column"'],
    [
      "whose resource is a parameter",
      ASHA.replace("hp.epochs", "hp.a"),
      'line 4, key "resource.column": column hp.a is filled twice: also by parameters.a',
    ],
    [
      "whose resource is a fixed column",
      `${ASHA}columns: {hp.epochs: 3}\n`,
      'line 6, key "columns.hp.epochs": column hp.epochs is filled twice: also by resource.column',
    ],
    [
      "whose resource is no column",
      ASHA.replace("hp.epochs", "epochs"),
      'line 4, key "resource.column": there is no column "epochs"',
    ],
    [
      "whose rungs its column does not take",
      asha("min: 0.5, max: 8, eta: 2").replace("hp.epochs", "instance_count"),
      'line 4, key "resource.column": expected a whole number from 1 to 10000, got "0.5"',
    ],
    ["upside down", asha("min: 27, max: 3"), 'line 4, key "resource.min": min 27 is not below max 3'],
    ["with one rung", asha("min: 3, max: 3"), 'line 4, key "resource.min": min 3 is not below max 3'],
    [
      "with one rung by its eta",
      asha("min: 3, max: 8"),
      'line 4, key "resource.max": max 8 is below min × eta, 9: there is one rung only',
    ],
    [
      "with more than can be counted",
      asha("max: 1.79e308, eta: 2"),
      'line 4, key "resource.max": expected at most 1000000000000000',
    ],
    ["with an eta below 2", asha("max: 27, eta: 1.5"), 'line 4, key "resource.eta": expected a number from 2'],
    ["with a resource of 0", asha("min: 0, max: 27"), 'line 4, key "resource.min": expected a number above 0'],
    [
      "whose rungs are no whole numbers",
      asha("min: 1, max: 100, eta: 2.5"),
      'line 4, key "resource.eta": from 1 by 2.5 is 2.5, and min and max are whole numbers: so must all rungs be',
    ],
    [
      "that stops rows without a live metric",
      `${ASHA}halving: stop\n`,
      'line 4, key "resource.metric": is not set: halving stop needs the live metric that says how much a row has used',
    ],
    [
      "whose live metric is what it compares",
      asha("max: 27, metric: loss"),
      'line 4, key "resource.metric": loss is what is compared already',
    ],
    [
      "by TPE with a resource",
      `${TPE}resource: {column: hp.epochs, max: 27}\n`,
      'line 5, key "resource": belongs to asha: tpe trains every row in full',
    ],
    ["by TPE with halving", `${TPE}halving: stop\n`, 'line 5, key "halving": belongs to asha'],
    ["by TPE with a sampler", `${TPE}sampler: random\n`, 'line 5, key "sampler": belongs to asha'],
    [
      "by ASHA and chance with a startup",
      `${ASHA}startup: 5\n`,
      'line 6, key "startup": belongs to tpe: leave it out, or let sampler be tpe',
    ],
    ["by ASHA and chance with candidates", `${ASHA}candidates: 5\n`, 'line 6, key "candidates": belongs to tpe'],
    ["with a cross", `${TPE}cross: m.csv\n`, 'line 5, key "cross": is not built for tpe'],
    ["with repeats", `${TPE}repeats: 2\n`, 'line 5, key "repeats": is not built for tpe'],
    ["with a column for repeats", `${TPE}repeat_column: hp.s\n`, 'line 5, key "repeat_column": is not built for tpe'],
    ["with a scrambled sequence", `${TPE}scramble: true\n`, 'line 5, key "scramble": is not built for tpe'],
    ["with another goal", `${TPE}goal: best\n`, 'line 5, key "goal": expected one of maximize, minimize, got "best"'],
    [
      "of nothing in parallel",
      `${TPE}parallel: 0\n`,
      'line 5, key "parallel": expected a whole number from 1 to 10000',
    ],
    ["with a misspelt key of its resource", asha("max: 27, etta: 3"), 'did you mean "eta"?'],
    ...[
      "metric: loss",
      "goal: minimize",
      "parallel: 3",
      "halving: stop",
      "sampler: tpe",
      "startup: 3",
      "candidates: 3",
    ].map(
      (key) =>
        [
          `by a method that does not choose by results, with ${key}`,
          `method: random\nsamples: 5\n${PARAMETERS}${key}\n`,
          `line 4, key "${key.split(":")[0]}": random does not choose by results: leave it out, or let method be asha or tpe`,
        ] as const,
    ),
  ])("%s is refused by one message with its place", (_, text, message) => {
    const found = problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  test("tells all its contradictions at once", () => {
    expect(problems(`method: tpe\n${PARAMETERS}halving: stop\nrepeats: 2\n`)).toHaveLength(4)
  })
})

describe("rungs", () => {
  test.each([
    [1, 27, 3, [1, 3, 9, 27]],
    [1, 100, 3, [1, 3, 9, 27, 100]],
    [1, 80, 3, [1, 3, 9, 80]],
    [1, 4, 4, [1, 4]],
    [0.1, 0.9, 3, [0.1, 0.3, 0.9]],
    [2, 5, 2, [2, 5]],
    [3, 8, 3, [8]],
  ])("from %d to %d by %d", (min, max, eta, rungs) => {
    expect(rungsOf({ min, max, eta })).toEqual(rungs)
  })
})
