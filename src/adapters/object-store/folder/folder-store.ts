// Objects as files of this machine, by `file://` URIs; our own lie in `<stateFolder>/store/`.
// Refuses to give bytes other than those that were pinned, and to write over an object.
import type { Hash } from "node:crypto"
import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { open, readdir, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { RegattaError } from "../../../core/errors.ts"
import { filePath, fileUri } from "../../../core/file-uri.ts"
import type { Uri } from "../../../core/ids.ts"
import type { ObjectRef } from "../../../core/run/run.ts"
import type { CopiedObject, CopyOptions, ObjectStore, StoredObject } from "../../../ports/object-store.ts"
import { fileError, isMissing } from "../../disk/file-error.ts"
import { walkFolder } from "../../disk/walk-folder.ts"
import { nameNew, UNFINISHED, writeBeside } from "../../disk/write-whole.ts"
import { copiedBytes } from "../copied-bytes.ts"
import { backdate, fingerprint, formatEtag, parseEtag } from "./fingerprint.ts"

const CHUNK_BYTES = 262_144
/** What of ours lies below a state folder: pinned rows and code, named by their content, and artifacts, named by run and row. */
const OURS = /^.*?\/(?<below>store\/(?:manifests|code)\/[^/]+|storage\/.+)$/

export class FolderStore implements ObjectStore {
  readonly #home: Uri
  /** Ends in a slash. */
  readonly #stateFolder: string
  /** Fingerprints of files that were found to have the pinned bytes although they are not the file that was pinned. */
  readonly #same = new Set<string>()

  /** `stateFolder`: absolute; its `store` folder is made by the first write. */
  constructor(stateFolder: string) {
    this.#stateFolder = `${stateFolder.replace(/\/+$/, "")}/`
    this.#home = `${fileUri(this.#stateFolder)}store/` as Uri
  }

  home(): Uri {
    return this.#home
  }

  async put(name: Uri | (() => Uri), region: string, body: AsyncIterable<Uint8Array>): Promise<ObjectRef> {
    const hash = createHash("sha256")
    const hashed = throughHash(body, hash)
    if (typeof name === "string" && (await this.stat(name, region))) {
      for await (const _ of hashed);
      return sameObject(name, region, hash.digest("hex"))
    }
    const beside = typeof name === "string" ? dirname(pathOf(name)) : pathOf(this.#home)
    let uri = typeof name === "string" ? name : this.#home
    let isNew = false
    await writeBeside(beside, pathOf(uri), hashed, async (written) => {
      if (typeof name === "function") uri = name()
      await backdate(written)
      isNew = await nameNew(written, pathOf(uri))
    })
    const sha256 = hash.digest("hex")
    return isNew ? refOf(uri, region, sha256) : sameObject(uri, region, sha256)
  }

  async read(ref: ObjectRef, from: number, to: number): Promise<Uint8Array> {
    if (to > ref.bytes) throw beyond(ref, from, to)
    return withFile(await this.#pathNow(ref.uri), async (file) => {
      const bytes = await readRange(file, from, to)
      await this.#verify(file, ref)
      return bytes
    })
  }

  async *stream(ref: ObjectRef): AsyncGenerator<Uint8Array> {
    const path = await this.#pathNow(ref.uri)
    const file = await opened(path)
    try {
      await this.#verify(file, ref)
      yield* chunksOf(file)
      await this.#verify(file, ref)
    } catch (error) {
      throw fileError("read", path, error)
    } finally {
      await file.close()
    }
  }

  async stat(uri: Uri, region: string): Promise<ObjectRef | null> {
    const path = await this.#pathNow(uri)
    try {
      const stats = await stat(path, { bigint: true })
      if (!stats.isFile()) return null
      return { uri, region, etag: formatEtag(fingerprint(stats), null), bytes: Number(stats.size) }
    } catch (error) {
      if (isMissing(error)) return null
      throw fileError("read", path, error)
    }
  }

  async *list(prefix: Uri): AsyncGenerator<StoredObject> {
    const path = pathOf(prefix)
    const folder = path.slice(0, path.lastIndexOf("/") + 1)
    if ((await kindOf(folder)) !== "folder") return
    const mayHold = (below: string) =>
      !below.includes(UNFINISHED) &&
      (`${folder}${below}`.startsWith(path) || (below.endsWith("/") && path.startsWith(`${folder}${below}`)))
    for await (const file of walkFolder(folder, mayHold)) {
      yield {
        uri: fileUri(`${folder}${file.path}`),
        bytes: file.bytes,
        etag: formatEtag(fingerprint(file.stats), null),
      }
    }
  }

  /** A file is copied whole or not at all: a copy that was killed begins anew. */
  async copy(source: ObjectRef, target: Uri, region: string, options: CopyOptions): Promise<CopiedObject> {
    const wasThere = (await kindOf(pathOf(target))) === "file"
    const read = createHash("sha256")
    const ref = await this.put(target, region, copiedBytes(throughHash(this.stream(source), read), options))
    // What was written is read again: it is the disk's word that counts, not what was sent to it.
    if (!wasThere && (await withFile(pathOf(target), hashOf)) !== read.digest("hex")) throw otherBytes(target)
    return { ref, verified: "checksum", wasThere }
  }

  async remove(uris: readonly Uri[]): Promise<void> {
    for (const uri of uris) {
      try {
        await rm(pathOf(uri), { force: true })
      } catch (error) {
        throw fileError("delete", pathOf(uri), error)
      }
    }
  }

  /** A writer that was killed leaves a folder of its own, which holds no part that another could use, but room on the disk. */
  async dropUnfinished(prefix: Uri): Promise<number> {
    const path = pathOf(prefix)
    const folder = path.slice(0, path.lastIndexOf("/") + 1)
    if ((await kindOf(folder)) !== "folder") return 0
    try {
      const found = await readdir(folder, { recursive: true, withFileTypes: true })
      const left = found
        .filter((each) => each.isDirectory() && each.name.startsWith(UNFINISHED))
        .map(({ parentPath, name }) => join(parentPath, name))
        .filter((each) => each.startsWith(path))
      for (const each of left) await rm(each, { recursive: true, force: true })
      return left.length
    } catch (error) {
      throw fileError("delete", folder, error)
    }
  }

  /**
   * Where an object lies now. A project may have been renamed or moved with its state folder: what is missing at its place
   * is looked for below the state folder of today.
   */
  async #pathNow(uri: Uri): Promise<string> {
    const path = pathOf(uri)
    const below = OURS.exec(path)?.groups?.["below"]
    if (below === undefined || path.startsWith(this.#stateFolder) || (await kindOf(path)) !== null) return path
    const moved = join(this.#stateFolder, below)
    return (await kindOf(moved)) === "file" ? moved : path
  }

  /** Made after the bytes were read, so that a write before or during the read is seen. */
  async #verify(file: FileHandle, ref: ObjectRef): Promise<void> {
    const pinned = parseEtag(ref.etag)
    const print = fingerprint(await file.stat({ bigint: true }))
    if (print === pinned.print || this.#same.has(`${ref.etag} ${print}`)) return
    const isSame =
      pinned.sha256 !== null &&
      (await hashOf(file)) === pinned.sha256 &&
      fingerprint(await file.stat({ bigint: true })) === print
    if (!isSame) throw changed(ref)
    this.#same.add(`${ref.etag} ${print}`)
  }
}

async function refOf(uri: Uri, region: string, sha256: string): Promise<ObjectRef> {
  return withFile(pathOf(uri), async (file) => {
    const stats = await file.stat({ bigint: true })
    return { uri, region, etag: formatEtag(fingerprint(stats), sha256), bytes: Number(stats.size) }
  })
}

/** The object that has the name already, if it has these bytes. */
async function sameObject(uri: Uri, region: string, sha256: string): Promise<ObjectRef> {
  if ((await withFile(pathOf(uri), hashOf)) !== sha256) throw otherBytes(uri)
  return refOf(uri, region, sha256)
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r")
  } catch (error) {
    throw fileError("read", path, error)
  }
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await opened(path)
  try {
    return await use(file)
  } catch (error) {
    throw fileError("read", path, error)
  } finally {
    await file.close()
  }
}

/** As many of the bytes as the file has. */
async function readRange(file: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const chunk = await readRange(file, at, at + CHUNK_BYTES)
    if (chunk.length > 0) yield chunk
    if (chunk.length < CHUNK_BYTES) return
    at += chunk.length
  }
}

async function hashOf(file: FileHandle): Promise<string> {
  const hash = createHash("sha256")
  for await (const chunk of chunksOf(file)) hash.update(chunk)
  return hash.digest("hex")
}

async function* throughHash(body: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file"
  } catch (error) {
    if (isMissing(error)) return null
    throw fileError("list", path, error)
  }
}

function pathOf(uri: Uri): string {
  const path = filePath(uri)
  if (path !== null) return path
  throw new RegattaError("unsupported", `cannot use ${uri}: objects on local are files, named file:///absolute/path`, {
    hint: "name a folder for the bucket or prefix under storage.map in regatta.yaml",
    fields: { uri },
  })
}

function changed({ uri }: ObjectRef): RegattaError {
  return new RegattaError("changed", `${uri} is not the object that was pinned: it was written over`, {
    hint: "put the old file back, or submit the manifest again: that is a new run",
    fields: { uri },
  })
}

function otherBytes(uri: Uri): RegattaError {
  return new RegattaError("conflict", `cannot write ${uri}: other bytes lie there already`, {
    hint: "that file was changed after it was written; move it away, then run the command again",
    fields: { uri },
  })
}

function beyond({ uri, bytes }: ObjectRef, from: number, to: number): RegattaError {
  return new RegattaError("notFound", `${uri} has ${bytes} bytes: there is no range ${from}-${to}`, {
    fields: { uri },
  })
}
