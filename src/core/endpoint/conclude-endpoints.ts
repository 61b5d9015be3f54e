// A comparison of endpoints in plain words. It says what the numbers say and no more: nothing is called better than what these
// records can tell from chance, and a time is one that was seen from here.
import { isAlike, numberText, times } from "../run/plain-numbers.ts"
import type { ComparedEndpoint, EndpointComparison, Latency } from "./endpoint-comparison.ts"

export function concludeEndpoints({ items, records, batch, labels }: EndpointComparison): string {
  const [base, ...others] = items
  if (base === undefined || others.length === 0) return "There is one to look at, so there is nothing to compare."
  const told = others.map((item) => `${item.target.label} against ${base.target.label}: ${sentence(base, item)}.`)
  const failed = items.filter(({ failures }) => failures > 0)
  const missing = failed.map(
    ({ target, failures, requests }) => `${failures} of ${requests} requests to ${target.label}`,
  )
  return [
    ...told,
    ...(missing.length === 0 ? [] : [`Without an answer: ${missing.join(", ")}.`]),
    labels === null ? "Nobody said what is right, so no error is known." : "",
    `It is ${records} records, ${batch === 1 ? "one" : batch} in a request, one request after another; a time is as seen from here, the way there included.`,
  ]
    .filter((part) => part !== "")
    .join(" ")
}

function sentence(base: ComparedEndpoint, item: ComparedEndpoint): string {
  const parts = [errorPart(base, item), latencyPart(base, item), agreementPart(base, item)].filter(
    (part) => part !== null,
  )
  return parts.length === 0 ? "nothing of both is known" : parts.join("; ")
}

function errorPart({ measure: before }: ComparedEndpoint, { measure, difference }: ComparedEndpoint): string | null {
  if (before === null || measure === null) return null
  const [name, was, is] =
    before.kind === "numbers" && measure.kind === "numbers"
      ? (["RMSE", before.rmse, measure.rmse] as const)
      : before.kind === "classes" && measure.kind === "classes"
        ? (["error rate", before.errorRate, measure.errorRate] as const)
        : (["", 0, 0] as const)
  if (name === "") return null
  const numbers = `${numberText(is)} against ${numberText(was)}`
  if (was === is) return `the same ${name} (${numberText(is)})`
  const way = is > was ? "higher" : "lower"
  const doubt = difference?.isTold === true ? "" : ", which these records do not tell from chance"
  return `${name} ${way} (${numbers})${doubt}`
}

function latencyPart(
  { latencyMs: before }: ComparedEndpoint,
  { latencyMs, latencyDifference }: ComparedEndpoint,
): string | null {
  if (before === null || latencyMs === null) return null
  const words = latencyWords(before, latencyMs)
  const isDifference = before.p50 !== latencyMs.p50 && (before.p50 === 0 || !isAlike(latencyMs.p50 / before.p50))
  return isDifference && latencyDifference?.isTold !== true
    ? `${words}, which these requests do not tell from chance`
    : words
}

function latencyWords(before: Latency, latencyMs: Latency): string {
  const numbers = `p50 ${numberText(latencyMs.p50)} ms against ${numberText(before.p50)} ms, p90 ${numberText(latencyMs.p90)} ms against ${numberText(before.p90)} ms`
  if (before.p50 === latencyMs.p50) return `as fast by the median (${numbers})`
  if (before.p50 === 0 || latencyMs.p50 === 0)
    return `median ${latencyMs.p50 > before.p50 ? "longer" : "shorter"} (${numbers})`
  const ratio = latencyMs.p50 / before.p50
  if (isAlike(ratio)) return `about as fast by the median (${numbers})`
  return ratio > 1
    ? `slower, the median takes ${times(ratio)} as long (${numbers})`
    : `${times(1 / ratio)} as fast by the median (${numbers})`
}

/** How many records got the very same prediction: two that never differ need no error measure. */
function agreementPart({ predictions: before }: ComparedEndpoint, { predictions }: ComparedEndpoint): string | null {
  const both = before.flatMap((values, at) => {
    const other = predictions[at] ?? null
    return values === null || other === null ? [] : [values.join(",") === other.join(",")]
  })
  if (both.length === 0) return null
  const same = both.filter((each) => each).length
  if (same === both.length) return `every prediction the same (${same})`
  return `${same} of ${both.length} predictions the same`
}
