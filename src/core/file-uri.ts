import type { Uri } from "./ids.ts"

/** `file:///absolute/path` of an absolute path; what a URI reads otherwise (`%`, `#`, `?`, space, …) is escaped. */
export function fileUri(path: string): Uri {
  return `file://${encodeURI(path).replaceAll("#", "%23").replaceAll("?", "%3F")}` as Uri
}

/** The absolute path of a `file:///…` URI of this machine; null for any other text. */
export function filePath(uri: string): string | null {
  if (!uri.startsWith("file:///")) return null
  try {
    const path = decodeURIComponent(uri.slice("file://".length))
    return path.includes("\0") ? null : path
  } catch {
    return null
  }
}
