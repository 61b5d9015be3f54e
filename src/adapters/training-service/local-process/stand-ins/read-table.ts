import { createReadStream, readdirSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { RegattaError } from "../../../../core/errors.ts"
import type { ContainerInput } from "./container-input.ts"
import type { HostGroup } from "./meet-hosts.ts"

/** A channel's rows on this host: the label is the first cell of each line, the features are the others. */
export interface Table {
  readonly rows: number
  /** Features of each row. */
  readonly width: number
  readonly labels: Float64Array
  /** Row by row, `rows x width`; NaN: the cell is empty. */
  readonly features: Float64Array
}

/**
 * A channel as the built-in algorithms take CSV: numbers, no header, the label first. A host may have no rows; all hosts
 * together may not. Null: there is no such channel. Error `invalid`: no CSV, with file, line, column and value.
 */
export async function readTable(container: ContainerInput, name: string, group: HostGroup): Promise<Table | null> {
  const channel = container.channels[name]
  if (channel === undefined) return null
  refuseOtherTypes(name, channel.contentType)
  const reader = new TableReader()
  for (const file of filesOf(channel.folder)) await reader.add(channel.folder, file)
  const table = reader.table()
  const shapes = await group.gather(Float64Array.of(table.rows, table.width))
  const width = Math.max(...shapes.map((shape) => shape[1] ?? 0))
  const other = shapes.find((shape) => (shape[0] ?? 0) > 0 && shape[1] !== width)
  if (other !== undefined) throw invalid(`channel ${name}: some lines have ${width} features, others ${other[1]}`)
  if (shapes.every((shape) => shape[0] === 0)) throw invalid(`channel ${name} has no rows`)
  return { ...table, width }
}

/** The two channels that train; error `invalid` without `train`, or with tables of different widths. */
export async function readTrainingTables(container: ContainerInput, group: HostGroup) {
  for (const name of Object.keys(container.channels)) {
    if (name !== "train" && name !== "validation") {
      throw invalid(`channel "${name}" is not used by the stand-in; it reads train and validation`)
    }
  }
  const train = await readTable(container, "train", group)
  if (train === null) throw invalid("there is no channel train")
  const validation = await readTable(container, "validation", group)
  if (validation !== null && validation.width !== train.width) {
    throw invalid(`channel validation has ${validation.width} features, and train has ${train.width}`)
  }
  return { train, validation }
}

export function invalid(message: string): RegattaError {
  return new RegattaError("invalid", message)
}

function refuseOtherTypes(name: string, contentType: string | null): void {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase()
  if (type === "text/csv" || type === "csv") return
  const given = contentType === null ? "none is set" : `got "${contentType}"`
  throw invalid(
    `channel.${name}.content_type: the stand-in reads text/csv (${given}); without one SageMaker's algorithm reads another format`,
  )
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

class TableReader {
  readonly #labels: number[] = []
  readonly #features: number[] = []
  #width: number | null = null

  async add(folder: string, file: string): Promise<void> {
    const name = file.slice(folder.length + 1)
    let line = 0
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1
      if (text.trim() !== "") this.#addLine(text, `${name} line ${line}`)
    }
  }

  table(): Table {
    return {
      rows: this.#labels.length,
      width: this.#width ?? 0,
      labels: Float64Array.from(this.#labels),
      features: Float64Array.from(this.#features),
    }
  }

  #addLine(text: string, where: string): void {
    const cells = text.split(",")
    this.#width ??= cells.length - 1
    if (this.#width < 1) throw invalid(`${where}: expected a label and at least one feature, got "${text}"`)
    if (cells.length - 1 !== this.#width) {
      throw invalid(`${where}: ${cells.length} cells, and the lines before it have ${this.#width + 1}`)
    }
    for (const [at, cell] of cells.entries()) this.#addCell(at, cell.trim(), where)
  }

  #addCell(at: number, cell: string, where: string): void {
    const value = cell === "" && at > 0 ? Number.NaN : Number(cell)
    if (cell === "" ? at === 0 : !Number.isFinite(value)) {
      const hint = this.#labels.length === 0 ? " (SageMaker's algorithms take CSV without a header)" : ""
      const what = at === 0 ? "the label" : "a number"
      throw invalid(`${where}, cell ${at + 1}: expected ${what}, got "${cell}"${hint}`)
    }
    if (at === 0) this.#labels.push(value)
    else this.#features.push(value)
  }
}
