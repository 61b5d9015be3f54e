/** A longer line is searched only so far: an expression that backtracks must not stop the supervisor. */
const MOST_SEARCHED = 4096

/** Finds metrics in the lines of a log by regular expression: the last value of each stands. */
export class MetricScan {
  readonly #patterns: readonly (readonly [string, RegExp])[]
  readonly #last = new Map<string, number>()

  /** `patterns`: expression by name; its first group is the value. */
  constructor(patterns: Readonly<Record<string, string>>) {
    this.#patterns = Object.entries(patterns).map(([name, pattern]) => [name, new RegExp(pattern)] as const)
  }

  get isIdle(): boolean {
    return this.#patterns.length === 0
  }

  /** True: a metric has a new value. What is not a finite number is no value. */
  scan(line: string): boolean {
    const searched = line.length > MOST_SEARCHED ? line.slice(0, MOST_SEARCHED) : line
    let isNew = false
    for (const [name, pattern] of this.#patterns) {
      const text = pattern.exec(searched)?.[1]?.trim() ?? ""
      const value = Number(text)
      if (text === "" || !Number.isFinite(value) || this.#last.get(name) === value) continue
      this.#last.set(name, value)
      isNew = true
    }
    return isNew
  }

  values(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#last)
  }
}
