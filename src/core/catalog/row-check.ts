// Rows of a query as cells of a manifest: each value as its column takes it, and what is wrong, alike ones together.
// It holds nothing against rules between columns: those are `plan`'s, which knows the settings of regatta.yaml too.
import { AUTO_REGION } from "../manifest/column-kinds.ts"
import type { ColumnRef } from "../manifest/find-column.ts"
import type { HeaderColumn } from "../manifest/header.ts"
import { didYouMean } from "../manifest/nearest-name.ts"
import { wrongValues } from "../manifest/row-reader.ts"
import { maskedValue } from "../manifest/secrets.ts"
import type { CatalogColumn, CatalogValue } from "./catalog-column.ts"

export interface RowCheckContext {
  /** Regions that are known, those that regatta.yaml names included. */
  readonly regions: ReadonlySet<string>
  /** Whether a row may name no region: `defaults` have one. */
  readonly hasDefaultRegion: boolean
}

/** One thing that is wrong with some rows. */
export interface RowFault {
  /** null: of whole rows. */
  readonly column: string | null
  readonly value: string | null
  readonly message: string
  /** Index of the first row, and how many more there are. */
  readonly row: number
  more: number
}

type Checked = { readonly ok: true; readonly cell: string } | { readonly ok: false; readonly message: string }

interface CheckedColumn {
  readonly header: string
  readonly ref: ColumnRef
  readonly type: CatalogColumn["type"]
  readonly sqlType: string
  readonly isSwitch: boolean
  /** Texts that were checked before: values of a catalog repeat. */
  readonly known: Map<string, Checked>
}

/** Different faults that are kept; with one more, reading on is of no use. */
const MOST_FAULTS = 50
const MOST_KNOWN = 4096

export class RowCheck {
  readonly #columns: readonly CheckedColumn[]
  readonly #context: RowCheckContext
  readonly #faults = new Map<string, RowFault>()
  #rows = 0

  /** @param header of the result's columns, all of them known. */
  constructor(columns: readonly CatalogColumn[], header: readonly HeaderColumn[], context: RowCheckContext) {
    this.#context = context
    this.#columns = header.map((each, at) => ({
      header: each.header,
      ref: each.column,
      type: columns[at]?.type ?? "untyped",
      sqlType: columns[at]?.sqlType ?? "",
      isSwitch: each.column.facts.kind.allowed === "true or false",
      known: new Map(),
    }))
  }

  /** Rows that were seen. */
  get rows(): number {
    return this.#rows
  }

  get faults(): readonly RowFault[] {
    return [...this.#faults.values()]
  }

  get isFull(): boolean {
    return this.#faults.size >= MOST_FAULTS
  }

  /** Cells of a row, empty where it sets nothing; null: it is wrong. */
  cells(values: readonly CatalogValue[]): readonly string[] | null {
    const row = this.#rows
    this.#rows += 1
    let isRight = true
    const cells = this.#columns.map((column, at) => {
      const checked = this.#check(column, values[at] ?? null)
      if (checked.ok) return checked.cell
      isRight = false
      this.#note(column.header, textOf(values[at] ?? null), checked.message, row)
      return ""
    })
    if (isRight && cells.every((cell) => cell.trim() === "")) {
      this.#note(null, null, "every value is null: an empty record is no row", row)
      return null
    }
    return isRight ? cells : null
  }

  #check(column: CheckedColumn, value: CatalogValue): Checked {
    if (value === null || value === "") return this.#checkMissing(column)
    if (typeof value !== "string") return { ok: false, message: value.unreadable }
    const known = column.known.get(value)
    if (known !== undefined) return known
    const checked = this.#checkText(column, value)
    if (column.known.size >= MOST_KNOWN) column.known.clear()
    column.known.set(value, checked)
    return checked
  }

  #checkMissing({ ref }: CheckedColumn): Checked {
    if (ref.of !== "region" || this.#context.hasDefaultRegion) return { ok: true, cell: "" }
    return { ok: false, message: "is not set: each row needs the AWS region of its data" }
  }

  #checkText(column: CheckedColumn, value: string): Checked {
    if (value.includes("\0")) return { ok: false, message: "it holds a zero byte, as no text does" }
    if (value.includes("\uFFFD")) return { ok: false, message: "it holds what is not UTF-8" }
    const cell = column.isSwitch && column.type === "untyped" ? switchOf(value) : value
    if (column.ref.of === "region") return this.#checkRegion(cell)
    const { ref, header } = column
    const given = new Map([[ref.name, { column: ref, text: cell, key: null, header }]])
    const [wrong] = wrongValues(given, { account: null, allowPlainEnv: new Set() })
    if (wrong === undefined) return { ok: true, cell }
    return { ok: false, message: `${wrong.message}${typeNote(column)}` }
  }

  #checkRegion(value: string): Checked {
    const region = value.trim()
    if (region === AUTO_REGION || this.#context.regions.has(region)) return { ok: true, cell: value }
    return {
      ok: false,
      message: `there is no AWS region "${region}"${didYouMean(region, this.#context.regions)}`,
    }
  }

  #note(column: string | null, value: string | null, message: string, row: number): void {
    const shown = column === null || value === null ? null : maskedValue(column, value)
    const key = JSON.stringify([column, shown, message])
    const before = this.#faults.get(key)
    if (before !== undefined) before.more += 1
    else if (!this.isFull) this.#faults.set(key, { column, value: shown, message, row, more: 0 })
  }
}

/** A database without truth values has 0 and 1. */
function switchOf(value: string): string {
  if (value === "1") return "true"
  return value === "0" ? "false" : value
}

function typeNote({ type, sqlType }: CheckedColumn): string {
  return type === "untyped" || sqlType === "" ? "" : ` (the query gives ${sqlType})`
}

function textOf(value: CatalogValue): string | null {
  return typeof value === "string" ? value : null
}
