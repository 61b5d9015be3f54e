// A table that fits a terminal: columns shrink, then the least needed ones are left out.
// It lays text out; what the text says and in which order the rows come is the caller's.
import type { Shell } from "../../ports/world.ts"
import type { Tone } from "./style.ts"
import { paint } from "./style.ts"
import { cut, padTo, plain, textWidth } from "./text.ts"

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: "left" | "right"
  readonly tone?: (row: Row) => Tone | null
  /** Fewest columns of the terminal it may shrink to; missing: it never shrinks. */
  readonly shrinkTo?: number
  /** Left out when the table is too wide, highest first; missing: always shown. */
  readonly expendable?: number
}

const GAP = "  "

/** Lines of the table with its head. `width` is the terminal's; Infinity where output is piped. */
export function tableLines<Row>(
  shell: Pick<Shell, "color">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly string[] {
  const cells = columns.map((column) => rows.map((row) => plain(column.value(row))))
  const natural = columns.map((column, at) => widest([column.title, ...(cells[at] ?? [])]))
  const widths = fittedWidths(columns, natural, width)
  const shown = columns.flatMap((column, at) => (widths[at] === 0 ? [] : [{ column, at, width: widths[at] ?? 0 }]))
  const head = shown.map(({ column, width }) => padTo(cut(column.title, width), width, column.align ?? "left"))
  const body = rows.map((row, line) =>
    shown.map(({ column, at, width }) => {
      const text = padTo(cut(cells[at]?.[line] ?? "", width), width, column.align ?? "left")
      const tone = column.tone?.(row) ?? null
      return tone === null ? text : paint(shell, tone, text)
    }),
  )
  return [paint(shell, "strong", head.join(GAP).trimEnd()), ...body.map((line) => line.join(GAP).trimEnd())]
}

/**
 * Width of each column; 0: left out. Shrinks what may shrink, the widest first, before it leaves anything out, and takes
 * back what still has room once a wider column is gone.
 */
function fittedWidths<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  width: number,
): readonly number[] {
  const left = new Set<number>()
  for (;;) {
    const widths = shrunk(columns, natural, left, width)
    const victim = mostExpendable(columns, left)
    if (total(widths) <= width || victim === null) return takeBack(columns, natural, left, width)
    left.add(victim)
  }
}

function takeBack<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  left: Set<number>,
  width: number,
): readonly number[] {
  for (const at of [...left].toReversed()) {
    left.delete(at)
    if (total(shrunk(columns, natural, left, width)) > width) left.add(at)
  }
  return shrunk(columns, natural, left, width)
}

function shrunk<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  left: ReadonlySet<number>,
  width: number,
): number[] {
  const widths = natural.map((value, at) => (left.has(at) ? 0 : value))
  shrink(columns, widths, width)
  return widths
}

function shrink<Row>(columns: readonly Column<Row>[], widths: number[], width: number): void {
  while (total(widths) > width) {
    let widestAt = -1
    for (const [at, column] of columns.entries()) {
      const least = Math.max(column.shrinkTo ?? Number.POSITIVE_INFINITY, 1)
      const current = widths[at] ?? 0
      if (current > least && (widestAt < 0 || current > (widths[widestAt] ?? 0))) widestAt = at
    }
    if (widestAt < 0) return
    widths[widestAt] = (widths[widestAt] ?? 0) - 1
  }
}

function mostExpendable<Row>(columns: readonly Column<Row>[], left: ReadonlySet<number>): number | null {
  let victim: number | null = null
  for (const [at, column] of columns.entries()) {
    if (column.expendable === undefined || left.has(at)) continue
    if (victim === null || column.expendable > (columns[victim]?.expendable ?? 0)) victim = at
  }
  return victim
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0)
  return shown.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, shown.length - 1)
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0)
}
