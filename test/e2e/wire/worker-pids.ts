import { readdirSync, readFileSync } from "node:fs"
import { identify } from "../../../src/adapters/process/identity.ts"

/** Identities of live workers whose environment has this marker, in a fixed order. */
export function workersOf(marker: string): readonly string[] {
  return processesOf("worker", marker)
}

/** The same of those that were started with another word, such as `follow`. */
export function processesOf(word: string, marker: string): readonly string[] {
  const found: string[] = []
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || !read(pid, "environ").includes(marker)) continue
    const command = read(pid, "cmdline").split("\0")
    const identity = command.includes(word) ? identify(pid) : null
    if (identity !== null) found.push(identity)
  }
  return found.sort()
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1")
  } catch {
    // It ended meanwhile.
    return ""
  }
}
