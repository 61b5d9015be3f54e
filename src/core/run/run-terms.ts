import { RegattaError } from "../errors.ts"
import type { Instant } from "../ids.ts"
import type { RunRecord } from "./run.ts"

/** What `limit` changes of a run while it goes on. */
export interface TermsChange {
  /** Most instances at once by place key; null: no limit any more. */
  readonly limits: Readonly<Record<string, number | null>>
  /** The run's new budget in USD; missing: as it is. */
  readonly budgetUsd?: number
}

/** The record with the change that is made at `now`; the same record where nothing changes. */
export function changedTerms(run: RunRecord, { limits, budgetUsd }: TermsChange, now: Instant): RunRecord {
  const next = { ...run.limits }
  for (const [place, limit] of Object.entries(limits)) {
    if (limit === null) delete next[place]
    else next[place] = limit
  }
  const isSame =
    Object.keys({ ...next, ...run.limits }).every((place) => next[place] === run.limits[place]) &&
    (budgetUsd === undefined || budgetUsd === run.budgetUsd)
  if (isSame) return run
  const isRaised = run.budgetUsd !== null && (budgetUsd ?? 0) > run.budgetUsd
  return {
    ...run,
    version: run.version + 1,
    limits: next,
    budgetUsd: budgetUsd ?? run.budgetUsd,
    ...(isRaised ? { budgetRaisedAt: now } : {}),
  }
}

/** `ml.p3.16xlarge=4`, `ml.p3.16xlarge/spot=0`, `…=none`. Error `usage`. */
export function parseLimit(region: string, text: string): readonly [place: string, limit: number | null] {
  const match = /^([a-z0-9.-]+)(\/spot)?=(\d+|none)$/.exec(text)
  const [, type = "", spot = "", count = ""] = match ?? []
  const limit = count === "none" ? null : Number(count)
  if (match === null || (limit !== null && !Number.isSafeInteger(limit))) {
    const allowed = "TYPE=N such as ml.p3.16xlarge=4, TYPE/spot=N, or TYPE=none for no limit"
    throw new RegattaError("usage", `a limit is ${allowed}, got "${text}"`)
  }
  return [`${region}/${type}${spot}`, limit]
}
