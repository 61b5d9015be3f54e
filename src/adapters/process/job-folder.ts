// Where the files of one local training job lie, and how its end is read and written.
// Decides nothing about a job: who may write which file is said at each.
import {
  closeSync,
  constants,
  copyFileSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import type { JobEnd, Phase } from "../../core/job/training-job.ts"

/** Bytes set aside at creation, so that an end can be written on a disk that is full by then. */
export const RESERVE_BYTES = 8 * 1024
/** More than an identity is long: a host's name has 255 bytes at most. */
const LEADER_BYTES = 320

const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])

export interface JobPaths {
  readonly folder: string
  /** The description: written before the folder has its name, never after. */
  readonly description: string
  /** Who supervises: linked once, by whoever is first. */
  readonly supervisor: string
  /** Identities of the trainers' session leaders, one a line, behind them empty lines as room for more; by the supervisor. */
  readonly leaders: string
  /** Phase, start and metrics; replaced by the supervisor. */
  readonly state: string
  /** Asks for the stop; by anyone. */
  readonly stop: string
  /** The end: linked once, by the supervisor or by whoever finds it dead. */
  readonly end: string
  readonly reserve: string
  /** Instead of a description: the name may not be used by a create that was due before. */
  readonly fence: string
  readonly supervisorLog: string
  readonly logs: string
  readonly hosts: string
}

export interface JobState {
  readonly phase: Phase
  readonly startedAt: number | null
  readonly metrics: Readonly<Record<string, number>>
}

export interface StoredEnd {
  readonly end: JobEnd
  readonly metrics: Readonly<Record<string, number>>
}

export function jobsFolder(stateFolder: string): string {
  return join(stateFolder, "jobs")
}

export function jobPaths(folder: string): JobPaths {
  const at = (name: string) => join(folder, name)
  return {
    folder,
    description: at("job.json"),
    supervisor: at("supervisor.json"),
    leaders: at("leaders"),
    state: at("state.json"),
    stop: at("stop"),
    end: at("end.json"),
    reserve: at("reserve"),
    fence: at("fence.json"),
    supervisorLog: at("supervisor.log"),
    logs: at("logs"),
    hosts: at("hosts"),
  }
}

/** The file's text; null: there is none. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return null
    throw error
  }
}

/** The file's JSON; null: there is none, or it is not whole (a machine that lost power may leave half a file). */
export function readJson(path: string): unknown {
  const text = readText(path)
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Readers see the old content or the new, never half. */
export function replaceFile(path: string, text: string): void {
  withFileBeside(path, text, (beside) => renameSync(beside, path))
}

/** Makes the file with this content, whole; false: it is there already and stays as it is. */
export function createOnce(path: string, text: string): boolean {
  return withFileBeside(path, text, (beside) => linkOnce(beside, path))
}

/** Gives a file a second name; false: the name is taken. */
export function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException
    if (code === "EEXIST") return false
    if (!NO_LINKS.has(code)) throw error
  }
  return copyOnce(from, to)
}

/** A file system without second names: a reader may then meet half a file, which it takes for none. */
function copyOnce(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}

function withFileBeside<Result>(path: string, text: string, publish: (beside: string) => Result): Result {
  const beside = `${path}.${process.pid}.new`
  try {
    writeFileSync(beside, text)
    return publish(beside)
  } finally {
    rmSync(beside, { force: true })
  }
}

export function readEnd(paths: JobPaths): StoredEnd | null {
  return readJson(paths.end) as StoredEnd | null
}

/** Writes the end if there is none yet, on a full disk too; returns the one that stands. Only the supervisor's. */
export function writeEndFromReserve(paths: JobPaths, end: StoredEnd): StoredEnd {
  const file = openSync(paths.reserve, "r+")
  try {
    // Overwritten in place: no new block is needed.
    const text = Buffer.from(JSON.stringify(end))
    writeSync(file, text, 0, text.length, 0)
    ftruncateSync(file, text.length)
  } finally {
    closeSync(file)
  }
  const isFirst = linkOnce(paths.reserve, paths.end)
  rmSync(paths.reserve, { force: true })
  return isFirst ? end : (readEnd(paths) ?? end)
}

/** Writes the end if there is none yet; returns the one that stands. */
export function writeEnd(paths: JobPaths, end: StoredEnd): StoredEnd {
  return createOnce(paths.end, JSON.stringify(end)) ? end : (readEnd(paths) ?? end)
}

export function readState(paths: JobPaths): JobState | null {
  return readJson(paths.state) as JobState | null
}

/** When the stop was asked for; null: it was not. */
export function stopAskedAt(paths: JobPaths): number | null {
  return statSync(paths.stop, { throwIfNoEntry: false })?.ctimeMs ?? null
}

/** Asks for the stop: a second name of the description needs no new block of the disk, and its inode keeps the time. */
export function askForStop(paths: JobPaths): void {
  linkOnce(paths.description, paths.stop)
}

/** Sets room aside for the identities of so many sessions, as empty lines: a trainer may fill the disk before it is noted. */
export function reserveLeaders(paths: JobPaths, sessions: number): void {
  writeFileSync(paths.leaders, Buffer.alloc(sessions * LEADER_BYTES, "\n"))
}

/** Notes a session of the job before anything else can happen to it; within the room set aside it needs no new block. */
export function appendLeader(paths: JobPaths, identity: string): void {
  const known = readLeaders(paths).map((leader) => `${leader}\n`)
  const file = openSync(paths.leaders, constants.O_RDWR | constants.O_CREAT)
  try {
    writeSync(file, `${identity}\n`, Buffer.byteLength(known.join("")))
  } finally {
    closeSync(file)
  }
}

/** Identities of the sessions noted so far, dead or alive. */
export function readLeaders(paths: JobPaths): readonly string[] {
  return (readText(paths.leaders) ?? "").split("\n").filter((line) => line !== "")
}

/** Whether the job's folder is this supervisor's no more: somebody removed it. A file system that does not answer proves nothing. */
export function isUnseated(paths: JobPaths, process: string): boolean {
  try {
    return readSupervisor(paths) !== process
  } catch {
    return false
  }
}

/** Identity of the supervisor; null: none has begun. */
export function readSupervisor(paths: JobPaths): string | null {
  const file = readJson(paths.supervisor) as { readonly process?: unknown } | null
  return typeof file?.process === "string" ? file.process : null
}
