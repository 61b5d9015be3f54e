// A catalog in a SQLite file, read by a process of our own: SQLite gives no way back from a query that runs on for ever, but a
// process can be ended. It opens the file read-only, and makes none.
import { RegattaError } from "../../../core/errors.ts"
import type { Catalog, CatalogBatch, CatalogQuestion } from "../../../ports/catalog.ts"
import { startFed } from "../../process/fed-process.ts"
import { ANSWER_SQLITE, type AnswerLine, type SqliteQuestion } from "./answer-sqlite.ts"

export interface SqliteCatalogOptions {
  /** Absolute. */
  readonly path: string
  /** How to start another process of ours. */
  readonly self: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
}

export class SqliteCatalog implements Catalog {
  readonly dialect = "sqlite"
  readonly shown: string
  readonly #options: SqliteCatalogOptions

  constructor(options: SqliteCatalogOptions) {
    this.shown = `sqlite:${options.path}`
    this.#options = options
  }

  async *answer({ text, values, signal }: CatalogQuestion): AsyncGenerator<CatalogBatch, void> {
    if (signal.aborted) throw this.#givenUp()
    const { path, self, env } = this.#options
    const question: Omit<SqliteQuestion, "parent"> = { path, text, values }
    const reader = await startFed([...self, ANSWER_SQLITE], env, question)
    const stop = () => reader.kill()
    signal.addEventListener("abort", stop, { once: true })
    // While it was started nobody listened.
    if (signal.aborted) stop()
    try {
      let columns: CatalogBatch["columns"] | null = null
      for await (const line of reader.lines()) {
        const said: AnswerLine = JSON.parse(line)
        if (said.kind === "end") return
        if (said.kind === "error") throw this.#error(said)
        if (said.kind === "columns") columns = said.columns
        yield { columns: columns ?? [], rows: said.kind === "rows" ? said.rows : [], remarks: [] }
      }
      if (signal.aborted) throw this.#givenUp()
      const how = await reader.ended
      throw new RegattaError("unavailable", `the process that reads ${this.shown} ended before its answer did: ${how}`)
    } catch (error) {
      // What was cut off is no JSON.
      throw signal.aborted ? this.#givenUp() : error
    } finally {
      signal.removeEventListener("abort", stop)
      reader.kill()
      await reader.ended
    }
  }

  #givenUp(): RegattaError {
    return new RegattaError("refused", `the query to ${this.shown} was given up`)
  }

  #error({ reason, message }: Extract<AnswerLine, { readonly kind: "error" }>): RegattaError {
    const { shown } = this
    switch (reason) {
      case "query":
        return new RegattaError("invalid", message)
      case "missing":
        return new RegattaError("notFound", `there is no catalog ${shown}`, { hint: "name the file of the database" })
      case "denied":
        return new RegattaError("denied", `the catalog ${shown} may not be read: ${message}`)
      case "damaged":
        return new RegattaError("damaged", `the catalog ${shown} cannot be read: ${message}`, {
          hint: "name a database of SQLite, or restore this one from a backup",
        })
      case "busy":
        return new RegattaError("unavailable", `the catalog ${shown} cannot be used now: ${message}`, {
          hint: "another process writes to it: run the same command again",
        })
      default:
        return reason satisfies never
    }
  }
}
