// What the rows name on this machine, looked for before anything is launched: code, and on local the inputs and programs.
// Reads no content, and asks for each path once however many rows name it.

import type { Config } from "../core/config/config.ts"
import { isRegattaError } from "../core/errors.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { Channel, JobSpec } from "../core/job/job-spec.ts"
import { resolveStorage } from "../core/job/storage-map.ts"
import { isFileSystem } from "../core/manifest/service-rules.ts"
import { folderOf, lastName } from "../core/paths.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { ProgramCheck } from "./check-programs.ts"
import { refuseUnpackable } from "./pack-code.ts"

export interface MachineFinding {
  readonly severity: "error" | "warning"
  readonly column: string
  readonly message: string
}

/** Paths whose answer is remembered; a manifest names few, or each once. */
const REMEMBERED = 10_000

export class MachineCheck {
  readonly #files: OpenPorts["files"]
  readonly #config: Pick<Config, "on" | "storageMap" | "stateFolder" | "local">
  readonly #code = new Map<string, readonly MachineFinding[]>()
  readonly #objects = new Map<string, number | string>()
  readonly #programs: ProgramCheck

  constructor(files: OpenPorts["files"], config: Pick<Config, "on" | "storageMap" | "stateFolder" | "local">) {
    this.#files = files
    this.#config = config
    this.#programs = new ProgramCheck(files, config.local)
  }

  async row(spec: JobSpec, code: CodeSource | null): Promise<readonly MachineFinding[]> {
    const found = code === null ? [] : [...(await this.#codeOnce(code))]
    if (this.#config.on !== "local") return found
    found.push(...(await this.#programs.row(spec)))
    // A copy is not there before the submission makes it.
    const inPlace = spec.channels.filter(({ name }) => spec.copiedFrom?.[name] === undefined)
    for (const channel of inPlace) found.push(...(await this.#channel(channel, spec.places[0].instances)))
    return found
  }

  async #codeOnce(code: CodeSource): Promise<readonly MachineFinding[]> {
    const key = JSON.stringify(code)
    const known = this.#code.get(key)
    if (known !== undefined) return known
    const found = await this.#findCode(code)
    remember(this.#code, key, found)
    return found
  }

  async #findCode(code: CodeSource): Promise<readonly MachineFinding[]> {
    const { folder, entry, dependencies } = code
    const found: MachineFinding[] = []
    const find = (column: string, message: string) => found.push({ severity: "error", column, message })
    const isThere = folder === null || (await this.#kind(folder)) === "folder"
    if (!isThere) find("source_dir", `there is no folder ${folder}`)
    const kind = isThere ? await this.#kind(entry) : "file"
    if (kind !== "file") find("entry_point", kind === null ? `there is no script ${entry}` : `${entry} is a folder`)
    for (const path of dependencies) {
      if ((await this.#kind(path)) === null) find("dependencies", `there is no file or folder ${path}`)
    }
    if (found.length === 0 && dependencies.length > 0) found.push(...(await this.#findTwice(code)))
    return found
  }

  /** Two things of one name in the archive: packing would have to lose one. */
  async #findTwice(code: CodeSource): Promise<readonly MachineFinding[]> {
    const seen = new Map<string, string>(code.folder === null ? [[lastName(code.entry), code.entry]] : [])
    for (const path of code.dependencies) {
      const name = lastName(path.replace(/\/+$/, ""))
      const other = seen.get(name)
      if (other !== undefined) {
        const message = `${other} and ${path} would both be packed as ${name}: rename one of them`
        return [{ severity: "error", column: "dependencies", message }]
      }
      seen.set(name, path)
    }
    if (code.folder === null) return []
    try {
      await refuseUnpackable({ files: this.#files }, code)
      return []
    } catch (error) {
      if (isRegattaError(error, "invalid"))
        return [{ severity: "error", column: "dependencies", message: error.message }]
      throw error
    }
  }

  async #kind(path: string): Promise<"file" | "folder" | null> {
    try {
      return await this.#files.kind(path)
    } catch (error) {
      // Below a file, or not ours to see: as far as this row goes it is not there.
      if (isRegattaError(error, "denied", "invalid", "notFound")) return null
      throw error
    }
  }

  async #channel(channel: Channel, hosts: number): Promise<readonly MachineFinding[]> {
    const column = `channel.${channel.name}`
    // Refused already, by what the row says.
    if (isFileSystem(channel)) return []
    // What a run writes is not there before it; the training job looks again.
    if (/\{(?:run|attempt)\}/.test(channel.uri)) return []
    const known = this.#objects.get(channel.uri) ?? (await this.#count(channel.uri))
    remember(this.#objects, channel.uri, known)
    if (typeof known === "string") return [{ severity: "error", column, message: known }]
    if (channel.distribution !== "ShardedByS3Key" || channel.dataType !== "S3Prefix" || known >= hosts) return []
    const message = `ShardedByS3Key gives each object to one host: ${known} of ${hosts} hosts get one, the others nothing`
    return [{ severity: "warning", column: `${column}.distribution`, message }]
  }

  /** Objects at a location, or why there are none. */
  async #count(uri: string): Promise<number | string> {
    const { storageMap, stateFolder } = this.#config
    const mapped = resolveStorage(uri, storageMap, null)
    const path = mapped ?? resolveStorage(uri, {}, `${stateFolder}/storage`)
    const count = path === null ? 0 : await this.#objectsAt(path)
    if (typeof count === "string" || count > 0) return count
    if (mapped !== null) return `nothing is at ${uri}: looked in ${mapped}`
    const bucket = /^s3:\/\/([^/]+)/.exec(uri)?.[1]
    if (bucket === undefined) return `nothing is at ${uri}`
    return `${uri} has no folder on this machine: name one for ${bucket} under storage.map in regatta.yaml (download from S3 is not built yet)`
  }

  /** Counts as S3 lists: a folder's objects, one file, or all that begins with the name. */
  async #objectsAt(path: string): Promise<number | string> {
    try {
      const kind = await this.#kind(path)
      if (kind === "folder") return (await this.#files.list(path)).length
      if (path.endsWith("/")) return 0
      if (kind === "file") return 1
      const folder = folderOf(path)
      const name = lastName(path)
      if ((await this.#kind(folder)) !== "folder") return 0
      return (await this.#files.list(folder, (each) => each.startsWith(name))).filter((each) =>
        each.path.startsWith(name),
      ).length
    } catch (error) {
      if (isRegattaError(error)) return error.message
      throw error
    }
  }
}

/** The oldest is forgotten, so that a manifest whose rows each name a place of their own takes no more memory. */
function remember<V>(known: Map<string, V>, key: string, value: V): void {
  if (known.has(key)) return
  const [oldest] = known.keys()
  if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest)
  known.set(key, value)
}
