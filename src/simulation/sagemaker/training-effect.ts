import type { TrainingRequest } from "./training-request.ts"

/**
 * What a driver is to do when jobs are trained outside of the model. `pass` tells the tries of one job apart: 1, then one more
 * after each interruption. `stopTraining` is SIGTERM, and `killTraining` SIGKILL for what is left of that pass.
 */
export type TrainingEffect =
  | {
      readonly kind: "train"
      readonly region: string
      readonly job: string
      readonly pass: number
      readonly request: TrainingRequest
    }
  | {
      readonly kind: "stopTraining" | "killTraining"
      readonly region: string
      readonly job: string
      readonly pass: number
    }

/** How a pass ended outside. A report of an earlier pass than the present one is dropped. */
export interface TrainingOutcome {
  readonly pass: number
  readonly exitCode: number
  /** The whole FailureReason (`ClientError: …`); null: told from the exit code. */
  readonly failure: string | null
  /** Objects below `<output>/<job>/output/`: `model.tar.gz`, `output.tar.gz`, `model/…`. */
  readonly uploads: readonly { readonly name: string; readonly bytes: Uint8Array }[]
  /** Seconds of Uploading; missing: the course's. */
  readonly uploadingSeconds?: number
}
