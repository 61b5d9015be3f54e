import { type Place, placeKey } from "../job/place.ts"
import { groupsType } from "./instance-groups.ts"
import { didYouMean } from "./nearest-name.ts"
import type { RowContext } from "./row-context.ts"
import type { RowReader } from "./row-reader.ts"

/** The row's own place and its fallbacks in order; null: it has no instance type. */
export function readPlaces(reader: RowReader, context: RowContext): readonly [Place, ...Place[]] | null {
  const { region } = reader.row
  const groups = reader.fixed("instance_groups")
  if (reader.has("instance_groups")) findSingleType(reader)
  const instanceType = groups === null ? reader.fixed("instance_type") : groupsType(groups)
  const instances =
    groups === null
      ? (reader.fixed("instance_count") ?? 1)
      : groups.reduce((sum, { instances: count }) => sum + count, 0)
  const spot = reader.fixed("spot") ?? false
  const fallbacks = reader.fixed("fallback") ?? []
  if (!reader.has("instance_type") && !reader.has("instance_groups")) {
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
  for (const { instanceType: type } of groups ?? []) {
    findUnknown(reader, context, { ...own, instanceType: type }, "instance_groups")
  }
  if (groups === null) findUnknown(reader, context, own, "instance_type")
  for (const place of others) {
    if (groups === null) findUnknown(reader, context, place, "fallback")
    else findOtherPlace(reader, context, own, place)
  }
  findRepeated(reader, [own, ...others])
  findOutside(reader, context, [own, ...others])
  return [own, ...others]
}

const LEVELS = ["defaults", "regions", "cell"]

/** Groups overrule a type that stands further out: those of a cell, one that regatta.yaml has for all rows. */
function findSingleType(reader: RowReader): void {
  const { given } = reader.row
  const level = (column: string) => LEVELS.indexOf(given.get(column)?.key?.split(".")[0] ?? "cell")
  for (const column of ["instance_type", "instance_count"]) {
    if (given.has(column) && level(column) >= level("instance_groups"))
      reader.find(column, "instance_groups name their own machines: set one or the other")
  }
}

function findOtherPlace(reader: RowReader, { regions }: RowContext, own: Place, place: Place): void {
  if (place.instanceType !== own.instanceType)
    reader.find("fallback", "a row with instance_groups has no other type to fall back to: write * for the type")
  if (!regions.has(place.region)) reader.find("fallback", unknownRegion(place.region, regions))
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

/** Data that must stay where it may be goes to no place outside, however long the row would wait. */
function findOutside(reader: RowReader, { regions }: RowContext, places: readonly Place[]): void {
  const allowed = reader.fixed("residency")
  if (allowed === null) return
  for (const each of allowed) {
    const isKnown = [...regions].some((region) => isWithin(region, each))
    if (!isKnown)
      reader.find("residency", each.endsWith("*") ? `no region begins so: ${each}` : unknownRegion(each, regions))
  }
  for (const region of new Set(places.map((place) => place.region))) {
    if (!allowed.some((each) => isWithin(region, each)))
      reader.find("residency", `${region} is outside: this row stays in ${allowed.join(", ")}`)
  }
}

function isWithin(region: string, allowed: string): boolean {
  return allowed.endsWith("*") ? region.startsWith(allowed.slice(0, -1)) : region === allowed
}
