import { readFile, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { resolveStorage } from "../../../../core/job/storage-map.ts"
import type { TransformPlan } from "../../../../core/job/transform-plan.ts"
import { isMissing } from "../../../disk/file-error.ts"
import { walkFolder } from "../../../disk/walk-folder.ts"

export interface InputFile {
  /** Below the output: what it is called there, less `.out`. */
  readonly name: string
  readonly path: string
}

/** Where `s3://` and `file://` lie on this machine; null: nowhere. */
export type Locate = (uri: string) => string | null

export function locatorOf(storageMap: Readonly<Record<string, string>>, stateFolder: string): Locate {
  return (uri) => resolveStorage(uri, storageMap, join(stateFolder, "storage"))
}

/** The files of a transform's input, in the order of their names. Throws an Error that says where it looked when there is none. */
export async function inputFiles({ input, dataType }: TransformPlan, locate: Locate): Promise<readonly InputFile[]> {
  const path = locate(input)
  const files =
    path === null ? [] : await (dataType === "ManifestFile" ? listed(input, path, locate) : prefixed(input, path))
  if (files.length > 0) return files
  const looked = path === null ? "it has no place on this machine" : `looked in ${path}`
  const mend = input.startsWith("s3://") ? "; name its folder under storage.map in regatta.yaml" : ""
  throw new Error(`no objects are at ${input} (${looked})${mend}`)
}

/** Names are relative to the folder that the prefix is in, as SageMaker's are. */
async function prefixed(uri: string, path: string): Promise<readonly InputFile[]> {
  const kind = await kindOf(path)
  if (kind === "file") return [{ name: basename(path), path }]
  if (kind === "folder") {
    const above = uri.endsWith("/") ? "" : `${uri.slice(uri.lastIndexOf("/") + 1)}/`
    return below(path, above, () => true)
  }
  const folder = dirname(path)
  if (uri.endsWith("/") || (await kindOf(folder)) !== "folder") return []
  return below(folder, "", (name) => name.startsWith(basename(path)))
}

async function below(folder: string, above: string, enter: (name: string) => boolean): Promise<readonly InputFile[]> {
  const files: InputFile[] = []
  for await (const { path } of walkFolder(folder, enter)) {
    files.push({ name: `${above}${path}`, path: join(folder, path) })
  }
  return files
}

/** S3's manifest: `[{"prefix": "s3://bucket/folder/"}, "key", …]`. */
async function listed(uri: string, path: string, locate: Locate): Promise<readonly InputFile[]> {
  if ((await kindOf(path)) !== "file") return []
  const [head, ...names] = JSON.parse(await readFile(path, "utf8")) as readonly [
    { readonly prefix?: unknown }?,
    ...unknown[],
  ]
  const prefix = head?.prefix
  if (typeof prefix !== "string") throw new Error(`${uri} begins with no {"prefix": "s3://…"}`)
  return Promise.all(
    names.map(async (name) => {
      const isSafe = typeof name === "string" && !name.split("/").includes("..")
      const at = isSafe ? locate(`${prefix}${name}`) : null
      if (at !== null && (await kindOf(at)) === "file") return { name: String(name), path: at }
      throw new Error(`${uri} names ${prefix}${String(name)}, which is not there`)
    }),
  )
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file"
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
