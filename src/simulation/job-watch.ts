import type { JobName } from "../core/ids.ts"
import { parseJobName } from "../core/run/names.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Invariants } from "./invariants.ts"
import type { NetworkRequest } from "./modelled-network.ts"
import type { ModelledJob } from "./sagemaker/modelled-job.ts"

/** Hyperparameter in which a planned row says what it is. */
export const PLANNED = "planned"

/** Tells the invariants of every create that is signed and of every training job that begins, by what their requests say. */
export class JobWatch {
  readonly #run: RunRecord
  readonly #invariants: Invariants
  readonly #planned: (row: number) => string | null

  constructor(run: RunRecord, invariants: Invariants, planned: (row: number) => string | null) {
    this.#run = run
    this.#invariants = invariants
    this.#planned = planned
  }

  onSigned({ operation, input }: NetworkRequest): void {
    if (operation !== "CreateTrainingJob") return
    const name = String(input["TrainingJobName"]) as JobName
    const row = parseJobName(name)?.row
    if (row !== undefined) this.#invariants.onSigned(name, row)
  }

  /** A stranger's job has none of our tags. */
  onCreated(job: ModelledJob): void {
    const tag = (key: string) => job.tags.find(({ Key }) => Key === key)?.Value
    const row = Number(tag("regatta:row"))
    if (tag("regatta:run") !== this.#run.run) return
    this.#invariants.onCreated(row, job)
    const planned = this.#planned(row)
    const told = job.request.HyperParameters?.[PLANNED] ?? null
    if (planned !== null && told !== planned) this.#invariants.onOtherBytes(row, job.name, planned, told)
  }
}
