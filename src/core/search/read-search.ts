import { guessDirection } from "../run/leaderboard.ts"
import { isSearchMethod, type Method } from "../sweep/methods.ts"
import type { Report, SpaceOverrides } from "../sweep/read-space.ts"
import { MOST_TRIALS, type SpaceValues } from "../sweep/space-schema.ts"
import { rungsOf } from "./rungs.ts"
import type { Resource, Search } from "./search.ts"

const DEFAULT_PARALLEL = 8
/** Li et al. 2018 (Hyperband) recommend 3 or 4; with 3, the rungs of 27 epochs are 1, 3, 9 and 27. */
const DEFAULT_ETA = 3
/** As Optuna has them for its TPE, and Hyperopt the second. */
const DEFAULT_STARTUP = 10
const DEFAULT_CANDIDATES = 24

/** Whole numbers are exact up to about 9e15. */
const MOST_RESOURCE = 1e15

const SEARCH_KEYS = ["metric", "goal", "parallel", "resource", "halving", "sampler", "startup", "candidates"] as const
const ASHA_KEYS = ["resource", "halving", "sampler"] as const
const TPE_KEYS = ["startup", "candidates"] as const
/** What other methods have and a search has not. */
const DRAWN_KEYS = ["scramble", "repeats", "repeat_column", "cross"] as const

/**
 * The search of a space's file, every contradiction told; null: the method draws all points at once, or something is wrong.
 * What belongs to a method that the command line puts another in place of is set aside.
 */
export function readSearch(
  given: SpaceValues,
  overrides: Pick<SpaceOverrides, "method" | "seed">,
  method: Method | null,
  samples: number | null,
  report: Report,
): Search | null {
  const isReplaced = overrides.method !== null && overrides.method !== given.method
  if (!isSearchMethod(method)) {
    if (method !== null && !isReplaced)
      refuse(
        given,
        SEARCH_KEYS,
        report,
        `${method} does not choose by results: leave it out, or let method be asha or tpe`,
      )
    return null
  }
  refuse(given, DRAWN_KEYS, report, `is not built for ${method}: leave it out, or choose another method`)
  const sampler = method === "tpe" ? "tpe" : (given.sampler ?? "random")
  if (method === "tpe" && !isReplaced) refuse(given, ASHA_KEYS, report, "belongs to asha: tpe trains every row in full")
  if (sampler === "random" && !isReplaced)
    refuse(given, TPE_KEYS, report, "belongs to tpe: leave it out, or let sampler be tpe")
  if (given.metric === undefined)
    report(["metric"], `is not set: ${method} needs the metric by which it compares rows, such as accuracy`)
  if (samples !== null && samples > MOST_TRIALS)
    report(
      ["samples"],
      `${method} has at most ${MOST_TRIALS.toLocaleString("en-US")} trials, and samples is ${samples}`,
    )
  const resource = method === "asha" ? resourceOf(given, report) : null
  const halving = method === "asha" ? (given.halving ?? "promote") : "promote"
  if (halving === "stop" && resource !== null && resource.metric === null)
    report(["resource", "metric"], "is not set: halving stop needs the live metric that says how much a row has used")
  if (given.metric === undefined || samples === null || (method === "asha" && resource === null)) return null
  return {
    method,
    metric: given.metric,
    direction: given.goal === undefined ? guessDirection(given.metric) : given.goal === "maximize" ? "max" : "min",
    trials: samples,
    parallel: given.parallel ?? DEFAULT_PARALLEL,
    seed: overrides.seed ?? given.seed ?? 1,
    resource,
    halving,
    sampler,
    startup: given.startup ?? DEFAULT_STARTUP,
    candidates: given.candidates ?? DEFAULT_CANDIDATES,
  }
}

function refuse(given: SpaceValues, keys: readonly (keyof SpaceValues)[], report: Report, message: string): void {
  for (const key of keys) if (given[key] !== undefined) report([key], message)
}

/** null: it is not there, or has no rungs. */
function resourceOf(given: SpaceValues, report: Report): Resource | null {
  if (given.resource === undefined) {
    report(
      ["resource"],
      "is not set: asha needs what the better rows are given more of, such as {column: hp.epochs, max: 27}",
    )
    return null
  }
  const { column, min = 1, max, eta = DEFAULT_ETA, metric = null } = given.resource
  const resource = { column, min, max, eta, metric }
  if (metric !== null && metric === given.metric)
    report(["resource", "metric"], `${metric} is what is compared already: name the metric that counts what is used`)
  const wrong = wrongRungs(resource)
  if (wrong === null) return resource
  report(["resource", wrong.key], wrong.message)
  return null
}

function wrongRungs({
  min,
  max,
  eta,
}: Resource): { readonly key: "min" | "max" | "eta"; readonly message: string } | null {
  if (max > MOST_RESOURCE)
    return { key: "max", message: `expected at most ${MOST_RESOURCE}: amounts above are not exact` }
  if (eta < 2) return { key: "eta", message: `expected a number from 2: one row in ${eta} goes on` }
  if (min >= max) return { key: "min", message: `min ${min} is not below max ${max}: there is one rung only` }
  const rungs = rungsOf({ min, max, eta })
  if (rungs.length === 1)
    return { key: "max", message: `max ${max} is below min × eta, ${min * eta}: there is one rung only` }
  const broken = rungs.find((each) => !Number.isInteger(each))
  if (broken === undefined || !Number.isInteger(min) || !Number.isInteger(max)) return null
  return {
    key: "eta",
    message: `from ${min} by ${eta} is ${broken}, and min and max are whole numbers: so must all rungs be`,
  }
}
