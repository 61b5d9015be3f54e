// What the rows of a search must have beyond a manifest's: the metric that it compares, and with promotion a checkpoint each.
// It looks at the first rows only, and writes nothing.

import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { JobSpec, RegionalSettings } from "../core/job/job-spec.ts"
import { didYouMean } from "../core/manifest/nearest-name.ts"
import type { Problem } from "../core/problem.ts"
import type { Search } from "../core/search/search.ts"
import { planRun } from "./plan-run.ts"
import type { PlanPorts, PlanRequest } from "./planned.ts"

/** Error `invalid`: rows that the search could not compare or go on with. What a person should know beside that is given back. */
export async function judgeFirstRows(
  ports: PlanPorts,
  config: Config,
  request: PlanRequest,
  search: Search,
): Promise<readonly Problem[]> {
  const isPromoting = search.resource !== null && search.halving === "promote"
  const faults = new Set<string>()
  const checkpoints = new Set<string>()
  const { account: _, ...plain } = ports
  await planRun(plain, config, request, async (spec) => {
    refuseUnshown(spec, search, request)
    if (!isPromoting) return
    const fault = promotionFault(spec)
    if (fault !== null) faults.add(fault)
    const uri = spec.checkpoint?.uri ?? null
    if (uri !== null && checkpoints.has(uri)) faults.add(`checkpoint: ${uri} is that of several trials`)
    if (uri !== null) checkpoints.add(uri)
  })
  if (faults.size > 0) {
    throw new RegattaError("invalid", `the first rows cannot be promoted: ${[...faults].join("; ")}`, {
      hint: "write {row} in checkpoint, or set it to true; `halving: stop` needs no checkpoint",
      fields: { path: request.manifest },
    })
  }
  if (!isPromoting || checkpoints.size > 0) return []
  const message = "rows keep no checkpoint, so a row that is promoted begins anew: set checkpoint: true"
  return [{ severity: "warning", file: request.manifest, line: null, column: "checkpoint", value: null, message }]
}

/** A built-in algorithm has metrics of its own, which no column names: of those nothing is known before they train. */
function refuseUnshown(
  { metrics, trains }: Pick<JobSpec, "metrics" | "trains">,
  { metric, resource, halving }: Search,
  { manifest }: PlanRequest,
): void {
  if (trains.kind === "algorithm") return
  const needed =
    halving === "stop" && resource !== null && resource.metric !== null ? [metric, resource.metric] : [metric]
  const missing = needed.find((name) => metrics[name] === undefined)
  if (missing === undefined) return
  const known = Object.keys(metrics)
  const have = known.length === 0 ? "they have none" : `they have ${known.join(", ")}`
  throw new RegattaError(
    "invalid",
    `the search needs the metric ${missing}, which its rows do not show: ${have}${didYouMean(missing, known)}`,
    {
      hint: `set metric.${missing} to the regular expression that finds it in a row's log, in regatta.yaml or under columns`,
      fields: { path: manifest },
    },
  )
}

/** What a promotion cannot go on from; null: it can. */
export function promotionFault({
  checkpoint,
  elsewhere = {},
}: Pick<JobSpec, "checkpoint" | "elsewhere">): string | null {
  if (checkpoint?.shared === true)
    return "checkpoint_shared: the better trials go on from their checkpoints, so each trial needs its own"
  const others = Object.entries<RegionalSettings>(elsewhere).filter(([, there]) => there.checkpoint !== undefined)
  if (others.length === 0) return null
  return `fallback: in ${others.map(([region]) => region).join(", ")} the checkpoint is another, and the next rung would not find it: promotion stays in one region`
}
