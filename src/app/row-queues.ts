import { queueRegionOf } from "../core/config/batch-settings.ts"
import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { CopyGroup } from "../core/placement/copy-groups.ts"
import { type ArrayPiece, contiguousPieces } from "../core/run/slices.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { piecesForRows } from "./array-pieces.ts"
import { NO_HOME } from "./pin-rows.ts"

/** Which queue carries each row of a submission; where there is one queue for all, nothing is kept. */
export class RowQueues {
  readonly #config: Pick<Config, "on" | "home" | "batch">
  readonly #regions = new Map<number, string>()

  constructor(config: Pick<Config, "on" | "home" | "batch">) {
    this.#config = config
  }

  /** Error `usage`: no queue is for the rows of this region. */
  add(row: number, region: string): void {
    const { on, home, batch } = this.#config
    if (on !== "aws") return
    const queueRegion = queueRegionOf(batch?.queue, home, region)
    if (queueRegion === null) {
      throw new RegattaError("usage", `batch.queue has no queue for row ${row} in ${region}`, {
        hint: `set batch.queue.${region} in regatta.yaml, or batch.queue.${home ?? "<home>"} for all regions without one`,
        fields: { row, region },
      })
    }
    if (queueRegion !== undefined) this.#regions.set(row, queueRegion)
  }

  /** Each queue's region once, as arrays will have it; undefined: one queue is for all. */
  regions(): readonly (string | undefined)[] {
    return this.#regions.size === 0 ? [undefined] : [...new Set(this.#regions.values())]
  }

  /**
   * The arrays' pieces; row lists are written to the home region. Rows are numbered on from `first`. `waiting`: rows that wait
   * for copies, which have arrays of their own.
   */
  pieces(
    ports: Pick<OpenPorts, "objects" | "world">,
    size: number,
    first = 0,
    waiting: readonly CopyGroup[] = [],
  ): Promise<readonly ArrayPiece[]> {
    if (this.#regions.size === 0 && waiting.length === 0) return Promise.resolve(contiguousPieces(first, size))
    const rows = Array.from({ length: size }, (_, at) => first + at)
    const copies = new Map(waiting.flatMap((group) => group.rows.map((row) => [row, group.copies] as const)))
    return piecesForRows(ports, this.#config.home ?? NO_HOME, rows, (row) => {
      const [queueRegion, waitsFor] = [this.#regions.get(row), copies.get(row)]
      return { ...(queueRegion === undefined ? {} : { queueRegion }), ...(waitsFor === undefined ? {} : { waitsFor }) }
    })
  }
}
