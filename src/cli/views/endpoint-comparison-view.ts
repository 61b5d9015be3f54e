import { concludeEndpoints } from "../../core/endpoint/conclude-endpoints.ts"
import type { ComparedEndpoint, EndpointComparison } from "../../core/endpoint/endpoint-comparison.ts"
import type { ErrorMeasure } from "../../core/endpoint/measure-error.ts"
import { ABSENT, formatNumber } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Column } from "../output/table.ts"

/** Records of which a terminal shows the predictions; JSON has all. */
const SHOWN = 10

/** @param records as they were sent. */
export function endpointComparisonView(
  comparison: EndpointComparison,
  records: readonly string[],
): View<ComparedEndpoint> {
  const { items, labels, batch } = comparison
  const conclusion = concludeEndpoints(comparison)
  const rows = records.slice(0, comparison.records).map((record, at) => ({
    record,
    label: labels?.[at] ?? null,
    predictions: items.map(({ predictions }) => predictions[at] ?? null),
  }))
  return {
    document: {
      version: 1,
      records: comparison.records,
      batch,
      items: items.map(itemOf),
      predictions: rows.map(({ label, predictions }) => ({ label, predictions })),
      conclusion,
    },
    rows: items,
    line: itemOf,
    record: (item) => {
      const { target, requests, failures, latencyMs, measure } = item
      const { instanceType, ...where } = target
      return {
        ...where,
        instance_type: instanceType,
        requests,
        failures,
        latency_p50_ms: latencyMs?.p50 ?? null,
        latency_p90_ms: latencyMs?.p90 ?? null,
        rmse: measure?.kind === "numbers" ? measure.rmse : null,
        mae: measure?.kind === "numbers" ? measure.mae : null,
        error_rate: measure?.kind === "classes" ? measure.errorRate : null,
      }
    },
    name: ({ target }) => target.label,
    columns: columns(items),
    below: ["", ...predictionLines(items, rows), "", conclusion],
    empty: "there is nothing to compare",
  }
}

function itemOf({ target, requests, failures, failure, latencyMs, measure, ...differences }: ComparedEndpoint) {
  const { difference, latencyDifference } = differences
  return { ...target, requests, failures, failure, latencyMs, measure, difference, latencyDifference }
}

function columns(items: readonly ComparedEndpoint[]): readonly Column<ComparedEndpoint>[] {
  const number = (title: string, value: (item: ComparedEndpoint) => number | null): Column<ComparedEndpoint> => ({
    title,
    value: (item) => {
      const found = value(item)
      return found === null ? ABSENT : formatNumber(found)
    },
    align: "right",
  })
  const of = <Kind extends ErrorMeasure["kind"]>(item: ComparedEndpoint, kind: Kind) =>
    item.measure?.kind === kind ? (item.measure as Extract<ErrorMeasure, { readonly kind: Kind }>) : null
  const hasNumbers = items.some(({ measure }) => measure?.kind === "numbers")
  const hasClasses = items.some(({ measure }) => measure?.kind === "classes")
  return [
    { title: "WHAT", value: ({ target }) => target.label },
    { title: "MODEL", value: ({ target }) => target.model ?? ABSENT, shrinkTo: 12, expendable: 2 },
    number("p50 ms", ({ latencyMs }) => latencyMs?.p50 ?? null),
    number("p90 ms", ({ latencyMs }) => latencyMs?.p90 ?? null),
    ...(hasNumbers
      ? [
          number("RMSE", (item) => of(item, "numbers")?.rmse ?? null),
          number("MAE", (item) => of(item, "numbers")?.mae ?? null),
        ]
      : []),
    ...(hasClasses ? [number("ERROR RATE", (item) => of(item, "classes")?.errorRate ?? null)] : []),
    ...(items.some(({ failures }) => failures > 0) ? [number("FAILED", ({ failures }) => failures)] : []),
  ]
}

interface Row {
  readonly label: string | null
  readonly predictions: readonly (readonly string[] | null)[]
}

/** `record 1: 0.5, 0.7 (right: 0.6)`, in the order of the table. */
function predictionLines(items: readonly ComparedEndpoint[], rows: readonly Row[]): readonly string[] {
  const names = items.map(({ target }) => target.label).join(", ")
  const lines = rows.slice(0, SHOWN).map(({ label, predictions }, at) => {
    const said = predictions.map((values) => values?.join(" ") ?? ABSENT).join(", ")
    return `record ${at + 1}: ${said}${label === null ? "" : ` (right: ${label})`}`
  })
  const more = rows.length > SHOWN ? [`… and ${rows.length - SHOWN} more; -o json has all`] : []
  return [`predictions of ${names}:`, ...lines, ...more]
}
