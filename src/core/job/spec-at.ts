import type { JobSpec } from "./job-spec.ts"

/** The row as it is launched in a region: its own settings, or those pinned for a fallback elsewhere (`JobSpec.elsewhere`). */
export function specAt(spec: JobSpec, region: string): JobSpec {
  if (region === spec.region) return spec
  const other =
    spec.elsewhere !== undefined && Object.hasOwn(spec.elsewhere, region) ? spec.elsewhere[region] : undefined
  return { ...spec, ...other, region }
}
