import type { BigIntStats } from "node:fs"
import { stat, utimes } from "node:fs/promises"

/**
 * What the system keeps of a file that no write leaves alone: inode, size, and the nanoseconds of its last write and of
 * its last change of any kind. A file written over, with as many bytes and its time set back, still has another `ctime`.
 */
export function fingerprint(stats: BigIntStats): string {
  return `${stats.ino}-${stats.size}-${stats.mtimeNs}-${stats.ctimeNs}`
}

/**
 * Sets the time of the last write two seconds back. Systems stamp writes with a clock that steps (4 ms on Linux, 1 s on some
 * disks, 2 s on FAT): without this, a file written over within the step it was written in would look untouched.
 */
export async function backdate(path: string): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(path)
  await utimes(path, atimeMs / 1000, mtimeMs / 1000 - 2)
}

/**
 * The etag of an object: its fingerprint and, where we wrote it, its SHA-256. A read compares the fingerprint, whatever the
 * length; only where that differs is the file hashed, which tells a folder that was copied or restored (the same bytes)
 * from a file written over (changed).
 */
export function formatEtag(print: string, sha256: string | null): string {
  return sha256 === null ? print : `${print}.${sha256}`
}

export function parseEtag(etag: string): { readonly print: string; readonly sha256: string | null } {
  const [print = "", sha256 = null] = etag.split(".")
  return { print, sha256 }
}
