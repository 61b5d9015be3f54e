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
/** A process that was just made still looks like the one that made it: it is looked at again for a while, and several times. */
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
    if (one.found !== null) {
      if (identify(pid) !== one.found.identity) known.delete(pid)
    } else if (one.looks < LOOKS || now - one.since <= SETTLED_MS) {
      one.looks += 1
      one.found = find(pid)
    }
  }
}

function find(pid: number): OurProcess | null {
  const [, path] = /(?:^|\0)(?:REGATTA_HOME|STAMPS)=([^\0]+)/.exec(readProc(pid, "environ")) ?? []
  const identity = identify(pid)
  if (path === undefined || identity === null) return null
  const kind = kindOf(readProc(pid, "cmdline").split("\0").slice(0, -1))
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

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1")
  } catch {
    return ""
  }
}
