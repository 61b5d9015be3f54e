// What SageMaker's DataProcessing does to records: filtered on their way in, joined with their predictions, filtered again.
// Knows no files and no server; a record that does not fit is an Error with its number.
import { choose, type Json, type JsonPath, parseJsonPath } from "../../../../core/job/json-path.ts"
import { recordKind } from "../../../../core/job/transform-on-local.ts"
import type { TransformSettings } from "../../../../core/job/transform-plan.ts"

export type ProcessingSettings = Pick<
  TransformSettings,
  "contentType" | "accept" | "join" | "inputFilter" | "outputFilter" | "split" | "assemble"
>

export class RecordProcessing {
  readonly #settings: ProcessingSettings
  readonly #kind: "csv" | "json"
  readonly #inputFilter: JsonPath
  readonly #outputFilter: JsonPath

  constructor(settings: ProcessingSettings) {
    this.#settings = settings
    this.#kind = recordKind(settings.contentType) ?? "csv"
    this.#inputFilter = parseJsonPath(settings.inputFilter ?? "$")
    this.#outputFilter = parseJsonPath(settings.outputFilter ?? "$")
  }

  /** The records as they are sent. */
  sent(records: readonly string[]): readonly string[] {
    if (this.#settings.inputFilter === null) return records
    return records.map((record, at) => {
      const chosen = choose(this.#inputFilter, this.#parse(record, `record ${at + 1}`))
      if (chosen === undefined) throw new Error(`record ${at + 1}: the input filter chooses nothing of it`)
      return this.#write(chosen)
    })
  }

  /** The answer to these records as it is kept. */
  kept(records: readonly string[], answer: string): string {
    const predictions = this.#predictions(answer)
    if (predictions.length !== records.length) {
      throw new Error(
        `${records.length} records were sent and ${predictions.length} predictions came back: they cannot be matched (is it one prediction a line?)`,
      )
    }
    const lines = predictions.map((prediction, at) => {
      const output = this.#parse(prediction, `prediction ${at + 1}`)
      const joined =
        this.#settings.join === "Input"
          ? this.#join(this.#parse(records[at] ?? "", `record ${at + 1}`), output)
          : output
      const chosen = choose(this.#outputFilter, joined)
      if (chosen === undefined) throw new Error(`record ${at + 1}: the output filter chooses nothing of it`)
      return this.#write(chosen)
    })
    return lines.map((line) => (this.#settings.assemble === "Line" ? `${line}\n` : line)).join("")
  }

  #predictions(answer: string): readonly string[] {
    if (this.#settings.split !== "Line") return [answer.trimEnd()]
    return answer.split(/\r?\n/).filter((line) => line !== "")
  }

  #parse(text: string, where: string): Json {
    if (this.#kind === "csv") return csvCells(text)
    try {
      return JSON.parse(text) as Json
    } catch {
      throw new Error(`${where} is no JSON: ${text.slice(0, 100)}`)
    }
  }

  /** CSV: further cells. JSON: a member of the record, or both in a record of their own. */
  #join(input: Json, output: Json): Json {
    if (this.#kind === "csv") return [...cellsOf(input), ...cellsOf(output)]
    const isRecord = typeof input === "object" && input !== null && !Array.isArray(input)
    return isRecord ? { ...input, SageMakerOutput: output } : { SageMakerInput: input, SageMakerOutput: output }
  }

  #write(value: Json): string {
    return this.#kind === "csv" ? cellsOf(value).map(String).join(",") : JSON.stringify(value)
  }
}

function cellsOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}

/** Cells as they stand, with their quotes; a comma in quotes parts nothing. */
function csvCells(line: string): readonly string[] {
  const cells: string[] = []
  let from = 0
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '"') isQuoted = !isQuoted
    if (line[at] !== "," || isQuoted) continue
    cells.push(line.slice(from, at))
    from = at + 1
  }
  return [...cells, line.slice(from)]
}
