// Script mode's archive: the contents of source_dir at its root, each dependency under its own base name, gzip tar,
// stored once per content. The same files give the same bytes: no times, owners or masks, and a sorted list.
import { Header, Pack, ReadEntry } from "tar"
import { RegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { ObjectRef } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"

export interface PackedCode {
  readonly archive: ObjectRef
  readonly sha256: string
  /** The entry point as it is named inside the archive. */
  readonly entryPoint: string
  readonly files: number
}

/** A file and the name that it gets in the archive. */
interface Packed {
  readonly path: string
  readonly file: string
  readonly bytes: number
  readonly mode: number
}

/** Folders that are never part of a program, at any depth. */
const LEFT_OUT = [".git", "__pycache__", "node_modules", ".regatta"]

/**
 * Packs and stores a program. Errors: `invalid` (the entry point lies outside source_dir, two files would get one name),
 * `notFound`, `denied`, `unavailable`, and `changed` where a file grows or shrinks while it is read.
 */
export async function packCode(
  ports: Pick<OpenPorts, "files" | "objects" | "world">,
  region: string,
  source: CodeSource,
): Promise<PackedCode> {
  const files = await filesOf(ports, source)
  const digest = ports.world.digest()
  const body = async function* () {
    for await (const chunk of archiveOf(ports, files)) {
      digest.update(chunk)
      yield chunk
    }
  }
  let sha256 = ""
  const named = () => {
    sha256 ||= digest.hex()
    return archiveUri(ports.objects.home(region), sha256)
  }
  const archive = await ports.objects.put(named, region, body())
  return { archive, sha256, entryPoint: nameInArchive(source), files: files.length }
}

/** What packing would store, without storing it: the archive's hash and size. Errors as of `packCode`. */
export async function measureCode(
  ports: Pick<OpenPorts, "files" | "world">,
  source: CodeSource,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const digest = ports.world.digest()
  let bytes = 0
  for await (const chunk of archiveOf(ports, await filesOf(ports, source))) {
    digest.update(chunk)
    bytes += chunk.length
  }
  return { sha256: digest.hex(), bytes }
}

/** Errors as of `packCode`, as far as the files' names tell. */
export async function refuseUnpackable(ports: Pick<OpenPorts, "files">, source: CodeSource): Promise<void> {
  await filesOf(ports, source)
}

/** Name of an archive below a platform's home: by its content, so that equal code is stored once. */
export function archiveUri(home: Uri, sha256: string): Uri {
  return `${home}code/${sha256}.tar.gz` as Uri
}

/** The entry point as the archive names it. Error `invalid`: it lies outside source_dir. */
export function nameInArchive({ entry, folder }: Pick<CodeSource, "entry" | "folder">): string {
  if (folder === null) return baseName(entry)
  const root = withSlash(folder)
  if (entry.startsWith(root)) return entry.slice(root.length)
  throw new RegattaError("invalid", `entry_point ${entry} lies outside source_dir ${folder}`, {
    hint: "move it into source_dir, or leave source_dir out and name what it needs under dependencies",
    fields: { path: entry },
  })
}

async function filesOf(ports: Pick<OpenPorts, "files">, source: CodeSource): Promise<readonly Packed[]> {
  const entryPoint = nameInArchive(source)
  const roots =
    source.folder === null
      ? [await filesBelow(ports, source.entry, entryPoint)]
      : [await filesBelow(ports, source.folder, "")]
  for (const dependency of source.dependencies) {
    roots.push(await filesBelow(ports, dependency, baseName(dependency)))
  }
  const files = roots.flat().sort((one, other) => (one.path < other.path ? -1 : 1))
  refuseTwice(files)
  if (files.some(({ path }) => path === entryPoint)) return files
  throw new RegattaError("notFound", `there is no entry_point ${source.entry}`, {
    hint: `folders named ${LEFT_OUT.join(", ")} are left out of the archive`,
    fields: { path: source.entry },
  })
}

/** The files of one root under their names in the archive; `name` empty: a folder's contents at the archive's root. */
async function filesBelow(ports: Pick<OpenPorts, "files">, root: string, name: string): Promise<readonly Packed[]> {
  const kind = await ports.files.kind(root)
  if (kind === null) {
    throw new RegattaError("notFound", `cannot pack ${root}: no such file or folder`, { fields: { path: root } })
  }
  if (kind === "file") return [await single(ports, root, name)]
  const entries = await ports.files.list(root, isPacked)
  const prefix = name === "" ? "" : `${name}/`
  return entries.map(({ path, bytes, mode }) => ({
    path: `${prefix}${path}`,
    file: `${withSlash(root)}${path}`,
    bytes,
    mode: plainMode(mode),
  }))
}

async function single(ports: Pick<OpenPorts, "files">, file: string, name: string): Promise<Packed> {
  const base = baseName(file)
  const folder = file.slice(0, -base.length - 1)
  const entries = await ports.files.list(folder === "" ? "/" : folder, (path) => path === base)
  const [entry] = entries
  if (entry !== undefined) return { path: name, file, bytes: entry.bytes, mode: plainMode(entry.mode) }
  throw new RegattaError("notFound", `cannot pack ${file}: no such file`, { fields: { path: file } })
}

/** Whether a file or folder (a slash at its end) inside a program is part of it. */
export function isPacked(path: string): boolean {
  const names = path.split("/")
  return !path.endsWith("/") || !LEFT_OUT.includes(names.at(-2) ?? "")
}

/** Two files of one name, or a file where another root has a folder: unpacking would lose one of them silently. */
function refuseTwice(files: readonly Packed[]): void {
  const owners = new Map<string, Packed>()
  for (const file of files) {
    const other = owners.get(file.path)
    if (other !== undefined) throw twice(file.path, other.file, file.file)
    owners.set(file.path, file)
  }
  for (const file of files) {
    for (let at = file.path.indexOf("/"); at > 0; at = file.path.indexOf("/", at + 1)) {
      const other = owners.get(file.path.slice(0, at))
      if (other !== undefined) throw twice(other.path, other.file, file.file)
    }
  }
}

function twice(name: string, one: string, other: string): RegattaError {
  return new RegattaError("invalid", `both ${one} and ${other} would be named ${name} in the program's archive`, {
    hint: "a dependency is packed under its own base name beside the contents of source_dir: rename one of them",
    fields: { path: one },
  })
}

async function* archiveOf(ports: Pick<OpenPorts, "files">, files: readonly Packed[]): AsyncGenerator<Uint8Array> {
  const pack = new Pack({ portable: true, noMtime: true, gzip: true })
  const made: Uint8Array[] = []
  pack.on("data", (chunk) => void made.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    pack.on("end", () => resolve())
    pack.on("error", reject)
  })
  // Waited for below; whoever stops reading before that needs no answer.
  ended.catch(() => {})
  for (const file of files) {
    const entry = new ReadEntry(new Header({ path: file.path, mode: file.mode, size: file.bytes, type: "File" }))
    pack.write(entry)
    for await (const chunk of contentOf(ports, file)) {
      entry.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
      yield* made.splice(0)
    }
    entry.end()
  }
  pack.end()
  await ended
  yield* made
}

/** The file's bytes, as many as its header says: any other number would shift everything behind it. */
async function* contentOf(ports: Pick<OpenPorts, "files">, { file, bytes }: Packed): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const chunk of ports.files.stream(file)) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  if (left !== 0) throw unstable(file)
}

function unstable(file: string): RegattaError {
  return new RegattaError("changed", `${file} changed while it was packed`, {
    hint: "run the command again when nothing writes to it",
    fields: { path: file },
  })
}

/** Who may write a file depends on the packer's mask, not on the program: only "may be run" is kept. */
function plainMode(mode: number): number {
  return (mode & 0o111) === 0 ? 0o644 : 0o755
}

function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? ""
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`
}
