// Unpacks tar archives, gzipped or plain, that a stranger's program wrote.
// It trusts nothing in them: no path or link out of the folder, no devices, no owners, no end without a bound.
import { once } from "node:events"
import { chmod, mkdir, mkdtemp, readdir, realpath, rename, rm, rmdir } from "node:fs/promises"
import { basename, dirname, join, normalize, sep } from "node:path"
import type { ReadEntry, Unpack } from "tar"
import { extract } from "tar"
import { RegattaError } from "../../../core/errors.ts"
import type { ArtifactUnpacker, Unpacked, UnpackLimits } from "../../../ports/artifact-unpacker.ts"
import { fileError, isMissing } from "../../disk/file-error.ts"

/** What a training job's archive may hold; hard links are left out, since one through a link could name any file. */
const ENTRY_TYPES: readonly string[] = ["File", "OldFile", "ContiguousFile", "Directory", "SymbolicLink"]

export class TarUnpacker implements ArtifactUnpacker {
  async unpack(archive: AsyncIterable<Uint8Array>, folder: string, limits: UnpackLimits): Promise<Unpacked> {
    await refuseContent(folder)
    const staging = await makeStaging(folder)
    try {
      const unpacked = await unpackInto(archive, staging, limits)
      await refuseLinksOutside(staging)
      await chmod(staging, 0o755)
      await replaceEmpty(staging, folder)
      return unpacked
    } catch (error) {
      // Files that were begun before the refusal may still come while the folder is being emptied.
      await rm(staging, { recursive: true, force: true, maxRetries: 10 })
      throw fileError("unpack into", folder, error)
    }
  }
}

async function unpackInto(
  archive: AsyncIterable<Uint8Array>,
  staging: string,
  limits: UnpackLimits,
): Promise<Unpacked> {
  const seen = { files: 0, bytes: 0 }
  let failure: unknown = null
  const unpack: Unpack = extract({
    cwd: staging,
    strict: true,
    preserveOwner: false,
    filter: (_path, entry) => {
      if (failure !== null || !("type" in entry)) return false
      failure = refusal(entry, seen, limits)
      return failure === null
    },
  })
  // More than one error may come, and the first says why; without a listener the second would be thrown.
  unpack.on("error", (error: unknown) => {
    failure ??= error
  })
  const ended = once(unpack, "close").catch(() => {})
  for await (const chunk of archive) {
    if (failure !== null) break
    if (!unpack.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      await Promise.race([once(unpack, "drain").catch(() => {}), ended])
    }
  }
  if (failure === null) {
    unpack.end()
    await ended
  }
  if (failure !== null) throw asError(failure)
  return seen
}

/** Counts the entry, and says why it may not be unpacked; null: it may. Its mode is made harmless. */
function refusal(entry: ReadEntry, seen: { files: number; bytes: number }, limits: UnpackLimits): RegattaError | null {
  seen.files += 1
  seen.bytes += entry.size
  if (seen.files > limits.files) return tooMuch(`more than ${limits.files} files`)
  if (seen.bytes > limits.bytes) return tooMuch(`more than ${limits.bytes} bytes`)
  if (!ENTRY_TYPES.includes(entry.type)) return unsafe(entry, `is a ${entry.type}`)
  if (leavesFolder(entry.path)) return unsafe(entry, "reaches outside of the folder")
  if (entry.type === "SymbolicLink" && leavesFolder(join(dirname(entry.path), entry.linkpath ?? ""), entry.linkpath)) {
    return unsafe(entry, `links to ${JSON.stringify(entry.linkpath)}, outside of the folder`)
  }
  entry.mode = ((entry.mode ?? 0o644) & 0o777) | (entry.type === "Directory" ? 0o700 : 0o600)
  return null
}

function leavesFolder(path: string, given: string | undefined = path): boolean {
  if (given.startsWith("/") || path.includes("\0")) return true
  return normalize(path).split(sep)[0] === ".."
}

/** A chain of links may lead outside although each alone stays inside: only the finished folder can tell. */
async function refuseLinksOutside(staging: string): Promise<void> {
  const root = await realpath(staging)
  for (const entry of await readdir(staging, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    const target = await realpath(join(entry.parentPath, entry.name)).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
    if (target === null || (target !== root && !target.startsWith(`${root}${sep}`))) {
      throw new RegattaError(
        "invalid",
        `the archive's link ${JSON.stringify(entry.name)} leads nowhere inside the folder`,
      )
    }
  }
}

async function refuseContent(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw fileError("unpack into", folder, error)
  })
  if (names.length === 0) return
  throw new RegattaError("conflict", `cannot unpack into ${folder}: the folder is not empty`, {
    hint: "name another folder with --to",
    fields: { path: folder },
  })
}

/** Beside the folder, so that it can be renamed to it. */
async function makeStaging(folder: string): Promise<string> {
  try {
    await mkdir(dirname(folder), { recursive: true })
    return await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
  } catch (error) {
    throw fileError("unpack into", folder, error)
  }
}

async function replaceEmpty(staging: string, folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
  await rename(staging, folder)
}

function tooMuch(what: string): RegattaError {
  return new RegattaError("refused", `the archive holds ${what}`, {
    hint: "if it is meant to be this large, raise the bound with --max-gb",
  })
}

function unsafe(entry: ReadEntry, why: string): RegattaError {
  return new RegattaError(
    "invalid",
    `the archive is not safe to unpack: its entry ${JSON.stringify(entry.path)} ${why}`,
  )
}

function asError(failure: unknown): unknown {
  if (failure instanceof RegattaError || !(failure instanceof Error)) return failure
  const isArchives = !("syscall" in failure) || "tarCode" in failure
  return isArchives ? new RegattaError("invalid", "the artifact is no whole tar archive", { cause: failure }) : failure
}
