import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileUri } from "../../../core/file-uri.ts"
import type { Uri } from "../../../core/ids.ts"
import { walkFolder } from "../../disk/walk-folder.ts"
import type { JobDescription } from "./job-description.ts"
import { locate } from "./locate.ts"

export interface Uploaded {
  /** null: no host wrote a model. */
  readonly artifact: Uri | null
  /** What the log should say. */
  readonly notes: readonly string[]
}

/**
 * Packs what the hosts wrote into `<output>/<job>/output/`: output.tar.gz of their output data and, `withModel`, model.tar.gz of
 * their models. Hosts are merged as SageMaker merges them, into one archive; of a file that several wrote, the first host's is kept.
 */
export async function uploadArtifacts(
  description: JobDescription,
  hostFolders: readonly string[],
  withModel: boolean,
): Promise<Uploaded> {
  const prefix = `${description.spec.output.replace(/\/+$/, "")}/${description.jobName}/output`
  const folder = locate(prefix, description)
  if (folder === null) throw new Error(`the output ${prefix} has no place on this machine`)
  const output = await pack(hostFolders, "output/data", join(folder, "output.tar.gz"))
  const model = withModel ? await pack(hostFolders, "model", join(folder, "model.tar.gz")) : NOTHING
  return { artifact: model.file === null ? null : fileUri(model.file), notes: [...output.notes, ...model.notes] }
}

interface Packed {
  readonly file: string | null
  readonly notes: readonly string[]
}

const NOTHING: Packed = { file: null, notes: [] }

async function pack(hostFolders: readonly string[], below: string, file: string): Promise<Packed> {
  const [first, ...others] = hostFolders.map((host) => join(host, below))
  if (first === undefined) return NOTHING
  const lost: string[] = []
  for (const other of others) lost.push(...(await moveInto(other, first)))
  const paths = await filesOf(first)
  if (paths.length === 0) return NOTHING
  await writeArchive(first, paths, file)
  const what = lost.length === 1 ? "1 file" : `${lost.length} files`
  return {
    file,
    notes:
      lost.length === 0 ? [] : [`${below}: ${what} written by several hosts, of which the first is kept: ${lost[0]}`],
  }
}

/** Moves what the target has not; returns what it had. */
async function moveInto(from: string, to: string): Promise<readonly string[]> {
  const lost: string[] = []
  for (const path of await filesOf(from)) {
    const target = join(to, path)
    if (existsSync(target)) {
      lost.push(path)
      continue
    }
    mkdirSync(dirname(target), { recursive: true })
    renameSync(join(from, path), target)
  }
  return lost
}

async function filesOf(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return []
  const paths: string[] = []
  for await (const { path } of walkFolder(folder, () => true)) paths.push(path)
  return paths
}

/** Written beside and renamed: no reader meets half an archive. */
async function writeArchive(folder: string, paths: readonly string[], file: string): Promise<void> {
  const { create } = await import("tar")
  mkdirSync(dirname(file), { recursive: true })
  const beside = `${file}.new`
  try {
    // A name that begins with @ would be read as an archive to be included.
    const names = paths.map((path) => (path.startsWith("@") ? `./${path}` : path))
    await create({ cwd: folder, file: beside, gzip: true, portable: true, noMtime: true, follow: true }, names)
    renameSync(beside, file)
  } finally {
    rmSync(beside, { force: true })
  }
}
