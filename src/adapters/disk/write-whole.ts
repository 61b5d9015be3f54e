import { link, mkdtemp, open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { errorName, fileError } from "./file-error.ts"
import { makeFolders } from "./make-folders.ts"

/** Begins the names of folders in which files are written before they get their own name; a killed writer leaves one behind. */
export const UNFINISHED = ".regatta-unfinished-"

/**
 * Writes a file in a folder of its own below `folder`, flushes it and calls `publish` with where it lies; that gives it its
 * name by `nameNew` or `nameOver`, on the same disk. Whatever fails, nothing half-written is left. `folder` is made. `about`
 * names the file in errors. An error of `body` comes out as it is.
 */
export async function writeBeside(
  folder: string,
  about: string,
  body: AsyncIterable<Uint8Array>,
  publish: (written: string) => Promise<void>,
): Promise<void> {
  let own: string | null = null
  try {
    await makeFolders(folder)
    own = await mkdtemp(join(folder, UNFINISHED))
    const written = join(own, "content")
    await writeFlushed(written, marked(body))
    await publish(written)
  } catch (error) {
    throw error instanceof BodyError ? error.cause : fileError("write", about, error)
  } finally {
    if (own !== null) await rm(own, { recursive: true, force: true })
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

/** Gives the file its name unless something has it already: then false, and that stays untouched. Folders are made. */
export async function nameNew(written: string, path: string): Promise<boolean> {
  try {
    await makeFolders(dirname(path))
    await link(written, path)
    await flushFolder(dirname(path))
    return true
  } catch (error) {
    if (errorName(error) === "EEXIST") return false
    throw error
  }
}

/** Gives the file its name; what had it before is replaced in one step. */
export async function nameOver(written: string, path: string): Promise<void> {
  await rename(written, path)
  await flushFolder(dirname(path))
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
