import { appendFileSync } from "node:fs"

/** Of a server that runs for days the first part is kept on disk, and the last lines in memory. */
const MOST_BYTES = 16 * 1024 * 1024
const LAST_LINES = 40
const MOST_SAID = 1024

/** What a server writes: into a file, and its last words for whoever must say why it ended. */
export class ServerLog {
  readonly #file: string
  readonly #last: string[] = []
  #bytes = 0

  constructor(file: string) {
    this.#file = file
  }

  add(line: string): void {
    this.#last.push(line)
    if (this.#last.length > LAST_LINES) this.#last.shift()
    this.#bytes += line.length + 1
    if (this.#bytes > MOST_BYTES) return
    try {
      appendFileSync(this.#file, `${line}\n`)
    } catch {
      // A full disk hides what the server says; it serves on.
      this.#bytes = MOST_BYTES
    }
  }

  /** The error as Python, Node and others name it on a line of its own, else the last line. Empty: it said nothing. */
  lastWords(): string {
    const lines = this.#last.filter((line) => line.trim() !== "")
    const told = lines.findLast((line) => /^(?:Uncaught )?[\w.]*(?:Error|Exception|error)(?::| \[|$)/.test(line))
    return (told ?? lines.at(-1) ?? "").slice(0, MOST_SAID)
  }
}
