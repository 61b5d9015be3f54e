import { readdirSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import { identify } from "../../../src/adapters/process/identity.ts"

export type Kind = "worker" | "trainer" | "supervisor" | "carrier" | "command"

export interface OurProcess {
  readonly identity: string
  readonly kind: Kind
  /** Folder of the test that it belongs to. */
  readonly folder: string
}

interface Known {
  readonly since: number
  looks: number
  found: OurProcess | null
}

/** Looks are shared by all tests that run at once. */
const LOOK_MS = 5
/** A process that was just made is looked at again for a while, and several times, until it is seen to be none of ours. */
const SETTLED_MS = 100
const LOOKS = 4

const known = new Map<number, Known>()
let lookedAt = 0

/** Live processes of the tests' folders, at most 5 ms ago. */
export function ourProcesses(): readonly OurProcess[] {
  const now = Date.now()
  if (now - lookedAt >= LOOK_MS) {
    look(now)
    lookedAt = now
  }
  return [...known.values()].flatMap(({ found }) => found ?? [])
}

function look(now: number): void {
  const pids = new Set(
    readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid)),
  )
  for (const pid of known.keys()) if (!pids.has(pid)) known.delete(pid)
  for (const pid of pids) {
    const one = known.get(pid) ?? { since: now, looks: 0, found: null }
    known.set(pid, one)
    if (one.found === null && one.looks >= LOOKS && now - one.since > SETTLED_MS) continue
    one.looks += 1
    one.found = find(pid)
  }
}

function find(pid: number): OurProcess | null {
  const [, path] = /(?:^|\0)(?:REGATTA_HOME|STAMPS)=([^\0]+)/.exec(readProc(pid, "environ")) ?? []
  const identity = identify(pid)
  if (path === undefined || identity === null) return null
  const command = readProc(pid, "cmdline")
  // Until it has become what it will be, a new process is its parent's image.
  if (command === readProc(parentOf(pid), "cmdline")) return null
  const kind = kindOf(command.split("\0").slice(0, -1))
  return kind === null ? null : { identity, kind, folder: dirname(path) }
}

function kindOf(command: readonly string[]): Kind | null {
  const [program = "", script = ""] = command
  if (program.endsWith("sh") && script.endsWith(".sh")) return "trainer"
  if (!script.endsWith("main.js")) return null
  const [name = ""] = command.slice(2)
  if (name === "worker") return "worker"
  if (name === "local-supervisor") return "supervisor"
  return name === "local-array" ? "carrier" : "command"
}

function parentOf(pid: number): number {
  const stat = readProc(pid, "stat")
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1")
  } catch {
    return ""
  }
}
