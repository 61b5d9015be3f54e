import type { JobSpec, RegionalSettings } from "./job-spec.ts"

/**
 * The pinned line of a row, without its end: JSON whose members stand in the order of `JobSpec` and whose records (by name)
 * are sorted, so that rows of equal content are equal bytes, whatever the order of the manifest's columns.
 */
export function serializeSpec(spec: JobSpec): string {
  const line: Record<keyof JobSpec, unknown> = {
    version: spec.version,
    index: spec.index,
    name: spec.name,
    region: spec.region,
    trains: spec.trains,
    program: spec.program,
    hyperparameters: sorted(spec.hyperparameters),
    environment: sorted(spec.environment),
    tags: sorted(spec.tags),
    channels: spec.channels,
    volumeGb: spec.volumeGb,
    maxRuntimeSeconds: spec.maxRuntimeSeconds,
    distribution: spec.distribution,
    maxWaitSeconds: spec.maxWaitSeconds,
    checkpoint: spec.checkpoint,
    metrics: sorted(spec.metrics),
    role: spec.role,
    output: spec.output,
    vpc: spec.vpc,
    kmsKey: spec.kmsKey,
    volumeKmsKey: spec.volumeKmsKey,
    maxAttempts: spec.maxAttempts,
    maxWaitingSeconds: spec.maxWaitingSeconds,
    places: spec.places,
    priority: spec.priority,
    expectedRuntimeSeconds: spec.expectedRuntimeSeconds,
    // Left out where it is not set, so that rows without it keep their bytes.
    service: spec.service,
    copiedFrom: spec.copiedFrom === undefined ? undefined : sorted(spec.copiedFrom),
    elsewhere: spec.elsewhere === undefined ? undefined : regional(spec.elsewhere),
  }
  return JSON.stringify(line)
}

const RECORDS = ["hyperparameters", "environment", "tags"] as const

/** Regions and the records of each sorted; the other members come in the order in which `resolveElsewhere` sets them. */
function regional(elsewhere: NonNullable<JobSpec["elsewhere"]>): Record<string, RegionalSettings> {
  const regions = Object.entries(elsewhere).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    regions.map(([region, settings]) => {
      const records = RECORDS.flatMap((name) => {
        const record = settings[name]
        return record === undefined ? [] : [[name, sorted(record)] as const]
      })
      return [region, { ...settings, ...Object.fromEntries(records) }]
    }),
  )
}

/** An array of pairs would be read back as another type; a null prototype keeps a name such as `__proto__` a name. */
function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  const result = Object.create(null) as Record<string, string>
  for (const name of Object.keys(record).toSorted()) result[name] = record[name] ?? ""
  return result
}
