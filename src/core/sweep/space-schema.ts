// The keys of a search space (SPACE.yaml): what each holds and what is allowed. docs/sweep.md derives from it.
// What keys must be together is checked in read-space.ts.
import * as z from "zod"
import { value } from "../config/world-kinds.ts"
import { choice, type Kind, parsed, refused, text, wholeNumber } from "../manifest/kind.ts"
import { ALL_METHODS } from "./methods.ts"

/** A manifest of a sweep has at most so many rows; a grid has at most so many points before constraints. */
export const MOST_ROWS = 1_000_000
/** A search has at most so many trials: what is known is weighed anew for each that is chosen. */
export const MOST_TRIALS = 10_000
export const GREATEST_SEED = Number.MAX_SAFE_INTEGER

const words = text({ most: 2500, keepsBlanks: true, keepsBraces: true })
const condition = text({ most: 1000, allowed: "a condition such as layers * width <= 1024", keepsBraces: true })

const number: Kind<number> = {
  ...text({ most: 64 }),
  allowed: "a number such as 10, 0.5 or 1e-4",
  parse(given) {
    if (/^[+-]?(?:infinity|\.?inf)$/i.test(given))
      return refused(`an infinite space has no points: expected ${number.allowed}`)
    const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(given)
    return isNumber && Number.isFinite(Number(given)) ? parsed(Number(given)) : refused(`expected ${number.allowed}`)
  },
  schema: { type: ["number", "string"] },
}

const positive: Kind<number> = {
  ...number,
  allowed: "a number above 0",
  parse(given) {
    const read = number.parse(given)
    return read.ok && read.value > 0 ? read : refused("expected a number above 0")
  },
}

const name = text({ most: 256, pattern: /^[^\n\r{}`"']+$/, allowed: "a name without quotes and braces" })
const column = text({ most: 256, pattern: /^[^\n\r]+$/, allowed: "the name of a column of the manifest" })

const metricName = text({
  most: 256,
  pattern: /^(?!metric\.)[^\n\r\s]+$/,
  allowed: "the name of a metric, without metric. before it",
})

export const parameterShape = z.strictObject({
  type: value(
    choice(["integer", "float", "log", "categorical"]),
    "What it is; `log` is a float on a logarithmic scale. Not needed beside `values`.",
  ).optional(),
  min: value(number, "Lowest value.").optional(),
  max: value(number, "Highest value; it belongs to the range.").optional(),
  scale: value(
    choice(["linear", "log"]),
    "Whether equal differences or equal ratios are equally likely (default linear).",
  ).optional(),
  step: value(
    positive,
    "Only min, min + step, … up to max; it must divide the range (default of an integer: 1).",
  ).optional(),
  count: value(wholeNumber(1, MOST_ROWS), "Only so many levels from min to max, evenly on the scale.").optional(),
  values: z.array(value(words, "A value.")).meta({ description: "Only these values, in this order." }).optional(),
  when: value(condition, "The parameter is there only where this holds; elsewhere its cell is empty.").optional(),
  column: value(column, "Column of the manifest (default `hp.` and the parameter's name).").optional(),
})

export const resourceShape = z.strictObject({
  column: value(column, "Column of the manifest that says how much a row is given, such as `hp.epochs`."),
  min: value(positive, "What every trial is given first.").optional(),
  max: value(positive, "What the best are given at last."),
  eta: value(
    number,
    "Of each rung's rows one in `eta` goes on, with about `eta` times as much (default 3; at least 2).",
  ).optional(),
  metric: value(
    metricName,
    "Live metric that says how much a row has used so far, such as `epoch`; `halving: stop` needs it.",
  ).optional(),
})

/** A list is short for its values. */
const parameter = z.preprocess((given) => (Array.isArray(given) ? { values: given } : given), parameterShape)

const parameterName = z.string().superRefine((given, context) => {
  const outcome = name.parse(given)
  if (!outcome.ok) context.addIssue({ code: "custom", message: outcome.message, input: given })
})

export const spaceShape = z
  .strictObject({
    method: value(choice(ALL_METHODS), "How points are chosen.").optional(),
    samples: value(
      wholeNumber(1, MOST_ROWS),
      "How many points; all methods but grid need it. With asha and tpe: how many trials in all.",
    ).optional(),
    seed: value(
      wholeNumber(0, GREATEST_SEED),
      "Seed of all chance: the same seed gives the same file (default 1).",
    ).optional(),
    scramble: value(
      choice(["true", "false"]),
      "Sobol: whether the sequence is scrambled by the seed (default true).",
    ).optional(),
    parameters: z
      .record(parameterName, parameter)
      .meta({ description: "By name: what varies, the first slowest in a grid. A list is short for `values`." }),
    constraints: z
      .array(value(condition, "A condition that every point meets."))
      .meta({
        description: "Conditions that every point meets; one about a parameter that a point does not have is met.",
      })
      .optional(),
    repeats: value(wholeNumber(1, 10_000), "How often each point is there (default 1).").optional(),
    repeat_column: value(column, "Column that numbers the repeats from 1 (default `hp.seed`).").optional(),
    columns: z
      .record(z.string(), value(words, "The cell of every row."))
      .meta({ description: "Columns that are the same in every row." })
      .optional(),
    cross: value(
      text({ most: 4096, allowed: "the path of a manifest" }),
      "Another manifest, relative to this file: each point is there once for each of its rows, with that row's cells.",
    ).optional(),
    regions: z
      .array(value(text({ most: 32 }), "A region."))
      .meta({ description: "Regions over which rows are spread by free quota." })
      .optional(),
    metric: value(metricName, "asha, tpe: the metric of the rows that the search makes better.").optional(),
    goal: value(
      choice(["maximize", "minimize"]),
      "asha, tpe: whether more of the metric is better (default: by its name, a loss or an error is minimized).",
    ).optional(),
    parallel: value(wholeNumber(1, MOST_TRIALS), "asha, tpe: rows unfinished at once (default 8).").optional(),
    resource: resourceShape.meta({ description: "asha: what the better rows are given more of." }).optional(),
    halving: value(
      choice(["promote", "stop"]),
      "asha: whether the better rows go on from their checkpoint, or the others are stopped early (default promote).",
    ).optional(),
    sampler: value(choice(["random", "tpe"]), "asha: how new trials are chosen (default random).").optional(),
    startup: value(
      wholeNumber(1, MOST_TRIALS),
      "TPE: results that are needed before it chooses; until then, chance does (default 10).",
    ).optional(),
    candidates: value(
      wholeNumber(1, 10_000),
      "TPE: points that are weighed for each one that is taken (default 24).",
    ).optional(),
  })
  .meta({ title: "SPACE.yaml", description: "A search space: see docs/sweep.md." })

export type SpaceValues = z.output<typeof spaceShape>
export type ParameterValues = z.output<typeof parameterShape>
