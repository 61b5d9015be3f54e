import type { Expression, Named } from "./expression.ts"

/** Which values a parameter has. */
export type Domain =
  /** Texts as they were written. */
  | { readonly kind: "choice"; readonly values: readonly string[] }
  /** `min + i * step`, i from 0, below `levels`. */
  | { readonly kind: "steps"; readonly min: number; readonly step: number; readonly levels: number }
  /** Evenly spaced on the scale, both ends included. */
  | {
      readonly kind: "levels"
      readonly min: number
      readonly max: number
      readonly levels: number
      readonly isLog: boolean
      readonly isWhole: boolean
    }
  | {
      readonly kind: "range"
      readonly min: number
      readonly max: number
      readonly isLog: boolean
      readonly isWhole: boolean
    }

export interface Parameter {
  readonly name: string
  readonly column: string
  readonly domain: Domain
  /** null: it is always there. */
  readonly when: Expression | null
}

export type Cell = number | string

/** How many different values; null: no end of them. */
export function levelCount(domain: Domain): number | null {
  switch (domain.kind) {
    case "choice":
      return domain.values.length
    case "steps":
    case "levels":
      return domain.levels
    case "range":
      return domain.min === domain.max ? 1 : domain.isWhole ? domain.max - domain.min + 1 : null
    default:
      return domain satisfies never
  }
}

/** The value number `at`, from 0, of a domain that has levels. */
export function levelAt(domain: Domain, at: number): Cell {
  switch (domain.kind) {
    case "choice":
      return domain.values[at] ?? ""
    case "steps":
      return cleaned(domain.min + at * domain.step)
    case "levels": {
      const { min, max, levels, isLog, isWhole } = domain
      if (at === 0 || levels === 1) return min
      if (at === levels - 1) return max
      const share = at / (levels - 1)
      const exact = isLog ? min * (max / min) ** share : min + share * (max - min)
      return isWhole ? Math.round(exact) : rounded(exact, min, max)
    }
    case "range":
      return domain.min + at
    default:
      return domain satisfies never
  }
}

/** @param share in [0, 1): where in the domain, so that equal parts of it are equally likely. */
export function valueAt(domain: Domain, share: number): Cell {
  if (domain.kind === "range" && domain.min !== domain.max) {
    const { min, max, isLog, isWhole } = domain
    if (!isWhole) {
      const exact = isLog
        ? Math.exp(Math.log(min) + share * (Math.log(max) - Math.log(min)))
        : min + share * (max - min)
      return rounded(exact, min, max)
    }
    if (isLog) {
      const [low, high] = wholeLogEnds(min, max)
      return clamped(Math.round(Math.exp(low + share * (high - low))), min, max)
    }
  }
  const levels = levelCount(domain) ?? 1
  return levelAt(domain, Math.min(levels - 1, Math.floor(share * levels)))
}

/** The inverse, for what learns from values: a share well within those that `valueAt` maps to the value. */
export function shareOf(domain: Domain, cell: Cell): number {
  if (domain.kind === "range" && !domain.isWhole && domain.min !== domain.max) {
    const { min, max, isLog } = domain
    const share = isLog ? Math.log(Number(cell) / min) / Math.log(max / min) : (Number(cell) - min) / (max - min)
    return clamped(share, 0, 1)
  }
  if (domain.kind === "range" && domain.isLog && domain.min !== domain.max) {
    const [low, high] = wholeLogEnds(domain.min, domain.max)
    return (Math.log(Number(cell)) - low) / (high - low)
  }
  const levels = levelCount(domain) ?? 1
  if (domain.kind === "choice") return (domain.values.indexOf(String(cell)) + 0.5) / levels
  let [low, high] = [0, levels - 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (Number(levelAt(domain, middle)) < Number(cell)) low = middle + 1
    else high = middle
  }
  return (low + 0.5) / levels
}

/** Half a number beyond both ends: else these were half as likely as their neighbours. */
function wholeLogEnds(min: number, max: number): readonly [low: number, high: number] {
  return [Math.log(min - 0.5), Math.log(max + 0.5)]
}

/** What an expression may ask of the parameter. */
export function namedOf(domain: Domain): Named {
  if (domain.kind !== "choice") return { type: "number", values: null }
  const { values } = domain
  if (values.every((each) => each === "true" || each === "false")) return { type: "boolean", values: null }
  if (values.every(isNumber)) return { type: "number", values: null }
  return { type: "text", values }
}

export function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text))
}

/** Nine digits of the range's width: the last bits of a logarithm must not make two machines write two files. */
function rounded(exact: number, min: number, max: number): number {
  const greatest = Math.max(Math.abs(min), Math.abs(max))
  const lost = max > min ? Math.ceil(Math.log10(greatest / (max - min))) : 0
  return clamped(Number(exact.toPrecision(Math.min(17, Math.max(9, 9 + lost)))), min, max)
}

/** 0.1 + 2 * 0.1 is 0.3. */
function cleaned(sum: number): number {
  return Number(sum.toPrecision(14))
}

function clamped(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
