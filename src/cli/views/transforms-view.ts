import type { RowOutcome } from "../../app/transform-rows.ts"
import { ABSENT } from "../output/format.ts"
import type { View } from "../output/print.ts"

/** Transforms of several rows; each row in JSON is as `transform` of that row alone prints it. */
export function transformsView(run: string, outcomes: readonly RowOutcome[]): View<RowOutcome> {
  const item = ({ index, plan, status, reason }: RowOutcome) => ({
    index,
    status,
    reason: reason === "" ? null : reason,
    transform: plan,
  })
  return {
    document: { version: 1, run, rows: outcomes.map(item) },
    rows: outcomes,
    line: (row) => ({ version: 1, run, ...item(row) }),
    record: ({ index, plan, status, reason }) => ({
      ...{ run, index, status, reason: reason === "" ? null : reason },
      ...{ name: plan.name, region: plan.region, model: plan.model, input: plan.input, output: plan.output },
    }),
    name: ({ plan }) => plan.output,
    columns: [
      { title: "ROW", value: ({ index }) => String(index), align: "right" },
      { title: "REGION", value: ({ plan }) => plan.region },
      { title: "STATUS", value: ({ status }) => status },
      { title: "TRANSFORM", value: ({ plan }) => plan.name, shrinkTo: 12 },
      { title: "OUTPUT", value: ({ plan }) => plan.output, shrinkTo: 12 },
      { title: "REASON", value: ({ reason }) => (reason === "" ? ABSENT : reason), shrinkTo: 10 },
    ],
    empty: "there is nothing to transform",
  }
}
