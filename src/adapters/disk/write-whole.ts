import { link, mkdir, mkdtemp, open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { errorName, fileError } from "./file-error.ts"

/** Begins the names of folders in which files are written before they get their own name; a killed writer leaves one behind. */
export const UNFINISHED = ".regatta-unfinished-"

/**
 * Writes a file beside the path, flushes it and calls `publish` with where it lies; that gives it its name by `nameNew` or
 * `nameOver`. Whatever fails, nothing half-written is left. Folders are made. An error of `body` comes out as it is.
 */
export async function writeBeside(
  path: string,
  body: AsyncIterable<Uint8Array>,
  publish: (written: string) => Promise<void>,
): Promise<void> {
  let folder: string | null = null
  try {
    await mkdir(dirname(path), { recursive: true })
    folder = await mkdtemp(join(dirname(path), UNFINISHED))
    const written = join(folder, "content")
    await writeFlushed(written, marked(body))
    await publish(written)
    await flushFolder(dirname(path))
  } catch (error) {
    throw error instanceof BodyError ? error.cause : fileError("write", path, error)
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true })
  }
}

class BodyError extends Error {}

/** Tells an error of the body from one of the disk: a manifest that cannot be read is not a store that cannot be written. */
async function* marked(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (cause) {
    throw new BodyError("the body failed", { cause })
  }
}

/** Gives the file its name unless something has it already: then false, and that stays untouched. */
export async function nameNew(written: string, path: string): Promise<boolean> {
  try {
    await link(written, path)
    return true
  } catch (error) {
    if (errorName(error) === "EEXIST") return false
    throw error
  }
}

/** Gives the file its name; what had it before is replaced in one step. */
export async function nameOver(written: string, path: string): Promise<void> {
  await rename(written, path)
}

async function writeFlushed(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx")
  try {
    for await (const chunk of body) await writeAll(file, chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** One write may take only a part, on a disk that is nearly full for example. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  let from = 0
  while (from < chunk.length) from += (await file.write(chunk, from)).bytesWritten
}

/** A new name is on the disk only when its folder is: else a power cut could keep a run whose rows are gone. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
