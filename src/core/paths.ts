/** Absolute path of `path` as seen from the absolute folder `base`; `.` and `..` are taken out, a slash at the end is kept. */
export function resolvePath(base: string, path: string): string {
  const names: string[] = []
  const whole = path.startsWith("/") ? path : `${base}/${path}`
  for (const name of whole.split("/")) {
    if (name === "..") names.pop()
    else if (name !== "" && name !== ".") names.push(name)
  }
  return `/${names.join("/")}${path.endsWith("/") && names.length > 0 ? "/" : ""}`
}

/** The path as seen from `base` where it lies below it, else as it is. */
export function shortPath(base: string, path: string): string {
  return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path
}

/** The folder that holds the path. */
export function folderOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "")
  return trimmed.slice(0, Math.max(trimmed.lastIndexOf("/"), 0)) || "/"
}

/** The last name of a path, a slash at its end taken away. */
export function lastName(path: string): string {
  const trimmed = path.replace(/\/+$/, "")
  return trimmed.slice(trimmed.lastIndexOf("/") + 1)
}
