// Tells one process from all others, past and future: host, boot, process id and start time, as one text.
// Starts and ends nothing; an identity of another host is never guessed about.
import { readFileSync } from "node:fs"
import { hostname } from "node:os"

/** What an identity text says. `start`: clock ticks since boot on Linux, else milliseconds since 1970. */
export interface ProcessIdentity {
  readonly host: string
  readonly boot: string
  readonly pid: number
  readonly start: string
}

/** One line of /proc/<pid>/stat, as far as we use it. */
export interface ProcessStat {
  readonly state: string
  readonly group: number
  readonly session: number
  readonly start: string
}

/** Only there can processes be told by /proc and folders be bound in a namespace. */
export const isLinux = process.platform === "linux"
let knownBoot: string | null = null

/** `<host>.<boot8>.<pid>.<starttime>`; null: no such process, or only a zombie. */
export function identify(pid: number): string | null {
  const start = startOf(pid)
  return start === null ? null : `${hostname()}.${boot()}.${pid}.${start}`
}

/** Reads what `identify` wrote; null for any other text. A host's name may have dots, so it is read from the end. */
export function parseIdentity(identity: string): ProcessIdentity | null {
  const match = /^(.+)\.([^.]+)\.(\d+)\.(\d+)$/.exec(identity)
  if (match === null) return null
  const [, host = "", boot8 = "", pid = "", start = ""] = match
  return { host, boot: boot8, pid: Number(pid), start }
}

/** Whether that very process runs; null: it is of another host, so nobody here can know. A zombie is not alive. */
export function isAlive(identity: string): boolean | null {
  const known = parseIdentity(identity)
  if (known === null || known.host !== hostname()) return null
  if (known.boot !== boot()) return false
  return startOf(known.pid) === known.start
}

/** /proc/<pid>/stat; null: no such process (or no /proc). */
export function readStat(pid: number): ProcessStat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1")
  } catch {
    return null
  }
  // The second field is the command's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  const [state = "", , group = "", session = ""] = fields
  return { state, group: Number(group), session: Number(session), start: fields[19] ?? "" }
}

/** A process that ended and was not yet waited for. */
export function isZombie(stat: ProcessStat): boolean {
  return stat.state === "Z" || stat.state === "X"
}

function startOf(pid: number): string | null {
  if (!isLinux) return startByPs(pid)
  const stat = readStat(pid)
  return stat === null || isZombie(stat) ? null : stat.start
}

function boot(): string {
  knownBoot ??= isLinux ? readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8) : "0"
  return knownBoot
}

function startByPs(pid: number): string | null {
  try {
    // Read only where it is needed: every process of ours asks who it is, and on Linux none has to start another for it.
    const text = process
      .getBuiltinModule("node:child_process")
      .execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
        stdio: ["ignore", "pipe", "ignore"],
      })
      .trim()
    const [state = "", ...words] = text.split(/\s+/)
    const start = Date.parse(`${words.join(" ")} UTC`)
    return state.startsWith("Z") || Number.isNaN(start) ? null : String(start)
  } catch {
    return null
  }
}
