import type { Instant } from "../../core/ids.ts"
import type { ModelledJob } from "./modelled-job.ts"

/** The jobs of one region in the order in which they last changed: what changed lately is found without looking at all that ever were. */
export class ChangeLog {
  readonly #entries: { readonly at: Instant; readonly job: ModelledJob }[] = []

  /** To be told of each change, in the order of time. */
  add(job: ModelledJob): void {
    this.#entries.push({ at: job.history.modifiedAt, job })
  }

  /** Each job once that changed at that time or later. */
  since(time: Instant): Set<ModelledJob> {
    const found = new Set<ModelledJob>()
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]
      if (entry === undefined || entry.at < time) break
      found.add(entry.job)
    }
    return found
  }
}
