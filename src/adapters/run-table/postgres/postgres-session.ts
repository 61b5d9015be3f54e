import type pg from "pg"
import type { SqlRow, SqlSession, SqlValue } from "../../sql/sql-database.ts"

/** Statements of one transaction on one connection. */
export class PostgresSession implements SqlSession {
  readonly #client: pg.PoolClient

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  async rows(text: string, ...values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return (await this.#client.query<SqlRow & pg.QueryResultRow>(numbered(text), [...values])).rows
  }

  async run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    return (await this.#client.query(numbered(text), [...values])).rowCount ?? 0
  }
}

const known = new Map<string, string>()

/** `?` becomes `$1`, `$2`, …; no statement of ours has a question mark elsewhere. */
export function numbered(text: string): string {
  const made = known.get(text)
  if (made !== undefined) return made
  let count = 0
  const numberedText = text.replaceAll("?", () => `$${++count}`)
  known.set(text, numberedText)
  return numberedText
}
