// The technology shared by what keeps files: errors told in our words, writing whole or not at all, walking folders.
// Knows no port and no layout of ours, and never guesses at an error that is not the system's.
import type { ErrorCode } from "../../core/errors.ts"
import { RegattaError } from "../../core/errors.ts"

interface Meaning {
  readonly code: ErrorCode
  readonly text: string
  readonly hint?: string
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: "notFound", text: "no such file or folder" },
  ENOTDIR: { code: "notFound", text: "a part of the path is a file, not a folder" },
  EACCES: { code: "denied", text: "not allowed", hint: "check the owner and the mode of the path and of its folders" },
  EPERM: { code: "denied", text: "not allowed", hint: "check the owner and the mode of the path and of its folders" },
  EEXIST: { code: "conflict", text: "something else has this name" },
  EISDIR: { code: "invalid", text: "it is a folder, not a file" },
  ENAMETOOLONG: { code: "invalid", text: "the path or a name in it is too long" },
  ELOOP: { code: "invalid", text: "its links lead in a circle" },
  ERR_FS_FILE_TOO_LARGE: { code: "invalid", text: "the file is too large to be read whole" },
  ERR_STRING_TOO_LONG: { code: "invalid", text: "the file is too large to be read whole" },
  ENOSPC: { code: "unavailable", text: "the disk is full", hint: "free some space, then run the command again" },
  EDQUOT: {
    code: "unavailable",
    text: "the disk quota is used up",
    hint: "free some space, then run the command again",
  },
  EFBIG: { code: "unavailable", text: "the file would pass the largest size allowed", hint: "see `ulimit -f`" },
  EROFS: {
    code: "unavailable",
    text: "the file system is read-only",
    hint: "set REGATTA_HOME to a folder that can be written",
  },
  EMFILE: { code: "unavailable", text: "too many open files", hint: "see `ulimit -n`" },
}

/**
 * Says in our words why the system refused something with a file: `cannot write /x/y: the disk is full (ENOSPC)`, with
 * `fields.path`. `doing` is a verb. What is not an error of the system (our own, a bug) comes back as it is.
 */
export function fileError(doing: string, path: string, cause: unknown): unknown {
  const name = errorName(cause)
  if (name === null || cause instanceof RegattaError) return cause
  const meaning = MEANINGS[name] ?? { code: "unavailable" as const, text: "the system refused" }
  const details = { cause, fields: { path }, ...(meaning.hint === undefined ? {} : { hint: meaning.hint }) }
  return new RegattaError(meaning.code, `cannot ${doing} ${path}: ${meaning.text} (${name})`, details)
}

/** Whether there is nothing at this path, told by the error of a call on it. */
export function isMissing(error: unknown): boolean {
  const name = errorName(error)
  return name === "ENOENT" || name === "ENOTDIR"
}

/** `ENOENT`, … of an error of the system; null for any other. */
export function errorName(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null
  return "syscall" in error || error.code in MEANINGS ? error.code : null
}
