// Rules between the rows of one manifest, kept up row by row in bounded memory: only hashes, regions and counts are remembered.
// It judges no row by itself.
import type { JobSpec } from "../job/job-spec.ts"
import { partitionOf } from "./regions.ts"
import type { Given, RowSettings } from "./row-settings.ts"
import { SeenTexts } from "./text-hash.ts"

export interface TogetherFinding {
  readonly severity: "error" | "warning"
  readonly column: string
  readonly message: string
}

/** Settings that belong to one region. */
const REGIONAL = ["kms_key", "volume_kms_key", "vpc.subnets", "vpc.security_groups"]

export class RowsTogether {
  readonly #checkpoints = new SeenTexts()
  readonly #rows = new SeenTexts()
  readonly #regions = new Map<string, { readonly given: Given; readonly regions: Set<string> }>()
  #first: { readonly region: string; readonly line: number } | null = null

  /** @param cells the row's own cells, all of them, in the order of the header. */
  add(
    line: number,
    region: string,
    given: RowSettings,
    spec: JobSpec | null,
    cells: readonly string[],
  ): readonly TogetherFinding[] {
    this.#noteDefaults(region, given)
    return [
      ...this.#partition(line, region),
      ...(spec === null ? [] : this.#checkpoint(line, spec)),
      ...this.#alike(line, cells),
    ]
  }

  /** Settings of `defaults` that belong to one region, while rows in several have them. */
  sharedDefaults(): readonly { readonly given: Given; readonly regions: readonly string[] }[] {
    return [...this.#regions.values()]
      .filter(({ regions }) => regions.size > 1)
      .map(({ given, regions }) => ({ given, regions: [...regions].toSorted() }))
  }

  #partition(line: number, region: string): readonly TogetherFinding[] {
    this.#first ??= { region, line }
    const [first, own] = [partitionOf(this.#first.region), partitionOf(region)]
    if (first === own) return []
    const message = `${region} is in partition ${own} and the first row in ${first}: credentials do not cross partitions, so each needs a manifest of its own`
    return [{ severity: "error", column: "region", message }]
  }

  #checkpoint(line: number, { checkpoint, index, output }: JobSpec): readonly TogetherFinding[] {
    // The default one has the row's number in it.
    if (checkpoint === null || checkpoint.shared || checkpoint.uri === `${output}{run}/${index}/checkpoints/`) return []
    const other = this.#checkpoints.add(checkpoint.uri.replace(/\/+$/, ""), line)
    if (other === null) return []
    const message = `line ${other} has the same checkpoint, ${checkpoint.uri}: write {row} in it, or set checkpoint_shared to true`
    return [{ severity: "error", column: "checkpoint", message }]
  }

  #alike(line: number, cells: readonly string[]): readonly TogetherFinding[] {
    const other = this.#rows.add(cells.join("\0"), line)
    if (other === null) return []
    return [{ severity: "warning", column: "", message: `this row is like line ${other} in every setting` }]
  }

  #noteDefaults(region: string, given: RowSettings): void {
    for (const column of REGIONAL) {
      const setting = given.get(column)
      if (setting?.key?.startsWith("defaults.") !== true || setting.text.includes("{region}")) continue
      const noted = this.#regions.get(column) ?? { given: setting, regions: new Set<string>() }
      noted.regions.add(region)
      this.#regions.set(column, noted)
    }
  }
}
