import { didYouMean } from "./nearest-name.ts"
import { type Place, placeKey } from "./place.ts"
import type { RowContext } from "./row-context.ts"
import type { RowReader } from "./row-reader.ts"

/** The row's own place and its fallbacks in order; null: it has no instance type. */
export function readPlaces(reader: RowReader, context: RowContext): readonly [Place, ...Place[]] | null {
  const { region } = reader.row
  const instanceType = reader.fixed("instance_type")
  const instances = reader.fixed("instance_count") ?? 1
  const spot = reader.fixed("spot") ?? false
  const fallbacks = reader.fixed("fallback") ?? []
  if (!reader.has("instance_type")) {
    reader.find("instance_type", "is not set: add it as a column or under defaults in regatta.yaml")
  }
  if (instanceType === null) return null
  const own: Place = { region, instanceType, instances, spot }
  const others = fallbacks.map((each) => ({
    region: each.region ?? region,
    instanceType: each.instanceType ?? instanceType,
    instances,
    spot: each.spot ?? spot,
  }))
  findUnknown(reader, context, own, "instance_type")
  for (const place of others) findUnknown(reader, context, place, "fallback")
  findRepeated(reader, [own, ...others])
  return [own, ...others]
}

function findUnknown(reader: RowReader, context: RowContext, place: Place, column: string): void {
  const { regions, instanceTypes } = context
  if (!instanceTypes.has(place.instanceType)) {
    const mend = didYouMean(place.instanceType, instanceTypes) || "; a newer one is known once limits or prices name it"
    reader.find(column, `SageMaker has no instance type "${place.instanceType}"${mend}`)
  }
  // The row's own region was judged before its settings were looked up.
  if (column === "fallback" && !regions.has(place.region)) reader.find(column, unknownRegion(place.region, regions))
}

export function unknownRegion(region: string, regions: ReadonlySet<string>): string {
  const mend = didYouMean(region, regions) || "; a newer one is known once regions in regatta.yaml names it"
  return `there is no AWS region "${region}"${mend}`
}

function findRepeated(reader: RowReader, places: readonly Place[]): void {
  const seen = new Set<string>()
  for (const place of places) {
    const key = placeKey(place)
    if (seen.has(key)) reader.find("fallback", `${key} is tried twice`, "warning")
    seen.add(key)
  }
}
