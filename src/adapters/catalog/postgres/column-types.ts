import pg from "pg"
import type { CatalogColumn, CatalogType, CatalogValue } from "../../../core/catalog/catalog-column.ts"

/** `char(n)` is filled up with blanks, which count for nothing. */
const PADDED = 1042
const TEXT_ARRAY: number = 1009

/** Types that are written in a form of their own, by name as `format_type` gives it. */
const BY_NAME: Readonly<Record<string, CatalogType>> = {
  date: "date",
  "timestamp with time zone": "instant",
  "timestamp without time zone": "instant",
  bytea: "unreadable",
  money: "unreadable",
}

/** By `typcategory` (https://www.postgresql.org/docs/current/catalog-pg-type.html); what is not here is text. */
const BY_CATEGORY: Readonly<Record<string, CatalogType>> = {
  A: "list",
  B: "switch",
  C: "unreadable",
  N: "number",
  P: "unreadable",
  R: "unreadable",
  T: "duration",
}

/** Elements that a list of texts can hold as the server writes them. */
const LISTED = ["S", "E", "N", "U", "I", "D"]

export interface ShownColumn extends CatalogColumn {
  readonly oid: number
}

interface TypeRow {
  readonly oid: number
  readonly name: string
  readonly category: string
  readonly element: string | null
}

/** Asked in the same transaction; domains come as what they are made of. */
export async function readColumns(client: pg.Client, fields: readonly pg.FieldDef[]): Promise<readonly ShownColumn[]> {
  const oids = [...new Set(fields.map(({ dataTypeID }) => dataTypeID))]
  const { rows } = await client.query<TypeRow>(
    `select t.oid::int8::float8 as oid, format_type(t.oid, null) as name, t.typcategory as category, e.typcategory as element
       from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem where t.oid = any($1::oid[])`,
    [oids],
  )
  const types = new Map(rows.map((row) => [row.oid, row]))
  return fields.map(({ name, dataTypeID: oid }) => {
    const row = types.get(oid)
    return { name, oid, type: row === undefined ? "text" : typeOf(row), sqlType: row?.name ?? "unknown" }
  })
}

function typeOf({ name, category, element }: TypeRow): CatalogType {
  if (category === "A" && !LISTED.includes(element ?? "")) return "unreadable"
  return BY_NAME[name] ?? BY_CATEGORY[category] ?? "text"
}

/** Reads the texts of a row as the port wants its values. */
export function cellReader(
  columns: readonly ShownColumn[],
): (row: readonly (string | null)[]) => readonly CatalogValue[] {
  const readers = columns.map(readerOf)
  return (row) => row.map((text, at) => (text === null ? null : (readers[at]?.(text) ?? text)))
}

function readerOf({ type, oid }: ShownColumn): (text: string) => CatalogValue {
  switch (type) {
    case "switch":
      return (text) => (text === "t" ? "true" : "false")
    case "number":
      return (text) => (/^-?[\d.]/.test(text) ? text : { unreadable: `${text} is no number that a cell can hold` })
    case "instant":
      return instant
    case "duration":
      return seconds
    case "list":
      return list
    default:
      return oid === PADDED ? (text) => text.trimEnd() : (text) => text
  }
}

/** `2026-11-20 14:22:33+00` in ISO 8601; the time zone of the transaction is UTC. */
function instant(text: string): CatalogValue {
  const [, date, time, zone] = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/.exec(text) ?? []
  if (date === undefined) return { unreadable: `${text} is no point in time that a cell can hold` }
  return `${date}T${time}${zone === undefined ? "" : "Z"}`
}

const INTERVAL =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d+)?)S)?)?$/

/** Seconds of an interval in ISO 8601, a day of 24 hours; months have no length. */
function seconds(text: string): CatalogValue {
  const parts = INTERVAL.exec(text)
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, rest = 0] = (parts ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0))
  if (parts === null || years !== 0 || months !== 0)
    return { unreadable: `the interval ${text} has months or years, which have no one length` }
  return String((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + rest)
}

// The driver's types name only the types that have a parser by default, and this is none of them.
const parseArray = pg.types.getTypeParser(TEXT_ARRAY as Parameters<typeof pg.types.getTypeParser>[0])

function list(text: string): CatalogValue {
  const items: unknown = parseArray(text)
  if (Array.isArray(items) && items.every((item) => typeof item === "string")) return JSON.stringify(items)
  return { unreadable: "a list of a cell holds no nulls and no lists" }
}
