// Files in this process's memory, for tests and for what is only tried.
// Keeps nothing when the process ends and touches no disk.
import { RegattaError } from "../../../core/errors.ts"
import type { FileEntry, FileSystem, KeptFile } from "../../../ports/file-system.ts"

interface MemoryFile {
  readonly bytes: Uint8Array
  readonly mode: number
}

const CHUNK_BYTES = 65_536

export class MemoryFileSystem implements FileSystem {
  readonly #files = new Map<string, MemoryFile>()
  /** Its `/bin` has every program but these. */
  readonly missingPrograms = new Set<string>()

  /** Contents by absolute path. */
  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) this.put(path, content)
  }

  /** Puts a file there as a user would. */
  put(path: string, content: string | Uint8Array, mode = 0o644): void {
    this.#files.set(path, { bytes: typeof content === "string" ? new TextEncoder().encode(content) : content, mode })
  }

  async readText(path: string): Promise<string | null> {
    const file = this.#files.get(path)
    if (file === undefined && this.#isFolder(path)) throw notAFile(path)
    return file === undefined ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(file.bytes)
  }

  async *stream(path: string): AsyncIterable<Uint8Array> {
    const file = this.#files.get(path)
    if (file === undefined) throw this.#isFolder(path) ? notAFile(path) : missing("read", path)
    for (let at = 0; at < file.bytes.length; at += CHUNK_BYTES) yield file.bytes.subarray(at, at + CHUNK_BYTES)
  }

  async write(path: string, text: string): Promise<void> {
    if (this.#isFolder(path)) throw notAFile(path)
    this.put(path, text, this.#files.get(path)?.mode)
  }

  async writeStream(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#isFolder(path)) throw notAFile(path)
    const pieces = await gathered(body)
    this.put(path, Buffer.concat(pieces), this.#files.get(path)?.mode)
  }

  async keep(body: AsyncIterable<Uint8Array>): Promise<KeptFile> {
    const pieces = await gathered(body)
    return {
      async *stream() {
        yield* pieces
      },
      close: async () => {},
    }
  }

  async kind(path: string): Promise<"file" | "folder" | null> {
    if (this.#files.has(path)) return "file"
    return this.#isFolder(path) ? "folder" : null
  }

  async list(folder: string, enter: (path: string) => boolean = () => true): Promise<readonly FileEntry[]> {
    if (!this.#isFolder(folder)) throw missing("list", folder)
    const entries: FileEntry[] = []
    for (const [full, { bytes, mode }] of this.#files) {
      const path = full.startsWith(withSlash(folder)) ? full.slice(withSlash(folder).length) : null
      if (path !== null && withFolders(path).every(enter)) entries.push({ path, bytes: bytes.length, mode })
    }
    return entries.sort((one, other) => Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)))
  }

  async findProgram(name: string, path: string | null): Promise<string | null> {
    if (name.includes("/")) return this.#isExecutable(name) ? name : null
    const folders = (path ?? "/bin").split(":")
    const found = folders.map((folder) => `${folder}/${name}`).find((file) => this.#isExecutable(file))
    if (found !== undefined) return found
    return folders.includes("/bin") && !this.missingPrograms.has(name) ? `/bin/${name}` : null
  }

  #isExecutable(path: string): boolean {
    return ((this.#files.get(path)?.mode ?? 0) & 0o111) !== 0
  }

  #isFolder(path: string): boolean {
    for (const file of this.#files.keys()) if (file.startsWith(withSlash(path))) return true
    return false
  }
}

async function gathered(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return pieces
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`
}

/** `a/`, `a/b/`, `a/b/c` of `a/b/c`. */
function withFolders(path: string): readonly string[] {
  const names = path.split("/")
  return names.map((_, at) => `${names.slice(0, at + 1).join("/")}${at < names.length - 1 ? "/" : ""}`)
}

function missing(doing: string, path: string): RegattaError {
  return new RegattaError("notFound", `cannot ${doing} ${path}: no such file or folder`, { fields: { path } })
}

function notAFile(path: string): RegattaError {
  return new RegattaError("invalid", `cannot read ${path}: it is a folder, not a file`, { fields: { path } })
}
