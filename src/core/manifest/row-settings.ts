import type { Config, Settings } from "../config/config.ts"
import type { ColumnRef } from "./find-column.ts"
import { findColumn } from "./find-column.ts"

/** A text given for a column, and where. */
export interface Given {
  readonly column: ColumnRef
  readonly text: string
  /** Dotted key of regatta.yaml; null: a cell. */
  readonly key: string | null
  /** The column's name as written there. */
  readonly header: string
}

/** What is given for one row, by the column's one name. A cell wins over the region's settings, and they over `defaults`. */
export type RowSettings = ReadonlyMap<string, Given>

/** Settings of regatta.yaml by region: `defaults` with the region's own over them. */
export interface SettingLayers {
  of(region: string): RowSettings
  /** Region of rows that name none; null: `defaults` has none. */
  readonly defaultRegion: string | null
}

export function settingLayers(config: Pick<Config, "defaults" | "regions">): SettingLayers {
  const defaults = layer(config.defaults, "defaults")
  const merged = new Map<string, RowSettings>()
  return {
    of(region) {
      const own = Object.hasOwn(config.regions, region) ? config.regions[region] : undefined
      if (own === undefined) return defaults
      const known = merged.get(region) ?? new Map([...defaults, ...layer(own, `regions.${region}`)])
      merged.set(region, known)
      return known
    },
    defaultRegion: defaults.get("region")?.text ?? null,
  }
}

/** What an algorithm brings itself. */
const BROUGHT = ["image", "framework", "transformers", "python", "entry_point", "source_dir", "dependencies"]

/**
 * An algorithm and what it brings itself exclude each other: where they are given at different levels, the stronger one
 * stands alone, so that a cell may name an algorithm although `defaults` name an image. At one level both stay, for `plan` to refuse.
 */
export function withoutOverruled(given: RowSettings): RowSettings {
  const algorithm = given.get("algorithm")
  if (algorithm === undefined) return given
  const others = BROUGHT.flatMap((column) => given.get(column) ?? [])
  const strongest = Math.max(-1, ...others.map(level))
  const own = level(algorithm)
  const dropped = strongest > own ? [algorithm] : others.filter((each) => level(each) < own)
  if (dropped.length === 0) return given
  const rest = new Map(given)
  for (const each of dropped) rest.delete(each.column.name)
  return rest
}

function level({ key }: Given): number {
  if (key === null) return 2
  return key.startsWith("regions.") ? 1 : 0
}

function layer(settings: Settings, under: string): RowSettings {
  const given = new Map<string, Given>()
  for (const [header, text] of Object.entries(settings)) {
    const found = findColumn(header)
    if (found.ok && text !== "") {
      given.set(found.column.name, { column: found.column, text, key: `${under}.${header}`, header })
    }
  }
  return given
}
