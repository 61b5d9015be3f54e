import type { BigIntStats } from "node:fs"
import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { errorName, fileError, isMissing } from "./file-error.ts"

/** A file below a folder, links followed. `path` is relative, with `/` between names. */
export interface WalkedFile {
  readonly path: string
  readonly bytes: number
  readonly mode: number
  readonly stats: BigIntStats
}

/**
 * All files below a folder in the order of their paths' UTF-8 bytes, one folder in memory at a time. Links are followed; one that
 * leads nowhere or back to a folder above itself is passed over, as are sockets, pipes and devices. `enter` false: the
 * file or folder of this relative path (a folder's ends in `/`) is passed over. A missing folder is the error of the system.
 */
export async function* walkFolder(folder: string, enter: (path: string) => boolean): AsyncGenerator<WalkedFile> {
  yield* walk(folder, "", [], enter)
}

async function* walk(
  root: string,
  below: string,
  above: readonly string[],
  enter: (path: string) => boolean,
): AsyncGenerator<WalkedFile> {
  const folder = join(root, below)
  const here = identityOf(await statOf(folder))
  if (above.includes(here)) return
  for (const entry of await entriesOf(folder)) {
    const path = `${below}${entry.name}`
    if (!enter(path)) continue
    if (entry.isFolder) yield* walk(root, path, [...above, here], enter)
    else yield { path, bytes: entry.bytes, mode: entry.mode, stats: entry.stats }
  }
}

interface Entry {
  /** A folder's ends in `/`, which is what puts `a.txt` before `a/b`, as keys are ordered. */
  readonly name: string
  readonly isFolder: boolean
  readonly bytes: number
  readonly mode: number
  readonly stats: BigIntStats
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const name of await namesOf(folder)) {
    const stats = await targetOf(join(folder, name))
    if (stats === null) continue
    const isFolder = stats.isDirectory()
    if (!isFolder && !stats.isFile()) continue
    entries.push({
      name: isFolder ? `${name}/` : name,
      isFolder,
      bytes: Number(stats.size),
      mode: Number(stats.mode) & 0o777,
      stats,
    })
  }
  return entries.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)))
}

async function namesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw fileError("list", folder, error)
  }
}

async function statOf(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    throw fileError("list", path, error)
  }
}

/** Null: a link that leads nowhere or in a circle, or a file that was deleted since its folder was read. */
async function targetOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (isMissing(error) || errorName(error) === "ELOOP") return null
    throw fileError("read", path, error)
  }
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`
}
