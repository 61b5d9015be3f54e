/** One record's prediction: mostly one value; the probabilities of several classes are several. */
export type PredictionValues = readonly string[]

/**
 * The answer to `count` records taken apart: CSV or text by lines (one line of `count` cells is one each, as XGBoost answers),
 * JSON as a list, as `{"predictions": […]}` (linear learner: score, else predicted_label) or one document a line. null: it
 * does not show which value belongs to which record.
 */
export function readPredictions(
  body: string,
  contentType: string | null,
  count: number,
): readonly PredictionValues[] | null {
  const values = /json/i.test(contentType ?? "") ? fromJson(body) : fromText(body, count)
  return values?.length === count ? values : null
}

function fromText(body: string, count: number): readonly PredictionValues[] {
  const lines = body.split(/\r?\n/).filter((line) => line.trim() !== "")
  const cells = lines.map((line) => line.split(",").map((cell) => cell.trim()))
  const [only = []] = cells
  return lines.length === 1 && count > 1 && only.length === count ? only.map((cell) => [cell]) : cells
}

function fromJson(body: string): readonly PredictionValues[] | null {
  const whole = parse(body)
  if (whole === undefined) {
    const lines = body.split(/\r?\n/).filter((line) => line.trim() !== "")
    const documents = lines.map(parse)
    return documents.some((each) => each === undefined) ? null : documents.map(valuesOf)
  }
  const list = Array.isArray(whole) ? whole : member(whole, "predictions")
  if (Array.isArray(list)) return list.map(valuesOf)
  return [valuesOf(whole)]
}

function valuesOf(prediction: unknown): PredictionValues {
  if (Array.isArray(prediction)) return prediction.flatMap(valuesOf)
  if (typeof prediction !== "object" || prediction === null) return [String(prediction)]
  const named = ["score", "predicted_label", "prediction", "value"].map((name) => member(prediction, name))
  const first = named.find((each) => each !== undefined)
  return first === undefined ? [JSON.stringify(prediction)] : valuesOf(first)
}

function member(at: unknown, name: string): unknown {
  return typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[name] : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
