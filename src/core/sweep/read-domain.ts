import type { Method } from "./methods.ts"
import { type Domain, isNumber } from "./parameter.ts"
import type { ParameterValues } from "./space-schema.ts"

export type ReadDomain =
  | { readonly ok: true; readonly domain: Domain }
  /** `key`: below the parameter; empty: the parameter itself. */
  | { readonly ok: false; readonly key: readonly string[]; readonly message: string }

/** The values that a parameter's keys allow, or why they allow none. */
export function readDomain(given: ParameterValues, method: Method | null): ReadDomain {
  const type = given.type ?? (given.values === undefined ? null : "categorical")
  if (type === null) return wrong([], "needs a type (integer, float, log, categorical) or values")
  return given.values === undefined ? rangeDomain(given, type, method) : choiceDomain(given, type, given.values)
}

function choiceDomain(given: ParameterValues, type: string, values: readonly string[]): ReadDomain {
  for (const key of ["min", "max", "step", "count", "scale"] as const)
    if (given[key] !== undefined) return wrong([key], `values say already what is allowed: leave ${key} out`)
  if (values.length === 0) return wrong(["values"], "an empty list has no value: the space would have no points")
  for (const [at, each] of values.entries()) {
    if (values.indexOf(each) < at) return wrong(["values", String(at)], `"${each}" is there twice`)
    const isRight = type === "categorical" || (type === "integer" ? /^[+-]?\d+$/.test(each) : isNumber(each))
    if (!isRight)
      return wrong(["values", String(at)], `"${each}" is no ${type === "integer" ? "whole number" : "number"}`)
  }
  return { ok: true, domain: { kind: "choice", values } }
}

function rangeDomain(given: ParameterValues, type: string, method: Method | null): ReadDomain {
  if (type === "categorical") return wrong([], "categorical needs values")
  const { min, max, step, count } = given
  const isWhole = type === "integer"
  if (min === undefined || max === undefined)
    return wrong([], `without ${min === undefined ? "min" : "max"} its range is infinite`)
  for (const [key, end] of [
    ["min", min],
    ["max", max],
  ] as const) {
    if (isWhole && !Number.isSafeInteger(end))
      return wrong([key], `an integer's ${key} is a whole number, and this is ${end}`)
  }
  if (min > max) return wrong(["min"], `min ${min} is above max ${max}: no value is both`)
  if (type === "log" && given.scale === "linear")
    return wrong(["scale"], "type log is a float on scale log: they contradict")
  const isLog = type === "log" || given.scale === "log"
  if (isLog && min <= 0) return wrong(["min"], `a logarithm needs values above 0, and min is ${min}`)
  if (count !== undefined) {
    if (step !== undefined) return wrong(["count"], "step and count say the same in two ways: give one of them")
    return levelsDomain({ min, max, count, isLog, isWhole })
  }
  if (isLog && step !== undefined)
    return wrong(["step"], "equal steps have no meaning on a log scale: give count, or values")
  if (step !== undefined) return stepsDomain(min, max, step, isWhole)
  if (isWhole && !isLog) return stepsDomain(min, max, 1, true)
  if (method === "grid" && !isWhole && min !== max)
    return wrong(
      [],
      `a grid over ${isLog ? "a log scale" : "a continuous range"} is infinite: give ${isLog ? "" : "step, "}count or values`,
    )
  return { ok: true, domain: { kind: "range", min, max, isLog, isWhole } }
}

function stepsDomain(min: number, max: number, step: number, isWhole: boolean): ReadDomain {
  if (isWhole && !Number.isInteger(step))
    return wrong(["step"], `an integer's step is a whole number, and this is ${step}`)
  const steps = (max - min) / step
  const whole = Math.round(steps)
  if (Math.abs(steps - whole) > 1e-9 * Math.max(1, steps)) {
    const last = Number((min + Math.floor(steps) * step).toPrecision(14))
    const next = Number((last + step).toPrecision(14))
    return wrong(["step"], `step ${step} does not divide the range ${min} to ${max}: let max be ${last} or ${next}`)
  }
  if (whole >= Number.MAX_SAFE_INTEGER) return wrong(["step"], "more steps than can be counted")
  return { ok: true, domain: { kind: "steps", min, step, levels: whole + 1 } }
}

interface Levels {
  readonly min: number
  readonly max: number
  readonly count: number
  readonly isLog: boolean
  readonly isWhole: boolean
}

function levelsDomain({ min, max, count, isLog, isWhole }: Levels): ReadDomain {
  if (min === max && count > 1) return wrong(["count"], `min and max are both ${min}: there is one level, not ${count}`)
  if (min < max && count === 1) return wrong(["count"], "one level cannot be both min and max: give at least 2")
  const domain = { kind: "levels", min, max, levels: count, isLog, isWhole } as const
  if (!isWhole) return { ok: true, domain }
  if (count > max - min + 1)
    return wrong(["count"], `there are ${max - min + 1} whole numbers from ${min} to ${max}, not ${count}`)
  const values = Array.from({ length: count }, (_, at) => {
    const share = count === 1 ? 0 : at / (count - 1)
    return Math.round(isLog ? min * (max / min) ** share : min + share * (max - min))
  })
  if (new Set(values).size === count) return { ok: true, domain }
  return wrong(
    ["count"],
    `${count} whole levels on a log scale from ${min} to ${max} fall together: give fewer, or values`,
  )
}

function wrong(key: readonly string[], message: string): ReadDomain {
  return { ok: false, key, message }
}
