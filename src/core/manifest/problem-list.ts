import type { Problem } from "../problem.ts"

/** Collects problems in order, the first `kept` of each severity, and counts the rest. */
export class ProblemList {
  readonly #kept: number
  readonly #problems: Problem[] = []
  readonly #counts = { error: 0, warning: 0 }
  readonly #once = new Set<string>()

  constructor(kept: number) {
    this.#kept = kept
  }

  add(problem: Problem): void {
    this.#counts[problem.severity] += 1
    if (this.#counts[problem.severity] <= this.#kept) this.#problems.push(problem)
  }

  /** For what every row would repeat: a problem of a setting, or of a column that is missing altogether. Told of the first row alone. */
  addOnce(problem: Problem): void {
    const key = JSON.stringify([problem.severity, problem.file, problem.column, problem.message])
    if (this.#once.has(key)) return
    // Beyond what is kept a repetition is counted again, which is better than an error that is not.
    if (this.#once.size <= this.#kept) this.#once.add(key)
    this.add(problem)
  }

  get errors(): number {
    return this.#counts.error
  }

  get problems(): readonly Problem[] {
    return this.#problems
  }

  get omitted(): { readonly errors: number; readonly warnings: number } {
    return {
      errors: Math.max(0, this.#counts.error - this.#kept),
      warnings: Math.max(0, this.#counts.warning - this.#kept),
    }
  }
}
