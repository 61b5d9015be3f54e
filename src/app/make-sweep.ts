// A search space to the rows of a manifest: drawn, crossed with another manifest, spread over regions. It writes nothing, and
// asks an account only for quotas.
import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import { folderOf, resolvePath } from "../core/paths.ts"
import { drawPoints } from "../core/sweep/draw-points.ts"
import type { SpaceOverrides } from "../core/sweep/read-space.ts"
import { MOST_ROWS } from "../core/sweep/space-schema.ts"
import { type SweepRow, sweepColumns, sweepRows, sweepSize } from "../core/sweep/sweep-rows.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { QuotaBook } from "../ports/quota-book.ts"
import { loadSpace, wrongSpace } from "./load-space.ts"
import { readCrossed } from "./read-crossed.ts"
import { RowSpreader } from "./spread-over-regions.ts"

export interface SweepPorts extends Pick<OpenPorts, "files"> {
  /** Called only where rows are spread. Missing: no account is asked, and only limits of the configuration are known. */
  readonly quotas?: () => Promise<QuotaBook>
  /** Where what trains now is counted, opened as late; missing or null: nothing does. */
  readonly table?: () => Promise<Pick<OpenPorts["table"], "live"> | null>
}

export interface Sweep {
  readonly columns: readonly string[]
  readonly size: number
  readonly rows: readonly SweepRow[]
  /** What a person should know: points that constraints took away, regions that had equal shares. */
  readonly notes: readonly string[]
}

/** Errors: `unsupported` where points are chosen by results; `notFound`, `invalid` with every problem of the space or of the crossed manifest, `denied`, `unavailable`. */
export async function makeSweep(
  ports: SweepPorts,
  config: Config,
  file: string,
  overrides: SpaceOverrides,
): Promise<Sweep> {
  const { space, lineOf } = await loadSpace(ports, file, overrides)
  if (space.search !== null)
    throw new RegattaError("unsupported", `${space.method} chooses rows by results: there is no manifest of it`, {
      hint: "`regatta sweep SPACE --submit` makes a run that grows; or choose grid, random, sobol or latin-hypercube with --method",
      fields: { path: file },
    })
  const crossed =
    space.cross === null ? null : await readCrossed(ports, resolvePath(folderOf(file), space.cross), space)
  const drawn = drawPoints(space)
  const problem = (key: string, message: string) =>
    wrongSpace(file, [{ severity: "error", file, line: lineOf(key), column: key, value: null, message }])
  if (!drawn.ok) throw problem(drawn.key, drawn.message)
  const { points, refused, repeated } = drawn
  const size = sweepSize(space, points.length, crossed)
  if (size > MOST_ROWS) {
    const made = `${points.length} points × ${crossed?.rows.length ?? 1} crossed rows × ${space.repeats} repeats`
    throw problem("parameters", `${made} are more than the ${MOST_ROWS.toLocaleString("en-US")} rows of a manifest`)
  }
  const spreader = new RowSpreader(ports, config, space)
  await spreader.learn(points)
  const rows = [...sweepRows(space, points, crossed, (cells) => spreader.regionOf(cells))]
  const isFewer = space.samples !== null && points.length < space.samples
  const lost = isFewer
    ? [
        `${points.length} of ${space.samples} points: ${refused} did not meet the constraints, ${repeated} were there already`,
      ]
    : []
  return { columns: sweepColumns(space, crossed), size, rows, notes: [...lost, ...spreader.notes()] }
}
