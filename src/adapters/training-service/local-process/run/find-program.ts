import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs"
import { delimiter, join } from "node:path"

/** All programs of this name on a PATH, in its order. */
export function findPrograms(name: string, path: string | undefined): readonly string[] {
  if (name.includes("/")) return isExecutable(name) ? [name] : []
  const folders = (path ?? "").split(delimiter).filter((folder) => folder.startsWith("/"))
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable)
}

/** Whether a file says by `#!` what runs it. */
export function hasShebang(file: string): boolean {
  const handle = openSync(file, "r")
  try {
    const begin = Buffer.alloc(2)
    readSync(handle, begin)
    return begin.toString("latin1") === "#!"
  } finally {
    closeSync(handle)
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
