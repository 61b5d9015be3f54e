import { RegattaError } from "../../../../../core/errors.ts"
import type { StandInName } from "../../../../../core/manifest/stand-ins.ts"
import type { Prediction } from "./predictor.ts"

/** Formats of requests and answers, as the algorithm's own container has them; the first answer is the default. */
const FORMATS: Readonly<
  Record<StandInName, { readonly reads: readonly string[]; readonly answers: readonly string[] }>
> = {
  xgboost: { reads: ["text/csv"], answers: ["text/csv", "application/json", "application/jsonlines"] },
  "linear-learner": {
    reads: ["text/csv", "application/json"],
    answers: ["application/json", "application/jsonlines"],
  },
}

/** A request that is answered by a status of its own. */
export class Unanswerable extends Error {
  readonly status: 400 | 406 | 415
  constructor(status: 400 | 406 | 415, message: string) {
    super(message)
    this.status = status
  }
}

/** Records of a request's body. Throws `Unanswerable`: 415 for another type, 400 for what is not of the type. */
export function readRecords(
  name: StandInName,
  contentType: string | undefined,
  body: string,
  features: number,
): readonly Float64Array[] {
  const type = typeOf(contentType)
  const { reads } = FORMATS[name]
  if (!reads.includes(type)) {
    throw new Unanswerable(415, `the stand-in for ${name} reads ${reads.join(", ")}, got "${contentType ?? ""}"`)
  }
  const records = type === "text/csv" ? csvRecords(body) : jsonRecords(body)
  return records.map((cells, at) => numbersOf(cells, `record ${at + 1}`, features))
}

/** The type of the answer. Throws `Unanswerable` 406. */
export function answerType(name: StandInName, accept: string | undefined): string {
  const { answers } = FORMATS[name]
  const asked = (accept ?? "*/*").split(",").map(typeOf)
  if (asked.includes("*/*") || asked.includes("")) return answers[0] ?? ""
  const type = answers.find((each) => asked.includes(each))
  if (type !== undefined) return type
  throw new Unanswerable(406, `the stand-in for ${name} answers in ${answers.join(", ")}, not in "${accept}"`)
}

/** `isBatch`: in a batch transform xgboost's CSV has one prediction a line, else all stand in one line. */
export function writePredictions(type: string, predictions: readonly Prediction[], isBatch: boolean): string {
  if (type === "text/csv") {
    const scores = predictions.map(({ score }) => String(score))
    return isBatch ? scores.map((score) => `${score}\n`).join("") : scores.join(",")
  }
  const items = predictions.map(({ score, label }) =>
    label === undefined ? { score } : { score, predicted_label: label },
  )
  if (type === "application/json") return JSON.stringify({ predictions: items })
  return items.map((item) => `${JSON.stringify(item)}\n`).join("")
}

function csvRecords(body: string): readonly (readonly unknown[])[] {
  return body
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => (cell.trim() === "" ? Number.NaN : cell)))
}

/** `{"instances": [{"features": [1, 2]}, …]}` */
function jsonRecords(body: string): readonly (readonly unknown[])[] {
  try {
    const { instances } = JSON.parse(body) as { instances: readonly { features: readonly unknown[] }[] }
    return instances.map(({ features }) => [...features])
  } catch {
    throw new Unanswerable(400, 'the body is no {"instances": [{"features": [1, 2]}, …]}')
  }
}

function numbersOf(cells: readonly unknown[], where: string, features: number): Float64Array {
  if (cells.length !== features) {
    throw new Unanswerable(400, `${where} has ${cells.length} features, and the model was trained on ${features}`)
  }
  return Float64Array.from(cells, (cell, at) => {
    const value = typeof cell === "string" ? Number(cell) : cell
    if (typeof value === "number" && (Number.isFinite(value) || Number.isNaN(cell))) return value
    throw new Unanswerable(400, `${where}, feature ${at + 1}: expected a number, got ${JSON.stringify(cell)}`)
  })
}

function typeOf(header: string | undefined): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? ""
}

/** What the server says to an error of its own. */
export function refusalOf(error: unknown): Unanswerable | null {
  if (error instanceof Unanswerable) return error
  return error instanceof RegattaError ? new Unanswerable(400, error.message) : null
}
