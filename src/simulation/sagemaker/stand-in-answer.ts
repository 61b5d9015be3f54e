import { Refusal } from "../service-answers.ts"

/** A modelled container's answer to `/invocations`: the same prediction for each record. */
export interface StandInAnswer {
  readonly contentType: string
  readonly body: string
}

/** @param accept media type of the answer; CSV where none that is understood is asked for. Throws Refusal: an empty request. */
export function standInAnswer(prediction: string, body: Uint8Array, accept: string): StandInAnswer {
  const records = Buffer.from(body)
    .toString()
    .split("\n")
    .filter((line) => line.trim() !== "")
  if (records.length === 0) {
    const message = 'Received client error (400) from primary with message "no record"'
    throw new Refusal("ModelError", message, 424, { OriginalStatusCode: 400, OriginalMessage: "no record" })
  }
  if (accept.startsWith("application/json")) {
    const scored = records.map(() => ({ score: Number.isNaN(Number(prediction)) ? prediction : Number(prediction) }))
    return { contentType: "application/json", body: JSON.stringify({ predictions: scored }) }
  }
  return { contentType: "text/csv; charset=utf-8", body: records.map(() => `${prediction}\n`).join("") }
}
