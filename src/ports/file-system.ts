export interface FileEntry {
  /** Relative to the folder that was listed, with `/` between names. */
  readonly path: string
  readonly bytes: number
  readonly mode: number
}

/** The user's own files: manifests, regatta.yaml, plans, code. Paths are absolute. Errors: `notFound`, `denied`, `unavailable`. */
export interface FileSystem {
  readText(path: string): Promise<string | null>
  /** The file in chunks; a missing file is `notFound` at the first chunk. */
  stream(path: string): AsyncIterable<Uint8Array>
  /** Written beside and renamed: the old content or the new, never half. Folders are made. */
  write(path: string, text: string): Promise<void>
  /** What the path is, links followed; null: nothing there. */
  kind(path: string): Promise<"file" | "folder" | null>
  /** All files below the folder, sorted by path. */
  list(folder: string): Promise<readonly FileEntry[]>
}
