// The user's own files on this machine's disk.
// Refuses to write anything half, and to say "nothing there" of what it was not allowed to see.
import { createReadStream } from "node:fs"
import { chmod, readFile, realpath, stat } from "node:fs/promises"
import { dirname } from "node:path"
import type { FileEntry, FileSystem, KeptFile } from "../../../ports/file-system.ts"
import { fileError, isMissing } from "../../disk/file-error.ts"
import { keepNameless } from "../../disk/keep-nameless.ts"
import { walkFolder } from "../../disk/walk-folder.ts"
import { nameOver, writeBeside } from "../../disk/write-whole.ts"
import { findPrograms } from "../../process/find-programs.ts"

export class DiskFileSystem implements FileSystem {
  readonly #path: string | undefined

  /** @param path the PATH of this process, by which programs are found; missing: none is. */
  constructor(path?: string) {
    this.#path = path
  }

  async readText(path: string): Promise<string | null> {
    try {
      return await readFile(path, "utf8")
    } catch (error) {
      if (isMissing(error)) return null
      throw fileError("read", path, error)
    }
  }

  async *stream(path: string): AsyncIterable<Uint8Array> {
    try {
      yield* createReadStream(path)
    } catch (error) {
      throw fileError("read", path, error)
    }
  }

  async write(path: string, text: string): Promise<void> {
    await this.writeStream(path, once(text))
  }

  async writeStream(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const [target, mode] = await replaced(path)
    await writeBeside(dirname(target), target, body, async (written) => {
      if (mode !== null) await chmod(written, mode)
      await nameOver(written, target)
    })
  }

  keep(body: AsyncIterable<Uint8Array>): Promise<KeptFile> {
    return keepNameless(body)
  }

  async kind(path: string): Promise<"file" | "folder" | null> {
    try {
      const stats = await stat(path)
      return stats.isDirectory() ? "folder" : "file"
    } catch (error) {
      if (isMissing(error)) return null
      throw fileError("read", path, error)
    }
  }

  async list(folder: string, enter: (path: string) => boolean = () => true): Promise<readonly FileEntry[]> {
    const files: FileEntry[] = []
    for await (const { path, bytes, mode } of walkFolder(folder, enter)) files.push({ path, bytes, mode })
    return files
  }

  async findProgram(name: string, path: string | null): Promise<string | null> {
    return findPrograms(name, path ?? this.#path)[0] ?? null
  }
}

/** The file that a write replaces, behind any link, so that the link stays one, and its mode; null: a new file. */
async function replaced(path: string): Promise<readonly [target: string, mode: number | null]> {
  try {
    const target = await realpath(path)
    return [target, (await stat(target)).mode & 0o777]
  } catch (error) {
    if (isMissing(error)) return [path, null]
    throw fileError("write", path, error)
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
