import { RegattaError } from "../errors.ts"
import { parseJsonPath } from "./json-path.ts"
import type { TransformSettings } from "./transform-plan.ts"

/** How the records of a type of data are read where they are filtered or joined; null: they are not. */
export function recordKind(contentType: string | null): "csv" | "json" | null {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? ""
  if (type === "text/csv") return "csv"
  return /^application\/(?:json|jsonlines|x-jsonlines|x-ndjson)$/.test(type) ? "json" : null
}

/** Whether records are changed on their way to the model or back. */
export function processesRecords({ join, inputFilter, outputFilter }: TransformSettings): boolean {
  return join === "Input" || inputFilter !== null || outputFilter !== null
}

/** Refuses what a transform does on SageMaker and not here. Errors: `unsupported` with what is allowed, `invalid` (a filter). */
export function refuseOnLocal(model: string, settings: TransformSettings): void {
  const { split, instances, contentType, accept, inputFilter, outputFilter } = settings
  const refuse = (message: string) => {
    throw new RegattaError("unsupported", `cannot transform with ${model}: ${message}`)
  }
  if (split === "RecordIO" || split === "TFRecord") refuse(`records are not split by ${split} on local: None, Line`)
  if (instances > 1) refuse(`one machine serves on local, and --instances is ${instances}`)
  for (const filter of [inputFilter, outputFilter]) if (filter !== null) parseJsonPath(filter)
  if (!processesRecords(settings)) return
  const kind = recordKind(contentType)
  if (kind === null) {
    refuse(
      `filters and joins read text/csv, application/json and application/jsonlines, and --content-type is ${contentType}`,
    )
  }
  if (recordKind(accept ?? contentType) !== kind) {
    refuse(`records of ${contentType} are not joined with predictions of ${accept}: both are CSV, or both JSON`)
  }
}
