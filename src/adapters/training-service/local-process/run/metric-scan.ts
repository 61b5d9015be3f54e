import { createContext, Script } from "node:vm"

/** A longer line is searched only so far. */
const MOST_SEARCHED = 4096
/** For the lines of one chunk: an expression that backtracks without end must not keep the supervisor from its limits and stops. */
const MOST_MS = 1000

/** Finds metrics in the lines of a log by regular expression: the last value of each stands. */
export class MetricScan {
  readonly #patterns: Map<string, RegExp>
  readonly #last = new Map<string, number>()
  readonly #mostMs: number
  /** Nothing but a script can be ended in the middle of an expression. */
  readonly #searching = createContext({ search: () => this.#search() })
  readonly #script = new Script("search()")
  #lines: readonly string[] = []
  #at = { line: 0, name: "" }
  #isNew = false

  /** `patterns`: expression by name; its first group is the value. */
  constructor(patterns: Readonly<Record<string, string>>, mostMs = MOST_MS) {
    this.#patterns = new Map(Object.entries(patterns).map(([name, pattern]) => [name, new RegExp(pattern)]))
    this.#mostMs = mostMs
  }

  get isIdle(): boolean {
    return this.#patterns.size === 0
  }

  /** Reads one or more lines. What is not a finite number is no value. An expression that twice took too long is given up. */
  scan(text: string): { readonly isNew: boolean; readonly givenUp: readonly string[] } {
    this.#lines = text.split("\n")
    this.#at = { line: 0, name: "" }
    this.#isNew = false
    const givenUp: string[] = []
    let slow: string | null = null
    while (!this.#isWithinTime()) {
      const { line, name } = this.#at
      // Twice on one line: the first may have been this process being paused.
      if (slow === `${line} ${name}`) {
        this.#patterns.delete(name)
        givenUp.push(name)
      }
      slow = `${line} ${name}`
    }
    return { isNew: this.#isNew, givenUp }
  }

  values(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#last)
  }

  #isWithinTime(): boolean {
    try {
      this.#script.runInContext(this.#searching, { timeout: this.#mostMs })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error
      return false
    }
  }

  /** Goes on from the line at which it was ended; its first expressions may read it once more. */
  #search(): void {
    for (; this.#at.line < this.#lines.length; this.#at.line += 1) {
      const line = (this.#lines[this.#at.line] ?? "").slice(0, MOST_SEARCHED)
      for (const [name, pattern] of this.#patterns) {
        this.#at.name = name
        this.#keep(name, pattern.exec(line)?.[1]?.trim() ?? "")
      }
    }
  }

  #keep(name: string, text: string): void {
    const value = Number(text)
    if (text === "" || !Number.isFinite(value) || this.#last.get(name) === value) return
    this.#last.set(name, value)
    this.#isNew = true
  }
}
