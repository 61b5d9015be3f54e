/** One thing wrong in a file that a person wrote. All problems of a file are collected and shown together. */
export interface Problem {
  readonly severity: "error" | "warning"
  readonly file: string
  /** 1-based; null where the problem is of the whole file. */
  readonly line: number | null
  /** Column of the manifest, or dotted key of regatta.yaml. */
  readonly column: string | null
  /** The value as given; null where nothing was given. Credentials are masked before they come here. */
  readonly value: string | null
  /** What is allowed, and the nearest known name where there is one. */
  readonly message: string
}

/** `manifests/a.csv line 14, column "instance_count": expected a whole number from 1, got "0"`; a YAML file has keys. */
export function formatProblem(problem: Problem): string {
  const line = problem.line === null ? "" : ` line ${problem.line}`
  const column =
    problem.column === null ? "" : `, ${/\.ya?ml$/.test(problem.file) ? "key" : "column"} "${problem.column}"`
  const value = problem.value === null ? "" : `, got "${shorten(problem.value)}"`
  return `${problem.file}${line}${column}: ${problem.message}${value}`
}

function shorten(text: string): string {
  const flat = text.replaceAll(/[\n\r\t]/g, " ")
  return flat.length > 80 ? `${flat.slice(0, 77)}...` : flat
}
