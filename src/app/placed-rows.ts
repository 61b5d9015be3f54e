import type { ChosenRow, PlanPlacement } from "../core/placement/plan-placement.ts"
import type { Problem } from "../core/problem.ts"

/** What the first pass over a manifest found, for the pass that plans it. */
export interface Placed {
  readonly placement: PlanPlacement
  /** Rows for which nothing was chosen because they are wrong: `problems`, or the planning pass, say why. */
  readonly failed: ReadonlySet<number>
  readonly problems: readonly Problem[]
}

/** The choices of a placement, by row. */
export class PlacedRows {
  readonly failed: ReadonlySet<number>
  readonly #rows: ReadonlyMap<number, ChosenRow>
  readonly #copies: ReadonlyMap<string, readonly { readonly uri: string; readonly rows: ReadonlySet<number> }[]>
  readonly #located: (uri: string) => string

  /** @param located what copies call a channel's URI: on local its `file://` URI. */
  constructor({ placement, failed }: Pick<Placed, "placement" | "failed">, located: (uri: string) => string) {
    this.failed = failed
    this.#located = located
    this.#rows = new Map(placement.rows.map((row) => [row.index, row]))
    const copies = Map.groupBy(placement.copies, ({ source, to }) => `${to} ${source}`)
    this.#copies = new Map(
      [...copies].map(([key, of]) => [key, of.map(({ target, rows }) => ({ uri: target, rows: new Set(rows) }))]),
    )
  }

  /** null: the row is pinned, or nothing was chosen for it. */
  of(index: number): ChosenRow | null {
    return this.#rows.get(index) ?? null
  }

  /** What a channel of the row names in place of `uri`; null: it reads the data where it is. */
  copyOf({ index, region }: ChosenRow, uri: string): string | null {
    const copies = this.#copies.get(`${region} ${this.#located(uri)}`) ?? []
    return copies.find(({ rows }) => rows.has(index))?.uri ?? null
  }
}
