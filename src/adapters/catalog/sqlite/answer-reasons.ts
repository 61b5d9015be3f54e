/** What kept a query from its answer. */
export type Reason = "query" | "missing" | "denied" | "damaged" | "busy"

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const BY_CODE: Readonly<Record<number, Reason>> = {
  5: "busy", // SQLITE_BUSY
  6: "busy", // SQLITE_LOCKED
  10: "damaged", // SQLITE_IOERR
  11: "damaged", // SQLITE_CORRUPT
  14: "denied", // SQLITE_CANTOPEN: the file is there
  26: "damaged", // SQLITE_NOTADB
}

const BY_NAME: Readonly<Record<string, Reason>> = { ENOENT: "missing", ENOTDIR: "missing", EACCES: "denied" }

export function reasonOf(error: unknown): { readonly reason: Reason; readonly message: string } {
  if (!(error instanceof Error)) return { reason: "query", message: String(error) }
  const { message } = error
  // Extended codes have the primary one in their lowest byte.
  if ("errcode" in error && typeof error.errcode === "number")
    return { reason: BY_CODE[error.errcode & 0xff] ?? "query", message }
  if ("code" in error && typeof error.code === "string") return { reason: BY_NAME[error.code] ?? "query", message }
  return { reason: "query", message }
}
