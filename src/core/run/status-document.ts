import type { StepRow } from "../after/step-rows.ts"
import type { RowStatus } from "../decision/row.ts"
import type { NoticeEvent } from "../notice/notice.ts"
import type { SpotSaving } from "./cost-report.ts"
import type { PlatformName } from "./run.ts"
import type { SearchSummary } from "./search-summary.ts"

/** JSON of `status RUN -o json` (product.md); versioned and stable. Times are ISO 8601 UTC. */
export interface StatusDocument {
  readonly version: 1
  readonly run: {
    readonly id: string
    readonly name: string
    readonly owner: string
    readonly on: PlatformName
    readonly status: "active" | "stopping" | "ended"
    readonly size: number
    readonly createdAt: string
    /** When the data was last refreshed from the services. */
    readonly observedAt: string
    /** The pinned rows of the first part; `parts`: of all of them in their order, of a run that grows. */
    readonly manifest: { readonly uri: string; readonly sha256: string; readonly parts?: readonly PinnedPart[] }
  }
  readonly counts: Readonly<Record<RowStatus, number>>
  readonly cost: {
    readonly estimatedUsd: number | null
    readonly actualUsd: number | null
    /** No further row starts beyond it; null: none. */
    readonly budgetUsd: number | null
    /** USD per hour of what has machines now, at on-demand prices: Spot costs less. null: a price is unknown. */
    readonly burnUsdPerHour: number | null
    /** What Spot saved against the same seconds on demand; null: no attempt was on Spot. */
    readonly spot: SpotSaving | null
  }
  /** Most instances at once by place (`region/instance_type`, `…/spot`); a place without a limit is missing. */
  readonly limits: Readonly<Record<string, number>>
  /** The search that adds rows to the run; missing: there is none. */
  readonly search?: SearchSummary
  readonly rows: readonly StatusRow[]
  /** Steps after the run, one line for each row of each; missing: it has none. They are no part of the run's status, which is that of its rows. */
  readonly after?: readonly StepRow[]
  /** What people were told of it, or not; missing: nobody is to be told. */
  readonly notices?: readonly StatusNotice[]
}

/** Rows that were pinned together: JSON Lines and their SHA-256. */
export interface PinnedPart {
  readonly uri: string
  readonly sha256: string
  readonly rows: number
}

export interface StatusNotice {
  readonly event: NoticeEvent
  readonly status: "sending" | "sent" | "failed"
  /** By channel: "sent", or why not. */
  readonly channels: Readonly<Record<string, string>>
  readonly at: string
}

export interface StatusRow {
  readonly index: number
  /** Of a search: the configuration, from 0, and how far up it is; missing: the run has no search. */
  readonly trial?: number
  readonly rung?: number
  readonly name: string | null
  readonly region: string
  readonly status: RowStatus
  readonly phase: string | null
  readonly attempt: number | null
  readonly trainingJob: string | null
  readonly reason: string | null
  readonly instanceType: string
  readonly instanceCount: number
  readonly hyperparameters: Readonly<Record<string, string | number | boolean | null>>
  readonly metrics: Readonly<Record<string, number>>
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Instance-seconds over all attempts; null where the service has not said. */
  readonly billableSeconds: number | null
  readonly costUsd: number | null
  readonly artifact: string | null
}
