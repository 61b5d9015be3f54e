import type { Config, Settings } from "./config.ts"
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
