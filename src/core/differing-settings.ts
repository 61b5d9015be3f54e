// Settings of rows as a manifest's columns name them, to show what differs between rows.
import type { JobSpec } from "./job-spec.ts"

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
  for (const [name, text] of Object.entries(spec.environment)) settings[`env.${name}`] = text
  for (const channel of spec.channels) settings[`channel.${channel.name}`] = channel.uri
  return settings
}

/** Names of the settings that are not the same in all rows (missing in some counts), in the order of `comparedSettings`. */
export function createDifference(): {
  readonly add: (settings: SettingValues) => void
  readonly names: () => string[]
} {
  const first = new Map<string, string>()
  const differing = new Set<string>()
  const order = new Set<string>()
  let rows = 0
  return {
    add(settings) {
      for (const [name, value] of Object.entries(settings)) {
        if (!order.has(name)) {
          order.add(name)
          first.set(name, value)
          if (rows > 0) differing.add(name)
        } else if (first.get(name) !== value) {
          differing.add(name)
        }
      }
      for (const name of order) if (!(name in settings)) differing.add(name)
      rows += 1
    },
    names: () => [...order].filter((name) => differing.has(name)),
  }
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
      return { framework: `${spec.trains.name}:${spec.trains.version}`, ...program }
    default:
      return spec.trains satisfies never
  }
}
