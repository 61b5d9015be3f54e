// The record of a run: its pinned parts, its arrays, and what people ordered.
// What became of its rows does not stand here.

import type { AfterStep } from "../after/after-step.ts"
import type { Instant, RunId, Uri } from "../ids.ts"
import type { NotifySettings } from "../notice/notice.ts"
import type { PlannedCopy } from "../placement/planned-copy.ts"
import type { RunSearch } from "./run-search.ts"

/** An object as it was when it was pinned: a read of other bytes is refused by `etag`. */
export interface ObjectRef {
  readonly uri: Uri
  readonly region: string
  readonly etag: string
  readonly bytes: number
}

/** Whole pieces of rows of one run, pinned together; a growing sweep appends one per round. */
export interface Part {
  /** One JSON line per row (job-spec.ts). */
  readonly rows: ObjectRef
  /** `size + 1` big-endian 8-byte offsets into `rows`. */
  readonly index: ObjectRef
  readonly size: number
}

/** An array job (or a plain job) of this run. `id` is null between the claim on the slice and the queue's answer. */
export interface ArrayRecord {
  /** Name given to the queue; an array of this name is adopted, never submitted twice. */
  readonly name: string
  readonly id: string | null
  readonly size: number
  /** Row of child 0, or the row list that names each child's row. */
  readonly first: number | ObjectRef
  /** With a queue per region: the region of its rows, whose queue carries it. Missing: the home region's queue. */
  readonly queueRegion?: string
  /** Keys of the copies (`copyKey`) that must be done before it is submitted. Missing: none. */
  readonly waitsFor?: readonly string[]
  /** Held by the submitter that is asking the queue; null when nobody is. */
  readonly claim: { readonly by: string; readonly until: Instant } | null
}

/** A person's will over rows of a run: inclusive ranges, or all. A later order wins over an earlier one for the rows of both. */
export interface Order {
  readonly kind: "stop" | "retry"
  readonly rows: "all" | readonly (readonly [from: number, to: number])[]
  readonly at: Instant
  readonly by: string
}

/**
 * Owner of a run whose array somebody gave to Batch by hand: no job of Batch says who that was, and the role of the worker that
 * made the run's record is nobody. Such a run is shown to everyone, and whoever changes it is asked first.
 */
export const BATCH_OWNER = "batch"

export type PlatformName = "local" | "aws" | "simulated"
export type FollowMode = "attached" | "detached"

/** What a worker or follower needs to know of `local`, pinned with the run so that neither needs a regatta.yaml. */
export interface LocalSettings {
  /** Whether `requirements.txt` is installed before training. */
  readonly install: boolean
  /** Command line by algorithm name, e.g. `{"xgboost": ["python3", "…/xgboost_stand_in.py"]}`. */
  readonly algorithms: Readonly<Record<string, readonly string[]>>
  /** Command line of the server of a model by what trained it (an algorithm, a framework, or `image`). Missing: none is set. */
  readonly serving?: Readonly<Record<string, readonly string[]>>
  /** Workers at once in all, and in each region. */
  readonly parallel: number
  readonly parallelPerRegion: number
  /** Seconds between SIGTERM and SIGKILL of a stopped trainer (SageMaker gives 120). */
  readonly stopGraceSeconds: number
}

/** A copy for rows of a run; how far it is stands in the run's tasks (copy-record.ts). */
export interface RunCopy extends PlannedCopy {
  readonly usd: number
}

/** The record of a run: written once, amended by version. */
export interface RunRecord {
  readonly run: RunId
  readonly version: number
  /** Version of the table's layout that made the run; a writer that knows only an older one refuses. */
  readonly schema: number
  readonly name: string
  /** Owner: the caller's ARN; on local the user; BATCH_OWNER where nobody knows. */
  readonly createdBy: string
  readonly createdAt: Instant
  readonly on: PlatformName
  readonly follow: FollowMode
  readonly manifest: {
    readonly file: string
    readonly sha256: string
    /** The array file as it was, of a run that its first child made: changed since, no further row is begun. */
    readonly object?: ObjectRef
  }
  readonly parts: readonly Part[]
  readonly arrays: readonly ArrayRecord[]
  readonly orders: readonly Order[]
  readonly budgetUsd: number | null
  /** When `limit` last raised the budget: rows that were turned away for money before try again at once. Missing: never. */
  readonly budgetRaisedAt?: Instant
  /** Whether a row of unknown price may start although the run has a budget. */
  readonly allowUnknownPrice: boolean
  /** Most instances at once by place key (place.ts); a place that is missing has no known limit and is not counted. */
  readonly limits: Readonly<Record<string, number>>
  /** USD per instance-hour by `region/instance_type`, as stored in the plan. */
  readonly prices: Readonly<Record<string, number>>
  /** Median wall seconds of earlier runs of the name, as they were at the submission: estimates of rows that say nothing. Missing: not known. */
  readonly earlierRuntimeSeconds?: number
  /** Folder by bucket or prefix, for `s3://` inputs on local. */
  readonly storageMap: Readonly<Record<string, string>>
  readonly local: LocalSettings | null
  /** Data that is copied for its rows, and what each copy was estimated to cost. Missing: none. */
  readonly copies?: readonly RunCopy[]
  /** Which firing of which schedule made it; missing: somebody submitted it. */
  readonly firing?: { readonly schedule: string; readonly at: Instant }
  /** Indexes of the pinned rows, in their order, of a run that carries only some rows of its manifest (`run-row`); null: all, from 0. */
  readonly only: readonly number[] | null
  /** What is done with its rows once all are final. Missing: nothing. */
  readonly after?: readonly AfterStep[]
  /** Who is told of it, and of what. Missing: nobody. */
  readonly notify?: NotifySettings
  /** When failed and stopped steps were last ordered anew. Missing: never. */
  readonly afterRetriedAt?: Instant
  /** What appends a part per round to the run. Missing: the run does not grow. */
  readonly search?: RunSearch
}

/** Rows of the run: the sum over its parts. */
export function runSize(run: Pick<RunRecord, "parts">): number {
  return run.parts.reduce((sum, part) => sum + part.size, 0)
}

/** Where a row stands among the pinned rows, from 0; null: the run has no such row. */
export function positionOf(run: Pick<RunRecord, "parts" | "only">, index: number): number | null {
  const position = run.only === null ? index : run.only.indexOf(index)
  return Number.isInteger(position) && position >= 0 && position < runSize(run) ? position : null
}

/** The newest order that covers the row, or null. */
export function orderFor(run: Pick<RunRecord, "orders">, index: number): Order | null {
  let newest: Order | null = null
  for (const order of run.orders) {
    if (covers(order, index) && (newest === null || order.at >= newest.at)) newest = order
  }
  return newest
}

/** How many retry orders cover the row. */
export function retriesFor(run: Pick<RunRecord, "orders">, index: number): number {
  return run.orders.filter((order) => order.kind === "retry" && covers(order, index)).length
}

function covers(order: Order, index: number): boolean {
  return order.rows === "all" || order.rows.some(([from, to]) => from <= index && index <= to)
}
