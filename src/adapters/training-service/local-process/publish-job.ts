import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Instant } from "../../../core/ids.ts"
import { type JobPaths, jobPaths, RESERVE_BYTES, readJson, reserveLeaders } from "../../process/job-folder.ts"
import type { JobDescription } from "./job-description.ts"

/**
 * Makes the job's folder, whole, under its name: the rename is the create, and it fails when the name has a folder that is
 * not empty. "late": `mayStill` said no at the last moment, nothing was made. Errors of the system: nothing was made.
 */
export function publishJob(
  paths: JobPaths,
  description: JobDescription,
  sendBy: Instant,
  mayStill: () => boolean,
): "made" | "exists" | "late" {
  const unnamed = unnamedFolder(paths)
  try {
    const inside = jobPaths(unnamed)
    writeFileSync(inside.description, JSON.stringify(description))
    writeFileSync(inside.reserve, Buffer.alloc(RESERVE_BYTES, " "))
    // One for each host, and one that installs what they require.
    reserveLeaders(inside, description.place.instances + 1)
    mkdirSync(inside.logs)
    liftFence(paths, sendBy)
    if (!mayStill()) return "late"
    return nameFolder(unnamed, paths.folder) ? "made" : "exists"
  } finally {
    rmSync(unnamed, { recursive: true, force: true })
  }
}

/**
 * Takes a name that nobody used until `sendBy`: a creator that was due by then, and slept, finds it taken. A later claim may
 * still use it. False: the name has a job after all.
 */
export function fenceName(paths: JobPaths, sendBy: Instant): boolean {
  const fence = readFence(paths)
  if (fence !== null && fence >= sendBy) return true
  const unnamed = unnamedFolder(paths)
  try {
    writeFileSync(jobPaths(unnamed).fence, JSON.stringify({ sendBy }))
    liftFence(paths, sendBy)
    return nameFolder(unnamed, paths.folder)
  } finally {
    rmSync(unnamed, { recursive: true, force: true })
  }
}

/** Leaves an empty folder, which the next rename replaces; a fence that stands for this claim or a later one stays. */
function liftFence(paths: JobPaths, sendBy: Instant): void {
  const fence = readFence(paths)
  if (fence !== null && fence < sendBy) rmSync(paths.fence, { force: true })
}

function readFence(paths: JobPaths): Instant | null {
  const fence = readJson(paths.fence) as { readonly sendBy?: unknown } | null
  return typeof fence?.sendBy === "number" ? fence.sendBy : null
}

function unnamedFolder(paths: JobPaths): string {
  const jobs = dirname(paths.folder)
  mkdirSync(jobs, { recursive: true })
  // Names of training jobs have no dot: what a killed creator leaves is told from them.
  return mkdtempSync(join(jobs, `.new-${basename(paths.folder)}-`))
}

function nameFolder(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOTEMPTY" || code === "EEXIST") return false
    throw error
  }
}
