import type { WatchMoment } from "../app/watch-run.ts"
import type { Shell } from "../ports/world.ts"

/**
 * A line for each change of a row; and `{"version", "at", "trouble", "silentRegions"}` when what the services do not answer
 * changes: a program must be able to tell a row that does not change from one of which nothing is heard. `trouble` null: all answer again.
 */
export function linePrinter({ out }: Pick<Shell, "out">): (moment: WatchMoment) => void {
  let told: string | null = null
  return ({ at, changed, trouble, silentRegions }) => {
    for (const row of changed) out(`${JSON.stringify(row)}\n`)
    if (trouble === told) return
    told = trouble
    out(`${JSON.stringify({ version: 1, at: new Date(at).toISOString(), trouble, silentRegions })}\n`)
  }
}
