// The user's files with those in S3 among them, under `s3://bucket/key`: a manifest, its regatta.yaml and its code may lie there.
// Refuses to write there, and knows no permission bits: no file of S3 may be run by its name alone.
import { isRegattaError, RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import type { ObjectRef } from "../../../core/run/run.ts"
import type { FileEntry, FileSystem, KeptFile } from "../../../ports/file-system.ts"
import type { ObjectStore } from "../../../ports/object-store.ts"

type Objects = Pick<ObjectStore, "stat" | "stream" | "list">

export class ObjectFiles implements FileSystem {
  readonly #files: FileSystem
  readonly #objects: () => Promise<Objects>
  readonly #home: string

  /** @param objects opened at the first URI. `home`: where buckets are asked for first. */
  constructor(files: FileSystem, objects: () => Promise<Objects>, home: string) {
    this.#files = files
    this.#objects = objects
    this.#home = home
  }

  async readText(path: string): Promise<string | null> {
    if (!isUri(path)) return this.#files.readText(path)
    const ref = await this.#stat(path)
    if (ref === null) return null
    const decoder = new TextDecoder()
    let text = ""
    for await (const chunk of (await this.#objects()).stream(ref)) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  }

  async *stream(path: string): AsyncGenerator<Uint8Array> {
    if (!isUri(path)) return yield* this.#files.stream(path)
    const ref = await this.#stat(path)
    if (ref === null) throw new RegattaError("notFound", `there is no object ${path}`, { fields: { path } })
    yield* (await this.#objects()).stream(ref)
  }

  write(path: string, text: string): Promise<void> {
    if (!isUri(path)) return this.#files.write(path, text)
    return Promise.reject(new RegattaError("unsupported", `cannot write ${path}: name a file of this machine`))
  }

  writeStream(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    if (!isUri(path)) return this.#files.writeStream(path, body)
    return Promise.reject(new RegattaError("unsupported", `cannot write ${path}: name a file of this machine`))
  }

  keep(body: AsyncIterable<Uint8Array>): Promise<KeptFile> {
    return this.#files.keep(body)
  }

  async kind(path: string): Promise<"file" | "folder" | null> {
    if (!isUri(path)) return this.#files.kind(path)
    if ((await this.#stat(path)) !== null) return "file"
    for await (const _ of this.#below(path)) return "folder"
    return null
  }

  async list(folder: string, enter: (path: string) => boolean = () => true): Promise<readonly FileEntry[]> {
    if (!isUri(folder)) return this.#files.list(folder, enter)
    const entries: FileEntry[] = []
    for await (const { path, bytes } of this.#below(folder)) {
      // A key that ends in a slash is how consoles make folders.
      if (path !== "" && !path.endsWith("/") && isEntered(path, enter)) entries.push({ path, bytes, mode: 0o644 })
    }
    return entries
  }

  findProgram(name: string, path: string | null): Promise<string | null> {
    return this.#files.findProgram(name, path)
  }

  async *#below(folder: string): AsyncGenerator<Pick<FileEntry, "path" | "bytes">> {
    const prefix = (folder.endsWith("/") ? folder : `${folder}/`) as Uri
    const objects = await this.#objects()
    const region = await this.#inItsRegion(async (where) => {
      await objects.list(prefix, where)[Symbol.asyncIterator]().next()
      return where
    })
    for await (const { uri, bytes } of objects.list(prefix, region)) yield { path: uri.slice(prefix.length), bytes }
  }

  async #stat(path: string): Promise<ObjectRef | null> {
    const objects = await this.#objects()
    return this.#inItsRegion((region) => objects.stat(path as Uri, region))
  }

  /** In the home region, or where the store says that the bucket is. */
  async #inItsRegion<T>(ask: (region: string) => Promise<T>): Promise<T> {
    try {
      return await ask(this.#home)
    } catch (error) {
      const region = isRegattaError(error, "invalid") ? error.fields["bucketRegion"] : undefined
      if (typeof region !== "string" || region === this.#home) throw error
      return ask(region)
    }
  }
}

function isUri(path: string): boolean {
  return path.startsWith("s3://")
}

/** `enter` is asked for every folder on the way, as it would be of a disk. */
function isEntered(path: string, enter: (path: string) => boolean): boolean {
  const names = path.split("/")
  const folders = names.slice(0, -1).map((_, at) => `${names.slice(0, at + 1).join("/")}/`)
  return [...folders, path].every(enter)
}
