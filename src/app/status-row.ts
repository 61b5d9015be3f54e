// What a reader is shown of one row: its pinned settings joined with what the table holds of it.

import { type EstimateSources, estimateUsd } from "../core/decision/policy.ts"
import type { Attempt, EndedAttempt, RowState, RowView } from "../core/decision/row.ts"
import { isFinal, liveAttempt, wasRefused } from "../core/decision/row.ts"
import type { Instant } from "../core/ids.ts"
import { costUsd } from "../core/job/cost.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { RunRecord } from "../core/run/run.ts"
import { orderFor } from "../core/run/run.ts"
import type { StatusRow } from "../core/run/status-document.ts"

const AGAIN = "; tried again at "

/** The reason without the time of the next try, which moves with every try. */
export function lastingReason({ reason }: Pick<StatusRow, "reason">): string | null {
  const at = reason?.lastIndexOf(AGAIN) ?? -1
  return at < 0 ? reason : (reason?.slice(0, at) ?? null)
}

/** What readers keep of a pinned row: they may hold 100,000 of them. */
export interface RowFacts {
  readonly index: number
  readonly name: string | null
  readonly region: string
  readonly instanceType: string
  readonly instanceCount: number
  readonly hyperparameters: StatusRow["hyperparameters"]
  /** Estimate of one attempt; null: unknown price. */
  readonly estimatedUsd: number | null
}

export function rowFacts(run: EstimateSources, spec: JobSpec): RowFacts {
  const [place] = spec.places
  return {
    index: spec.index,
    name: spec.name,
    region: spec.region,
    instanceType: place.instanceType,
    instanceCount: place.instances,
    hyperparameters: Object.fromEntries(
      Object.entries(spec.hyperparameters).map(([name, text]) => [name, scalar(text)]),
    ),
    estimatedUsd: estimateUsd(run, spec, place),
  }
}

/** `view` null: the table has no record of the row. */
export function statusRow(run: Pick<RunRecord, "orders" | "prices">, facts: RowFacts, view: RowView | null): StatusRow {
  const state: RowState = view?.record.state ?? { status: "pending" }
  const isStoppedUnseen = state.status === "pending" && orderFor(run, facts.index)?.kind === "stop"
  const live = liveAttempt(state)
  const last = view?.ended.at(-1) ?? null
  const attempt: Attempt | null = live ?? last?.attempt ?? null
  const noted = view?.noted?.jobName === attempt?.jobName ? (view?.noted ?? null) : null
  return {
    index: facts.index,
    name: facts.name,
    region: attempt?.held.place.region ?? facts.region,
    status: isStoppedUnseen ? "stopped" : state.status,
    phase: phaseOf(state, noted?.raw ?? ""),
    attempt: attempt?.number ?? null,
    trainingJob: live === null && last !== null && wasRefused(last) ? null : (attempt?.jobName ?? null),
    reason: isStoppedUnseen ? "the run was stopped before this row began" : reasonOf(state),
    instanceType: attempt?.held.place.instanceType ?? facts.instanceType,
    instanceCount: attempt?.held.place.instances ?? facts.instanceCount,
    hyperparameters: facts.hyperparameters,
    metrics: metricsOf(live === null ? last : null, noted?.metrics ?? null),
    startedAt: isoTime(live === null ? (last?.end.startedAt ?? null) : (noted?.startedAt ?? null)),
    endedAt: isFinal(state.status) ? isoTime(last?.end.endedAt ?? view?.record.updatedAt ?? null) : null,
    billableSeconds: billedSeconds(view?.ended ?? []),
    costUsd: sumKnown(billedUsd(run, view?.ended ?? [])),
    artifact: state.status === "completed" ? (last?.end.artifact ?? null) : null,
  }
}

/** A hyperparameter as a program wants it: a text that is a JSON number, boolean or null as such, any other as it stands. */
function scalar(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true"
  if (text === "null") return null
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text
  const value = Number(text)
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return isExact ? value : text
}

function phaseOf(state: RowState, raw: string): string | null {
  if (state.status !== "running") return null
  return state.phase === "unknown" ? state.raw || raw || "unknown" : state.phase
}

function reasonOf(state: RowState): string | null {
  if (state.status === "waiting") {
    const until = new Date(state.until).toISOString()
    return `${state.reason}${state.detail === "" ? "" : `: ${state.detail}`}${AGAIN}${until}`
  }
  if (state.status === "launching" && state.attempt.settledAt !== null)
    return `no answer from ${state.attempt.held.place.region} to the launch; it is asked whether the training job exists`
  return isFinal(state.status) && "reason" in state && state.reason !== "" ? state.reason : null
}

function metricsOf(ended: EndedAttempt | null, noted: Readonly<Record<string, number>> | null): StatusRow["metrics"] {
  if (ended !== null && Object.keys(ended.metrics).length > 0) return ended.metrics
  return noted ?? ended?.metrics ?? {}
}

/** Sum over attempts; null before the first end, and where the service has not said it of one of them. */
function billedSeconds(ended: readonly EndedAttempt[]): number | null {
  return sumKnown(ended.map((attempt) => attempt.end.billableSeconds))
}

/** What each of the attempts cost; null: not known. */
export function billedUsd(run: Pick<RunRecord, "prices">, ended: readonly EndedAttempt[]): readonly (number | null)[] {
  return ended.map(({ attempt, end }) => costUsd(run, attempt.held.place, end.billableSeconds))
}

/** null for no value, and as soon as one is unknown: a sum that leaves something out would be a guess. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}

function isoTime(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
