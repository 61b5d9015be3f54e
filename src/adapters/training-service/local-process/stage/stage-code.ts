import { cpSync, existsSync, statSync } from "node:fs"
import { join } from "node:path"
import type { JobDescription } from "../job-description.ts"
import { locate } from "../locate.ts"

/** Kinds of tar entries that code has; links could lead out of the folder. */
const ALLOWED: ReadonlySet<string> = new Set(["File", "OldFile", "ContiguousFile", "Directory"])

/** Unpacks the row's code into `code/` of every host. Throws, named, what is not as it was packed. */
export async function stageCode(description: JobDescription, hostFolders: readonly string[]): Promise<void> {
  const { program } = description.spec
  const [first, ...others] = hostFolders.map((folder) => join(folder, "code"))
  if (program === null || first === undefined) return
  const { archive } = program
  const file = archive === null ? null : locate(archive.uri, description)
  if (archive === null || file === null || !existsSync(file)) {
    throw new Error(`the code archive ${archive?.uri ?? "of the row"} is not there`)
  }
  const { size } = statSync(file)
  if (size !== archive.bytes) throw new Error(`the code archive ${file} has ${size} bytes, not ${archive.bytes}`)
  await unpack(file, first)
  if (!existsSync(join(first, program.entryPoint))) {
    throw new Error(`the entry point ${program.entryPoint} is not in the code archive ${file}`)
  }
  for (const folder of others) cpSync(first, folder, { recursive: true })
}

async function unpack(file: string, folder: string): Promise<void> {
  // tar is read only where there is code: it takes longer than all else of ours together.
  const { extract } = await import("tar")
  await extract({
    file,
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter: (_path, entry) => "type" in entry && ALLOWED.has(String(entry.type)),
  })
}
