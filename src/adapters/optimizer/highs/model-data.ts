import type { ModelData } from "highs"
import type { LinearModel } from "../../../core/placement/linear-model.ts"

/** A model as HiGHS takes it: the matrix row by row. */
export function toModelData({ columns, rows }: LinearModel): ModelData {
  const starts = new Int32Array(rows.length + 1)
  for (const [at, row] of rows.entries()) starts[at + 1] = (starts[at] ?? 0) + row.terms.length
  const terms = rows.flatMap((row) => row.terms)
  return {
    numCols: columns.length,
    numRows: rows.length,
    colCost: Float64Array.from(columns, ({ cost }) => cost),
    colLower: Float64Array.from(columns, ({ lower }) => lower),
    colUpper: Float64Array.from(columns, ({ upper }) => upper),
    rowLower: Float64Array.from(rows, ({ lower }) => lower),
    rowUpper: Float64Array.from(rows, ({ upper }) => upper),
    matrix: {
      format: "csr",
      numCols: columns.length,
      numRows: rows.length,
      starts,
      indices: Int32Array.from(terms, ([column]) => column),
      values: Float64Array.from(terms, ([, coefficient]) => coefficient),
    },
    ...(columns.some(({ isWhole }) => isWhole) && {
      integrality: Int32Array.from(columns, ({ isWhole }) => (isWhole ? 1 : 0)),
    }),
  }
}
