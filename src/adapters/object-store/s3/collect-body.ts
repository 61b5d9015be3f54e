import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { mkdtemp, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileError } from "../../disk/file-error.ts"

/** A body that has ended: its length and hash are known, and its bytes can be read again. */
export interface CollectedBody {
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** Pieces of `size` bytes, the last one shorter; one empty piece of an empty body. */
  pieces(size: number): AsyncIterable<Uint8Array>
  /** Frees what keeps it. Idempotent. */
  drop(): Promise<void>
}

/**
 * Reads a body to its end, in memory up to `inMemory` bytes and beyond that in a file of the system's folder for such files.
 * S3 must know a key before the first byte, our names are hashes of all of them, and a refused condition may ask for the
 * bytes a second time. A spooled file costs a disk once; an object under a passing name would cost a second permission, a
 * copy, and lie in the bucket for ever when the process is killed. The body's own error comes out as it is.
 */
export async function collectBody(body: AsyncIterable<Uint8Array>, inMemory: number): Promise<CollectedBody> {
  const hash = createHash("sha256")
  const chunks: Uint8Array[] = []
  let bytes = 0
  let spool: Spool | null = null
  try {
    for await (const chunk of body) {
      hash.update(chunk)
      bytes += chunk.length
      if (spool !== null) await spool.append(chunk)
      // A source may use its buffer again for the next chunk.
      else chunks.push(chunk.slice())
      if (spool === null && bytes > inMemory) {
        spool = await Spool.open()
        for (const kept of chunks.splice(0)) await spool.append(kept)
      }
    }
  } catch (error) {
    await spool?.drop()
    throw error
  }
  const sha256 = hash.digest("hex")
  if (spool !== null) return spooled(spool, bytes, sha256)
  const whole = Buffer.concat(chunks)
  return { bytes, sha256, pieces: (size) => slices(whole, size), drop: async () => {} }
}

function spooled(spool: Spool, bytes: number, sha256: string): CollectedBody {
  return { bytes, sha256, pieces: (size) => spool.pieces(size, bytes), drop: () => spool.drop() }
}

async function* slices(whole: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at === 0 || at < whole.length; at += size) yield whole.subarray(at, at + size)
}

/** One file in a folder of its own. */
class Spool {
  readonly #folder: string
  readonly #path: string
  readonly #file: FileHandle
  #isOpen = true

  private constructor(folder: string, path: string, file: FileHandle) {
    this.#folder = folder
    this.#path = path
    this.#file = file
  }

  static async open(): Promise<Spool> {
    try {
      const folder = await mkdtemp(join(tmpdir(), "regatta-upload-"))
      const path = join(folder, "body")
      return new Spool(folder, path, await open(path, "wx+", 0o600))
    } catch (error) {
      throw fileError("write", tmpdir(), error)
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    try {
      await this.#file.writeFile(chunk)
    } catch (error) {
      throw fileError("write", this.#path, error)
    }
  }

  async *pieces(size: number, bytes: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes; at += size) yield this.#piece(at, Math.min(size, bytes - at))
  }

  async drop(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#file.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #piece(at: number, length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(length)
    let filled = 0
    try {
      while (filled < length) {
        const { bytesRead } = await this.#file.read(piece, filled, length - filled, at + filled)
        if (bytesRead === 0) throw new Error(`${this.#path} was cut short`)
        filled += bytesRead
      }
    } catch (error) {
      throw fileError("read", this.#path, error)
    }
    return piece
  }
}
