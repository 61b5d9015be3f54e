/** `batch` of regatta.yaml. */
export interface BatchSettings {
  readonly queue?: string | Readonly<Record<string, string>> | undefined
  readonly job_definition?: string | undefined
  readonly image?: string | undefined
  readonly job_role?: string | undefined
  readonly execution_role?: string | undefined
  readonly vcpu?: number | undefined
  readonly memory_mib?: number | undefined
}
