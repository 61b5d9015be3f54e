import type { Config } from "../core/config/config.ts"
import { formatProblem } from "../core/problem.ts"
import { type Check, looking, notChecked, right, wrong } from "./doctor-check.ts"
import { withPlaced } from "./place-rows.ts"
import { planRun } from "./plan-run.ts"
import type { PlanPorts, PlanRequest } from "./planned.ts"

/** A manifest as `plan` sees it, each error a check; the regions of its rows, where it has no error. */
export async function checkManifest(
  ports: PlanPorts,
  config: Config,
  request: PlanRequest,
): Promise<{ readonly checks: readonly Check[]; readonly regions: readonly string[] }> {
  let regions: readonly string[] = []
  const checks = await looking("manifest", async () => {
    const { plan, problems } = await planRun(ports, config, await withPlaced(ports, config, request))
    regions = plan?.regions.map(({ region }) => region) ?? []
    const errors = problems.filter(({ severity }) => severity === "error")
    if (plan === null) return errors.map((problem) => wrong("manifest", formatProblem(problem), "see the message"))
    const rows = `${plan.size} ${plan.size === 1 ? "row" : "rows"} in ${regions.join(", ")}`
    return [right("manifest", rows), ...plan.notChecked.map((what) => notChecked("manifest", what))]
  })
  return { checks, regions }
}
