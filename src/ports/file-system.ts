/** Content without a name. */
export interface KeptFile {
  /** All of it from the first byte on, each time. */
  stream(): AsyncIterable<Uint8Array>
  /** Lets it go, once; what is read of it ends. */
  close(): Promise<void>
}

export interface FileEntry {
  /** Relative to the folder that was listed, with `/` between names. */
  readonly path: string
  readonly bytes: number
  /** Permission bits. */
  readonly mode: number
}

/**
 * The user's own files: manifests, regatta.yaml, plans, code. Paths are absolute. Errors: `notFound`, `denied`,
 * `invalid` (a folder where a file is asked for), `unavailable` (full, read-only), each with `fields.path`.
 */
export interface FileSystem {
  readText(path: string): Promise<string | null>
  /** The file in chunks; a missing file is `notFound` at the first chunk. */
  stream(path: string): AsyncIterable<Uint8Array>
  /** Written beside and renamed: the old content or the new, never half. Folders are made. */
  write(path: string, text: string): Promise<void>
  /** As `write`, of pieces as they come. An error of `body` comes out as it is, and the old content stays. */
  writeStream(path: string, body: AsyncIterable<Uint8Array>): Promise<void>
  /**
   * Keeps the pieces outside of memory, in a file without a name that is gone when it is closed or this process ends. An error
   * of `body` comes out as it is; then nothing is kept.
   */
  keep(body: AsyncIterable<Uint8Array>): Promise<KeptFile>
  /** What the path is, links followed; null: nothing there. */
  kind(path: string): Promise<"file" | "folder" | null>
  /**
   * All files below the folder, sorted by path (UTF-8 bytes), links followed. What `enter` says no to is passed over: it
   * is asked for each relative path, a folder's with `/` at its end and before anything below it is read.
   */
  list(folder: string, enter?: (path: string) => boolean): Promise<readonly FileEntry[]>
  /**
   * The file that a program's name stands for, as a shell on this machine finds it; null: there is none. A name with a `/` is
   * a path itself. `path`: folders between colons; null: the PATH of this process. Never throws.
   */
  findProgram(name: string, path: string | null): Promise<string | null>
}
