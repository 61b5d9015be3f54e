import type { Config } from "../config/config.ts"
import type { Problem } from "../problem.ts"
import type { Given } from "./row-settings.ts"
import { isSecretName, MASK, maskedValue } from "./secrets.ts"

/** Where problems of a manifest are shown to stand. */
export interface ProblemPlace {
  /** The manifest. */
  readonly file: string
  readonly config: Pick<Config, "file" | "origins">
}

/** What is wrong with a row, told where a person can mend it: in its cell, or in the setting of regatta.yaml that it has. */
export function rowProblem(
  { file, config }: ProblemPlace,
  line: number,
  finding: Pick<Problem, "severity" | "message"> & { readonly column: string; readonly given: Given | null },
): Problem {
  const { severity, message, column, given } = finding
  if (given === null) return { severity, file, line, column: column === "" ? null : column, value: null, message }
  const value = maskedValue(given.column.name, given.text)
  if (given.key === null) return { severity, file, line, column: given.header, value, message: masked(message, given) }
  return settingProblem(config, given, severity, message)
}

export function settingProblem(
  config: ProblemPlace["config"],
  given: Given,
  severity: Problem["severity"],
  message: string,
): Problem {
  const key = given.key ?? given.header
  return {
    severity,
    file: config.file ?? "regatta.yaml",
    line: config.origins[key]?.line ?? null,
    column: key,
    value: maskedValue(given.column.name, given.text),
    message: masked(message, given),
  }
}

/** A message may quote the value with its placeholders filled in. */
function masked(message: string, { column, text }: Given): string {
  return column.of === "env.<NAME>" && isSecretName(column.key ?? "") ? message.replaceAll(text, MASK) : message
}
