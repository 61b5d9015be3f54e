import { Refusal } from "../service-answers.ts"
import type { ModelledJob } from "./modelled-job.ts"
import { machinesOf, type TrainingRequest } from "./training-request.ts"
import type { TrainingWorld } from "./training-world.ts"

/** Instances in use by region, type and Spot: kept as jobs come and go, so that a check does not depend on their number. */
export class InstanceCounts {
  readonly #counts = new Map<string, number>()

  add(job: ModelledJob): void {
    this.#change(job, 1)
  }

  remove(job: ModelledJob): void {
    this.#change(job, -1)
  }

  of(region: string, type: string, isSpot: boolean): number {
    return this.#counts.get(keyOf(region, type, isSpot)) ?? 0
  }

  #change({ region, request, isSpot }: ModelledJob, sign: 1 | -1): void {
    for (const [type, instances] of machinesOf(request)) {
      const key = keyOf(region, type, isSpot)
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * instances)
    }
  }
}

function keyOf(region: string, type: string, isSpot: boolean): string {
  return `${region}/${type}${isSpot ? "/spot" : ""}`
}

/** Throws Refusal: ResourceLimitExceeded, in the texts for a type that the region lacks and for a quota. */
export function checkQuota(
  region: string,
  request: TrainingRequest,
  world: TrainingWorld,
  counts: Pick<InstanceCounts, "of">,
): void {
  const isSpot = request.EnableManagedSpotTraining === true
  for (const [type, needed] of machinesOf(request)) {
    if (!world.offers(region, type)) {
      throw new Refusal(
        "ResourceLimitExceeded",
        `The requested resource training-job/${type} is not available in this region`,
      )
    }
    const limit = world.quota(region, type, isSpot)
    const used = counts.of(region, type, isSpot)
    if (used + needed <= limit) continue
    throw new Refusal(
      "ResourceLimitExceeded",
      `The account-level service limit '${quotaName(type, isSpot)}' is ${limit} Instances, with current utilization of ${used} Instances and a request delta of ${needed} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.`,
    )
  }
}

/** As Service Quotas names it. */
export function quotaName(type: string, isSpot: boolean): string {
  return `${type} for ${isSpot ? "spot " : ""}training job usage`
}
