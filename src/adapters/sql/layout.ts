import { RegattaError } from "../../core/errors.ts"
import type { SqlDialect, SqlSession } from "./sql-database.ts"
import { numberIn } from "./sql-row.ts"

/** Number of the last migration in `migrations/`; apart from them, so that opening a current table reads none. */
export const LAYOUT_VERSION = 2

/** One numbered step of the layout. Once released its text is never edited: tables out there were made by it. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** Oldest layout whose programs may still write after this step; lower than `version` where the step only adds. */
  readonly oldestWriter: number
  readonly statements: readonly string[]
}

/** Version of the layout as it stands; 0: there is none. Error `unsupported` where it has no place for a writer as old as this one. */
export async function readLayout(session: SqlSession, dialect: SqlDialect, known = LAYOUT_VERSION): Promise<number> {
  const [found] = await session.rows(dialect.findLayout)
  if (found === undefined || numberIn(found, "found") === 0) return 0
  const [row] = await session.rows("select max(version) as version, max(oldest_writer) as oldest from layout")
  if (row === undefined || row["version"] === null) return 0
  if (numberIn(row, "oldest") > known) throw tooOld(numberIn(row, "version"), known)
  return numberIn(row, "version")
}

/** Applies what is missing, in order, in the caller's write transaction. */
export async function migrate(session: SqlSession, dialect: SqlDialect): Promise<void> {
  const { MIGRATIONS } = await import("./migrations/migrations.ts")
  const version = await readLayout(session, dialect)
  for (const migration of MIGRATIONS.filter((step) => step.version > version)) {
    for (const statement of migration.statements) await session.run(statement)
    const { version: step, name, oldestWriter } = migration
    await session.run("insert into layout (version, name, oldest_writer) values (?, ?, ?)", step, name, oldestWriter)
  }
}

function tooOld(version: number, known: number): RegattaError {
  return new RegattaError(
    "unsupported",
    `the central table was migrated by a newer version of Regatta: its layout is ${version}, this one knows ${known} at most`,
    { hint: "update the program that was called; nothing was changed", fields: { layout: version, known } },
  )
}
