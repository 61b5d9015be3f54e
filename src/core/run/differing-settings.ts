// Settings of rows as a manifest's columns name them, to show what differs between rows.
import type { JobSpec } from "../job/job-spec.ts"
import { maskedEnvironment } from "../manifest/secrets.ts"

export type SettingValues = Readonly<Record<string, string>>

/** What a person would compare of a row: everything that was chosen for it, nothing that is derived from its place in the run. */
export function comparedSettings(spec: JobSpec): SettingValues {
  const [place] = spec.places
  const settings: Record<string, string> = {}
  for (const [name, text] of Object.entries(spec.hyperparameters)) settings[`hp.${name}`] = text
  for (const channel of spec.channels) {
    settings[`channel.${channel.name}.distribution`] = channel.distribution
    settings[`channel.${channel.name}.input_mode`] = channel.inputMode
  }
  settings["distribution"] = spec.distribution.kind
  if (spec.distribution.kind === "mpi") {
    settings["mpi.processes_per_host"] = String(spec.distribution.processesPerHost ?? "")
  }
  settings["instance_type"] = place.instanceType
  settings["instance_count"] = String(place.instances)
  settings["spot"] = String(place.spot)
  Object.assign(settings, trainsSettings(spec))
  settings["region"] = spec.region
  for (const [name, text] of Object.entries(maskedEnvironment(spec.environment))) settings[`env.${name}`] = text
  for (const channel of spec.channels) settings[`channel.${channel.name}`] = channel.uri
  return settings
}

/**
 * Gathers, row by row, which settings are not the same in all rows (missing in some counts). What is the same in all rows of
 * a region, other than a hyperparameter, says no more than the region: a bucket or a registry of its own.
 */
export interface Difference {
  add(settings: SettingValues): void
  /** In the order of `comparedSettings`. */
  names(): readonly string[]
}

export function createDifference(): Difference {
  const seen = new Map<string, SeenSetting>()
  let rows = 0
  return {
    add(settings) {
      for (const [name, value] of Object.entries(settings)) {
        const setting = seen.get(name) ?? { first: value, rows: 0, isSame: true, byRegion: new Map() }
        seen.set(name, setting)
        look(setting, value, settings["region"] ?? "")
      }
      rows += 1
    },
    names() {
      const differing = [...seen].filter(([, setting]) => !setting.isSame || setting.rows < rows)
      return differing.filter(([name, setting]) => !saysOnlyRegion(name, setting, rows)).map(([name]) => name)
    },
  }
}

interface SeenSetting {
  readonly first: string
  rows: number
  isSame: boolean
  /** null: differs within some region. */
  byRegion: Map<string, string> | null
}

function look(setting: SeenSetting, value: string, region: string): void {
  setting.rows += 1
  setting.isSame &&= value === setting.first
  if (setting.byRegion === null) return
  if ((setting.byRegion.get(region) ?? value) === value) setting.byRegion.set(region, value)
  else setting.byRegion = null
}

function saysOnlyRegion(name: string, setting: SeenSetting, rows: number): boolean {
  return name !== "region" && !name.startsWith("hp.") && setting.rows === rows && setting.byRegion !== null
}

function trainsSettings(spec: JobSpec): SettingValues {
  const program: SettingValues = spec.program === null ? {} : { entry_point: spec.program.entryPoint }
  switch (spec.trains.kind) {
    case "image":
      return { image: spec.trains.image, ...program }
    case "algorithm":
      return {
        algorithm: [spec.trains.name, spec.trains.version].filter((part) => part !== null).join(":"),
        ...program,
      }
    case "framework":
      return {
        framework: `${spec.trains.name}:${spec.trains.version}`,
        ...(spec.trains.transformers === undefined ? {} : { transformers: spec.trains.transformers }),
        ...program,
      }
    default:
      return spec.trains satisfies never
  }
}
