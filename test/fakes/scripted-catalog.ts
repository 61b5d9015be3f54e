import type { CatalogColumn, CatalogType, CatalogValue } from "../../src/core/catalog/catalog-column.ts"
import type { SqlDialect } from "../../src/core/catalog/sql-tokens.ts"
import type { Catalog, CatalogBatch, CatalogQuestion } from "../../src/ports/catalog.ts"

export interface CatalogScript {
  /** Names with their types, `region: "text"`. */
  readonly columns: Readonly<Record<string, CatalogType>>
  readonly batches?: readonly (readonly (readonly CatalogValue[])[])[]
  /** Thrown behind the batches. */
  readonly error?: unknown
  /** The answer never comes. */
  readonly isEndless?: boolean
  readonly dialect?: SqlDialect
  readonly remarks?: readonly string[]
}

/** Gives the same answer to every question, and remembers what it was asked and whether its reader is done with it. */
export class ScriptedCatalog implements Catalog {
  readonly dialect: SqlDialect
  readonly shown = "postgres://db.example/catalog"
  readonly asked: CatalogQuestion[] = []
  open = 0
  readonly #script: CatalogScript

  constructor(script: CatalogScript) {
    this.dialect = script.dialect ?? "postgres"
    this.#script = script
  }

  async *answer(question: CatalogQuestion): AsyncGenerator<CatalogBatch, void> {
    const { columns, batches = [], error, isEndless = false, remarks = [] } = this.#script
    this.asked.push(question)
    this.open += 1
    const shown = Object.entries(columns).map(([name, type]): CatalogColumn => ({ name, type, sqlType: type }))
    try {
      if (isEndless) {
        await new Promise((resolve) => question.signal.addEventListener("abort", resolve, { once: true }))
        throw new Error("given up")
      }
      for (const rows of batches.length === 0 ? [[]] : batches) yield { columns: shown, rows, remarks }
      if (error !== undefined) throw error
    } finally {
      this.open -= 1
    }
  }
}
