import type { CatalogColumn, CatalogValue } from "../core/catalog/catalog-column.ts"
import type { SqlDialect } from "../core/catalog/sql-tokens.ts"

/** A query as it is sent: the parameters are placeholders in the text, never values. */
export interface CatalogQuestion {
  /** One statement without its semicolon. */
  readonly text: string
  /** Values of the placeholders, in order. */
  readonly values: readonly string[]
  /** Fires when the answer is not wanted any more. */
  readonly signal: AbortSignal
  /** Milliseconds after which the database itself gives up, where it can. */
  readonly patience: number
}

export interface CatalogBatch {
  /** The same in each batch. */
  readonly columns: readonly CatalogColumn[]
  readonly rows: readonly (readonly CatalogValue[])[]
  /** What the database remarks beside the answer. */
  readonly remarks: readonly string[]
}

/** A database of the user's, out of which manifests are filled. It is only read. */
export interface Catalog {
  readonly dialect: SqlDialect
  /** As messages show it: without user, password and parameters. */
  readonly shown: string
  /**
   * The rows in the query's order, from one state of the database, in batches of bounded size; the first one comes even where
   * there is no row. Nothing can be written: the transaction is read-only. It is never sent again by itself. At the end, when the
   * caller stops early and when the signal fires, nothing of it goes on, in the database neither.
   *
   * Errors: `invalid` (the query is wrong; `fields.position`: offset in the text, where it is known), `notFound` (no such
   * database), `denied`, `unavailable`, `timeout` (the database gave up), `refused` (the signal fired).
   */
  answer(question: CatalogQuestion): AsyncGenerator<CatalogBatch, void>
}

/** By its URL: `postgres://…` or `sqlite:<path>`. Error `usage`: of no kind that is known, or with a password in it. */
export type OpenCatalog = (url: string) => Promise<Catalog>
