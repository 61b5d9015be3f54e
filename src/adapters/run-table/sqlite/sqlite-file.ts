import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { RegattaError } from "../../../core/errors.ts"

/** Whether the table's file is there. A folder that may not be looked into is an error, not an empty table. */
export function hasFile(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    refuseLeftJournal(path)
    return false
  }
}

/**
 * Makes the table's file if there is none: filled beside it and linked to its name, so that other processes see a whole
 * table or none, and of two that make one the second takes the first's.
 */
export async function makeFile(path: string, fill: (path: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  refuseLeftJournal(path)
  const folder = mkdtempSync(`${path}.new-`)
  try {
    const made = join(folder, "table.sqlite")
    await fill(made)
    linkUnlessThere(made, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** SQLite would take an empty file for a new database; ours never has one, so it lost its content. */
export function refuseDamagedFile(path: string): void {
  const file = statSync(path)
  if (!file.isFile() || file.size > 0) return
  throw new RegattaError("damaged", `the table ${path} is an empty file: it was truncated, or not made by Regatta`, {
    hint: "restore it from a backup, or remove it to begin a new table (its runs are lost then, their artifacts are not)",
    fields: { path },
  })
}

/** A journal without its file would be played into the new one. */
function refuseLeftJournal(path: string): void {
  const journal = `${path}-wal`
  if (!existsSync(journal) || existsSync(path)) return
  throw new RegattaError("damaged", `the table ${path} is missing, but its journal ${journal} is there`, {
    hint: `restore the table beside its journal, or remove the journal to begin a new table: rm '${journal}' '${path}-shm'`,
    fields: { path },
  })
}

function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}
