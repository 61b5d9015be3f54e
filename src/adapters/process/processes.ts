// Starts processes that outlive us, each in a session of its own, and ends whole groups and sessions.
// Never signals by name, and never a process whose identity is not proven.
import { type StdioOptions, spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { isAlive, isLinux, isZombie, parseIdentity, readStat } from "./identity.ts"

export interface DetachedProcess {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Default: all ignored. */
  readonly stdio?: StdioOptions
}

/** Poll between signal and death: death is seen by looking, since these are not always our own children. */
const LOOK_MS = 20
/** A process in uninterruptible sleep outlives even SIGKILL; nobody waits for it for ever. */
const LONGEST_KILL_MS = 10_000

/**
 * Starts a process as leader of its own session and group, which nothing that ends us ends. Resolves to its id once it
 * has started; rejects with the system's error (ENOENT, EAGAIN, …) when it could not.
 */
export function startDetached(what: DetachedProcess): Promise<number> {
  const [file, ...args] = what.command
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: what.cwd,
      env: { ...what.env },
      stdio: what.stdio ?? "ignore",
      detached: true,
    })
    child.once("error", reject)
    child.once("spawn", () => {
      child.unref()
      resolve(child.pid ?? 0)
    })
  })
}

/** Sends a signal to a process (positive id) or a whole group (negative id); 0 only looks. False: there is none. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false
    throw error
  }
}

/** Sends a signal to exactly this process; false when it is not alive (or of another host). */
export function signalProcess(identity: string, signal: NodeJS.Signals): boolean {
  const known = parseIdentity(identity)
  return known !== null && isAlive(identity) === true && sendSignal(known.pid, signal)
}

/** Whether a group (id of its leader) has a member that is not a zombie. */
export function isGroupAlive(group: number): boolean {
  if (!isLinux) return sendSignal(-group, 0)
  return processIds().some((pid) => {
    const stat = readStat(pid)
    return stat !== null && stat.group === group && !isZombie(stat)
  })
}

/** Ends a process group: SIGTERM, then, when `graceMs` have passed and it lives still, SIGKILL. Resolves once it is gone; false: it is not to be killed. */
export async function endGroup(group: number, graceMs: number): Promise<boolean> {
  if (!sendSignal(-group, "SIGTERM")) return true
  if (await gone(() => isGroupAlive(group), graceMs)) return true
  sendSignal(-group, "SIGKILL")
  return gone(() => isGroupAlive(group), LONGEST_KILL_MS)
}

/** What belongs together and ends together. `leaders`: identities of session leaders, dead or alive. */
export interface Family {
  readonly leaders: readonly string[]
  /** `NAME=value` that every member has in its environment: finds those that began a session of their own. */
  readonly marker: string | null
}

/** Live members of a family, except us. Only Linux can tell; elsewhere the leaders that live. */
export function familyMembers(family: Family): readonly number[] {
  const leaders = family.leaders.flatMap((identity) => parseIdentity(identity) ?? [])
  if (!isLinux) {
    return family.leaders.flatMap((identity) =>
      isAlive(identity) === true ? (parseIdentity(identity)?.pid ?? []) : [],
    )
  }
  // A number is not given anew while a session of that number has members; a leader with another start time is a stranger.
  const sessions = new Set(
    leaders.filter(({ pid, start }) => (readStat(pid)?.start ?? start) === start).map(({ pid }) => pid),
  )
  return processIds().filter((pid) => {
    const stat = readStat(pid)
    if (stat === null || isZombie(stat) || pid === process.pid) return false
    return sessions.has(stat.session) || (family.marker !== null && hasInEnvironment(pid, family.marker))
  })
}

/** Kills every member of a family until none is left; false: one is not to be killed. */
export async function killFamily(family: Family): Promise<boolean> {
  return gone(() => {
    const members = familyMembers(family)
    for (const pid of members) sendSignal(pid, "SIGKILL")
    return members.length > 0
  }, LONGEST_KILL_MS)
}

async function gone(isThere: () => boolean, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (isThere()) {
    if (performance.now() >= until) return false
    await delay(LOOK_MS)
  }
  return true
}

function processIds(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function hasInEnvironment(pid: number, marker: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(`\0${marker}\0`)
  } catch {
    return false
  }
}
