/** Where a training job may run: one region, one instance type, on-demand or Spot. */
export interface Place {
  readonly region: string
  readonly instanceType: string
  readonly instances: number
  readonly spot: boolean
}

/** Key under which live instances are counted and limits are kept: `us-east-1/ml.p3.16xlarge` or `…/spot`. */
export function placeKey(place: Pick<Place, "region" | "instanceType" | "spot">): string {
  return `${place.region}/${place.instanceType}${place.spot ? "/spot" : ""}`
}
