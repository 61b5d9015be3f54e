/** Of a place in S3: what its paths begin with. */
const BUCKET = /^s3:\/\/[^/]*/

/** Whether the path is a place in S3, whose root is its bucket. */
export function isInS3(path: string): boolean {
  return path.startsWith("s3://")
}

/** Absolute path of `path` as seen from the absolute folder `base`; `.` and `..` are taken out, a slash at the end is kept. Either may be in S3. */
export function resolvePath(base: string, path: string): string {
  const names: string[] = []
  const whole = path.startsWith("/") || isInS3(path) ? path : `${base}/${path}`
  const [root = ""] = BUCKET.exec(whole) ?? []
  for (const name of whole.slice(root.length).split("/")) {
    if (name === "..") names.pop()
    else if (name !== "" && name !== ".") names.push(name)
  }
  return `${root}/${names.join("/")}${path.endsWith("/") && names.length > 0 ? "/" : ""}`
}

/** The path as seen from `base` where it lies below it, else as it is. */
export function shortPath(base: string, path: string): string {
  return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path
}

/** The folder that holds the path; of a place in S3 at most its bucket. */
export function folderOf(path: string): string {
  const [root = ""] = BUCKET.exec(path) ?? []
  const trimmed = path.slice(root.length).replace(/\/+$/, "")
  return `${root}${trimmed.slice(0, Math.max(trimmed.lastIndexOf("/"), 0)) || "/"}`
}

/** The last name of a path, a slash at its end taken away. */
export function lastName(path: string): string {
  const trimmed = path.replace(/\/+$/, "")
  return trimmed.slice(trimmed.lastIndexOf("/") + 1)
}
