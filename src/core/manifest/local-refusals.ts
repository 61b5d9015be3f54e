import type { JobSpec } from "../job/job-spec.ts"
import type { LocalSettings } from "../run/run.ts"
import { isFileSystem } from "./service-rules.ts"

/** Why a row cannot run on `local`: the column to mend and what is allowed there. */
export interface LocalRefusal {
  readonly column: string
  readonly message: string
}

const PROGRAM_SUFFIXES = [".py", ".mjs", ".js", ".ts", ".sh"]

/** All that keeps a row from running on this machine, as far as the row and the settings tell; empty: it can. */
export function localRefusals(spec: JobSpec, local: Pick<LocalSettings, "algorithms">): readonly LocalRefusal[] {
  return [
    ...programRefusals(spec, local),
    ...distributionRefusals(spec),
    ...channelRefusals(spec),
    ...metricRefusals(spec),
  ]
}

/** The command that stands in for a built-in algorithm: that of `name:version`, else of `name`; null: none is set. */
export function algorithmCommand(
  trains: JobSpec["trains"],
  local: Pick<LocalSettings, "algorithms">,
): readonly [string, ...string[]] | null {
  if (trains.kind !== "algorithm") return null
  const command = local.algorithms[`${trains.name}:${trains.version}`] ?? local.algorithms[trains.name]
  const [first, ...rest] = command ?? []
  return first === undefined ? null : [first, ...rest]
}

function programRefusals(spec: JobSpec, local: Pick<LocalSettings, "algorithms">): readonly LocalRefusal[] {
  const { program, trains } = spec
  if (program !== null) {
    if (PROGRAM_SUFFIXES.some((suffix) => program.entryPoint.endsWith(suffix))) return []
    const message = `on local an entry point ends in ${PROGRAM_SUFFIXES.join(", ")}`
    return [{ column: "entry_point", message: `${message}; got "${program.entryPoint}"` }]
  }
  switch (trains.kind) {
    case "algorithm":
      if (algorithmCommand(trains, local) !== null) return []
      return [
        { column: "algorithm", message: `no command for "${trains.name}" under local.algorithms in regatta.yaml` },
      ]
    case "image":
      return [{ column: "image", message: "an image alone does not run on local yet: give an entry_point beside it" }]
    case "framework":
      return [{ column: "framework", message: "a framework needs an entry_point" }]
    default:
      return trains satisfies never
  }
}

function distributionRefusals({ distribution, program, service }: JobSpec): readonly LocalRefusal[] {
  if (service?.instanceGroups !== undefined)
    return [
      { column: "instance_groups", message: "on local all hosts are alike: set instance_type and instance_count" },
    ]
  if (distribution.kind !== "none" && distribution.kind !== "mpi") {
    const message = `"${distribution.kind}" does not run on local; allowed there: none, mpi`
    return [{ column: "distribution", message }]
  }
  if (distribution.kind === "mpi" && program === null) {
    return [{ column: "distribution", message: "mpi needs an entry_point" }]
  }
  return []
}

function channelRefusals(spec: JobSpec): readonly LocalRefusal[] {
  return spec.channels.flatMap((channel) => {
    const refusal = (part: string, value: string, allowed: string) => ({
      column: `channel.${channel.name}.${part}`,
      message: `"${value}" does not run on local; allowed there: ${allowed}`,
    })
    return [
      ...(isFileSystem(channel)
        ? [{ column: `channel.${channel.name}`, message: "a file system of a VPC cannot be mounted on local" }]
        : []),
      ...(channel.inputMode === "Pipe" ? [refusal("input_mode", "Pipe", "File, FastFile")] : []),
      ...(channel.dataType === "AugmentedManifestFile"
        ? [refusal("data_type", "AugmentedManifestFile", "S3Prefix, ManifestFile")]
        : []),
      ...(channel.compression === "Gzip" ? [refusal("compression", "Gzip", "None")] : []),
      ...(channel.recordWrapper === "RecordIO" ? [refusal("record_wrapper", "RecordIO", "None")] : []),
    ]
  })
}

function metricRefusals(spec: JobSpec): readonly LocalRefusal[] {
  return Object.entries(spec.metrics).flatMap(([name, pattern]) => {
    try {
      new RegExp(pattern)
      return []
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      return [{ column: `metric.${name}`, message: `not a regular expression: ${cause}` }]
    }
  })
}
