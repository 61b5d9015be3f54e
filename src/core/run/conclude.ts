// A comparison in plain words. It says what the numbers say and no more: nothing is called better, no cause is named that
// more than one setting may have, and one training job each is said to be one.
import type { ComparedItem, Comparison, Relation } from "./comparison.ts"
import { isAlike, numberText, secondsText, times, usdText } from "./plain-numbers.ts"

/** More items than this are told by their extremes. */
const READABLE_ITEMS = 6
const READABLE_SETTINGS = 4

export function conclude(comparison: Comparison): string {
  const { base, items } = comparison
  if (items.length < 2) return "There is one to look at, so there is nothing to compare."
  if (base === null) return "None of them completed, so there is nothing to compare."
  const incomplete = items.filter(({ isComplete }) => !isComplete)
  const others = items.filter((item) => item.relation !== null)
  const left = incomplete.map(({ label, status }) => `${label} is ${status}`)
  const untold =
    incomplete.length === 0
      ? []
      : [
          incomplete.length <= READABLE_ITEMS
            ? `Not compared: ${left.join(", ")}.`
            : `Not compared: ${incomplete.length} that did not complete.`,
        ]
  if (others.length === 0) return [`Only ${base.label} completed.`, ...untold].join(" ")
  const told =
    items.length <= READABLE_ITEMS
      ? others.map((item) => sentence(base, item, item.relation))
      : extremes(items.filter(({ isComplete }) => isComplete))
  return [...told, ...untold, caveat(comparison)].join(" ")
}

function sentence(base: ComparedItem, item: ComparedItem, relation: Relation | null): string {
  const parts = [
    timePart(base, item, relation?.speedUp ?? null),
    billPart(base, item, relation),
    scalingPart(base, item, relation?.scalingEfficiency ?? null),
    ...Object.entries(relation?.metrics ?? {}).map(([name, difference]) => metricPart(base, item, name, difference)),
  ].filter((part) => part !== null)
  return `${item.label} against ${base.label}: ${parts.length === 0 ? "no time, cost or metric of both is known" : parts.join("; ")}.`
}

function timePart(base: ComparedItem, item: ComparedItem, speedUp: number | null): string | null {
  if (base.wallSeconds === null || item.wallSeconds === null || speedUp === null) return null
  const [before, after] = [secondsText(base.wallSeconds), secondsText(item.wallSeconds)]
  if (isAlike(speedUp))
    return before === after ? `no faster (${before} both)` : `about as fast (${after} against ${before})`
  return speedUp > 1
    ? `${times(speedUp)} as fast (${after} against ${before})`
    : `slower, it takes ${times(1 / speedUp)} as long (${after} against ${before})`
}

/** Money where it is known, else what it follows from. */
function billPart(base: ComparedItem, item: ComparedItem, relation: Relation | null): string | null {
  const { billedRatio = null, costRatio = null } = relation ?? {}
  const seconds =
    billedRatio === null
      ? null
      : `${numberText(item.billableSeconds ?? 0)} against ${numberText(base.billableSeconds ?? 0)} billed instance-seconds`
  if (costRatio !== null) {
    const usd = `${usdText(item.costUsd ?? 0)} against ${usdText(base.costUsd ?? 0)}`
    return `${billWords(costRatio)} (${usd}${seconds === null ? "" : `, ${seconds}`})`
  }
  if (billedRatio === null) return null
  const isOneType = base.machines !== null && base.machines.instanceType === item.machines?.instanceType
  // Seconds of different machines cost differently: their ratio is no bill.
  return isOneType && base.settings["region"] === item.settings["region"]
    ? `${billWords(billedRatio)} (${seconds})`
    : `${seconds}, at prices that are not known`
}

function billWords(ratio: number): string {
  return isAlike(ratio) ? "about the same bill" : `${times(ratio)} the bill`
}

function scalingPart(base: ComparedItem, item: ComparedItem, efficiency: number | null): string | null {
  if (efficiency === null || base.machines === null || item.machines === null) return null
  const machines = `${item.machines.instances} instances for ${base.machines.instances}`
  return `scaling efficiency ${Math.round(efficiency * 100)} % (${machines})`
}

function metricPart(base: ComparedItem, item: ComparedItem, name: string, difference: number): string {
  const [before, after] = [numberText(base.metrics[name] ?? 0), numberText(item.metrics[name] ?? 0)]
  if (difference === 0 || before === after) return `${name} the same (${after})`
  return `${name} ${difference > 0 ? "higher" : "lower"} (${after} against ${before})`
}

/** Of many: the ends of each scale, without what lies between. */
function extremes(items: readonly ComparedItem[]): readonly string[] {
  const scales: readonly (readonly [
    words: string,
    value: (item: ComparedItem) => number | null,
    text: (value: number) => string,
  ])[] = [
    ["wall time", (item) => item.wallSeconds, secondsText],
    ["billed instance-seconds", (item) => item.billableSeconds, numberText],
    ["cost", (item) => item.costUsd, usdText],
  ]
  return scales.flatMap(([words, value, text]) => {
    const known = items.flatMap((item) => {
      const found = value(item)
      return found === null ? [] : [{ label: item.label, value: found }]
    })
    if (known.length < 2) return []
    const least = known.reduce((one, other) => (other.value < one.value ? other : one))
    const most = known.reduce((one, other) => (other.value > one.value ? other : one))
    if (least.value === most.value) return [`The ${words} is the same in all ${known.length}: ${text(least.value)}.`]
    return [`Least ${words}: ${least.label} (${text(least.value)}); most: ${most.label} (${text(most.value)}).`]
  })
}

function caveat({ differing, items }: Comparison): string {
  const shown = differing.slice(0, READABLE_SETTINGS).join(", ")
  const rest = differing.length > READABLE_SETTINGS ? ` and ${differing.length - READABLE_SETTINGS} more` : ""
  const causes =
    differing.length === 0
      ? "Their settings are the same: a difference between them is chance, or the machines'."
      : differing.length === 1
        ? `They differ in ${shown}.`
        : `They differ in ${shown}${rest}: the numbers do not tell which of these made a difference.`
  const isSingle = items.every(({ rows }) => rows === 1)
  return isSingle ? `${causes} It is one training job each; a repeat may come out otherwise.` : causes
}
