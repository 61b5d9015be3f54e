import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { KeptFile } from "../../ports/file-system.ts"
import { fileError } from "./file-error.ts"

const CHUNK_BYTES = 65_536

/**
 * Keeps the pieces in a file of the system's temporary folder that loses its name at once, so that not even a kill leaves it
 * behind. An error of `body` comes out as it is. Errors: `unavailable` (full), `denied`.
 */
export async function keepNameless(body: AsyncIterable<Uint8Array>): Promise<KeptFile> {
  const file = await nameless()
  try {
    for await (const piece of body) await append(file, piece)
  } catch (error) {
    await file.close()
    throw error
  }
  return { stream: () => read(file), close: () => file.close() }
}

async function append(file: FileHandle, piece: Uint8Array): Promise<void> {
  try {
    let from = 0
    while (from < piece.length) from += (await file.write(piece, from)).bytesWritten
  } catch (error) {
    throw fileError("write", tmpdir(), error)
  }
}

async function nameless(): Promise<FileHandle> {
  try {
    const folder = await mkdtemp(join(tmpdir(), "regatta-spool-"))
    try {
      return await open(join(folder, "content"), "wx+", 0o600)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  } catch (error) {
    throw fileError("write", tmpdir(), error)
  }
}

async function* read(file: FileHandle): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}
