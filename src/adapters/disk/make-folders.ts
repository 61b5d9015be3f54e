import { mkdir, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { errorName } from "./file-error.ts"

/** Makes a folder and those above it. Node's own `recursive` says "no such file" of a disk that is read-only; this says what is so. */
export async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path)
  } catch (error) {
    if (errorName(error) !== "ENOENT" || dirname(path) === path) throw error
    await makeFolders(dirname(path))
    // Once: some file systems (/proc) say "no such file" of a name below a folder that is there.
    await makeFolder(path)
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (errorName(error) === "ENOENT" || !(await isFolder(path))) throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    // What stat says is of less use than why the folder could not be made.
    if (errorName(error) === null) throw error
    return false
  }
}
