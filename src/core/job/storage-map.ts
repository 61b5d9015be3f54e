import { filePath } from "../file-uri.ts"

const S3 = "s3://"

/**
 * Where an object or prefix lies on this machine: the path of a `file://` URI; for `s3://bucket/key` the folder that `map` gives
 * for its bucket or the longest prefix of it, else `<stateStorageFolder>/<bucket>/<key>`. A slash at the end is kept.
 *
 * Keys of `map` are `bucket`, `bucket/prefix` or the same with `s3://`, and match whole names between slashes; values are absolute
 * folders. `stateStorageFolder` null: only the map. Null: no place on this machine, which is also said of a key with a
 * `.` or `..` in it, since as a path it would leave its folder.
 */
export function resolveStorage(
  uri: string,
  map: Readonly<Record<string, string>>,
  stateStorageFolder: string | null,
): string | null {
  if (!uri.startsWith(S3)) return filePath(uri)
  const location = uri.slice(S3.length)
  const names = location.split("/")
  if (names[0] === "" || names.includes("..") || names.includes(".") || location.includes("\0")) return null
  const mapped = longestPrefix(location, map)
  if (mapped !== null) return `${mapped.folder}${location.slice(mapped.prefix.length)}`
  return stateStorageFolder === null ? null : `${stateStorageFolder}/${location}`
}

function longestPrefix(location: string, map: Readonly<Record<string, string>>) {
  let longest: { readonly prefix: string; readonly folder: string } | null = null
  for (const [key, folder] of Object.entries(map)) {
    const prefix = trimSlash(key.startsWith(S3) ? key.slice(S3.length) : key)
    const covers = location === prefix || location.startsWith(`${prefix}/`)
    if (covers && (longest === null || prefix.length > longest.prefix.length)) {
      longest = { prefix, folder: trimSlash(folder) }
    }
  }
  return longest
}

function trimSlash(text: string): string {
  return text.replace(/\/+$/, "")
}
