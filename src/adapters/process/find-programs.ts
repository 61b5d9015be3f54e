import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"

/** All programs of this name on a PATH, in its order; a name with a `/` is a path itself. */
export function findPrograms(name: string, path: string | undefined): readonly string[] {
  if (name.includes("/")) return isExecutable(name) ? [name] : []
  const folders = (path ?? "").split(delimiter).filter((folder) => folder.startsWith("/"))
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
