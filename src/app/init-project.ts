import { RegattaError } from "../core/errors.ts"
import { resolvePath } from "../core/paths.ts"
import type { FileSystem } from "../ports/file-system.ts"
import { PROJECT_FILES } from "./project-template.ts"

/** Absolute paths of the files of a new project in the folder. Error `conflict`: some exist already, and all of them are named. */
export async function planProject(files: Pick<FileSystem, "kind">, folder: string): Promise<readonly string[]> {
  const paths = PROJECT_FILES.map(({ path }) => resolvePath(folder, path))
  const kinds = await Promise.all(paths.map((path) => files.kind(path)))
  const existing = paths.filter((_, at) => kinds[at] !== null)
  if (existing.length === 0) return paths
  throw new RegattaError(
    "conflict",
    `nothing was written: ${existing.join(", ")} exist${existing.length === 1 ? "s" : ""} already`,
    {
      hint: "name an empty folder: `regatta init FOLDER`",
      fields: { path: folder },
    },
  )
}

/** Writes the files of a new project; the paths written. */
export async function initProject(
  files: Pick<FileSystem, "kind" | "write">,
  folder: string,
): Promise<readonly string[]> {
  const paths = await planProject(files, folder)
  for (const { path, text } of PROJECT_FILES) await files.write(resolvePath(folder, path), text)
  return paths
}
