// Writes the data of the first example: longitude and clock of one place in each time zone.
// The coordinates come from the public-domain IANA time zone database of this machine, the offsets from Node's own copy of it.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const TABLE = "/usr/share/zoneinfo/zone1970.tab"
const TARGET = join(import.meta.dirname, "..", "manifests", "02-first-row", "data", "places.csv")
/** Noon UTC of a day in January and one in July: the smaller offset of the two is the one without summer time. */
const DAYS = [Date.UTC(2026, 0, 15, 12), Date.UTC(2026, 6, 15, 12)]
/** Beyond it clocks jump by a day at the date line, which no line fits. */
const FARTHEST_DEGREES = 150

const lines = readFileSync(TABLE, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [, coordinates = "", zone = ""] = line.split("\t")
    return { zone, longitude: longitudeOf(coordinates), hours: Math.min(...DAYS.map((day) => offsetHours(zone, day))) }
  })
  .filter(({ longitude }) => Math.abs(longitude) <= FARTHEST_DEGREES)
  .map(({ zone, longitude, hours }) => `${zone},${longitude.toFixed(2)},${hours}\n`)
writeFileSync(TARGET, `place,longitude,hours\n${lines.toSorted().join("")}`)

/** Degrees east of the ISO 6709 text `+DDMM+DDDMM` or `+DDMMSS+DDDMMSS`. */
function longitudeOf(coordinates: string): number {
  const [, sign = "", degrees = "", minutes = "", seconds = "0"] =
    /[+-]\d+([+-])(\d{3})(\d{2})(\d{2})?$/.exec(coordinates) ?? []
  const value = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600
  return sign === "-" ? -value : value
}

function offsetHours(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at)
  const text = parts.find((part) => part.type === "timeZoneName")?.value ?? ""
  const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])?(\d+)?:?(\d+)?/.exec(text) ?? []
  return (sign === "-" ? -1 : 1) * (Number(hours) + Number(minutes) / 60)
}
