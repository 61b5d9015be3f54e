import { accessSync, constants, statfsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { type ErrorCode, RegattaError } from "../../../core/errors.ts"
import { NOTHING_WRITTEN } from "../../../core/table-errors.ts"

/** Primary result codes, https://sqlite.org/rescode.html; an extended code has its primary one in the low 8 bits. */
const BUSY = 5
const LOCKED = 6
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const NOT_A_DATABASE = 26
/** Extended: SQLITE_IOERR_SHMSIZE. */
const NO_SHARED_MEMORY = 4874

const AGAIN = "nothing was written by this call"

export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === BUSY || code === LOCKED
}

/** Whether a write failed for want of room; a file-size limit is an I/O error to SQLite. */
export function isFull(error: unknown): boolean {
  const code = resultCode(error)
  return code === FULL || code === IO_ERROR
}

/** Whether there was no room for the memory that processes share beside the file (`-shm`). */
export function isWithoutSharedMemory(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === NO_SHARED_MEMORY
}

/** What SQLite or the file system reported of the table's file, as an error of ours; any other error comes back as it is. */
export function sqliteError(error: unknown, path: string, patience: number): unknown {
  if (!(error instanceof Error) || error instanceof RegattaError) return error
  const code = resultCode(error)
  if (code === null && systemCode(error) === null) return error
  const { kind, what, hint } = explain(code, error, path, patience)
  // A transaction that failed was rolled back: one file, no network, no answer that could be lost.
  return new RegattaError(kind, `the table ${path} ${what}`, {
    hint,
    cause: error,
    fields: { path, ...NOTHING_WRITTEN },
  })
}

interface Explained {
  readonly kind: ErrorCode
  readonly what: string
  readonly hint: string
}

function explain(code: number | null, error: Error, path: string, patience: number): Explained {
  switch (code) {
    case BUSY:
    case LOCKED:
      return {
        kind: "unavailable",
        what: `has been locked by another process for ${patience / 1000} s`,
        hint: `find that process with: fuser '${path}'; once it has ended, run the same command again (${AGAIN})`,
      }
    case CORRUPT:
    case NOT_A_DATABASE:
      return {
        kind: "damaged",
        what: `is damaged or not a table (${error.message})`,
        hint: `restore it from a backup, or move it and its -wal file away to begin a new table (its runs are lost then, their artifacts are not)`,
      }
    case FULL:
      return noSpace("no space is left on its disk")
    case IO_ERROR:
      if (hasNoRoom(path)) return noSpace("no space is left on its disk")
      return noSpace(`a file-size limit is reached (see \`ulimit -f\`), or the disk fails (${error.message})`)
    default:
      return explainPath(error, path)
  }
}

function noSpace(why: string): Explained {
  return {
    kind: "unavailable",
    what: `cannot be read or written: ${why}`,
    hint: `make room, then run the same command again (${AGAIN})`,
  }
}

/** Room that is left where a write of a few pages failed for want of it. */
const LITTLE_ROOM_BYTES = 64 * 1024

function hasNoRoom(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize < LITTLE_ROOM_BYTES
}

/** SQLite says only that it cannot open or may not write; the file system says why. */
function explainPath(error: Error, path: string): Explained {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    return { kind: "conflict", what: "is a folder", hint: "name a file as the table" }
  switch (whyNotWritable(path) ?? whyNotWritable(dirname(path)) ?? systemCode(error)) {
    case "EACCES":
    case "EPERM":
      return {
        kind: "denied",
        what: "may not be written by this user: the file and its folder must both be writable",
        hint: `see their owner and mode with: ls -ld '${dirname(path)}' '${path}'; ${AGAIN}`,
      }
    case "EROFS":
      return {
        kind: "unavailable",
        what: "is on a read-only file system",
        hint: `keep it elsewhere (REGATTA_HOME), or mount it for writing; ${AGAIN}`,
      }
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return noSpace("no space is left on its disk")
    default:
      return {
        kind: "unavailable",
        what: `cannot be used: ${error.message}`,
        hint: `mend its file or folder, then run the same command again (${AGAIN})`,
      }
  }
}

/** The file system's own reason, asked of what exists: a folder that cannot be made is only "not there" to its maker. */
function whyNotWritable(path: string): string | null {
  try {
    accessSync(path, constants.W_OK)
    return null
  } catch (error) {
    const code = systemCode(error)
    return code === "ENOENT" && path !== dirname(path) ? whyNotWritable(dirname(path)) : code
  }
}

function resultCode(error: unknown): number | null {
  const code = error instanceof Error && "errcode" in error ? error.errcode : null
  return typeof code === "number" ? code & 0xff : null
}

function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null
  return typeof error.code === "string" ? error.code : null
}
