import { spawn } from "node:child_process"

// A closed input means that we are gone; a line, that the group has ended and its number may be another's.
const WATCH = 'read -r _ || kill -s KILL -- "-$1"'

export interface GroupGuard {
  /** The group is no more to be ended. */
  release(): void
}

/** Kills a process group (id of its leader) as soon as this process is gone, even by SIGKILL: a process of its own waits for that. */
export function guardGroup(group: number): GroupGuard {
  const guard = spawn("/bin/sh", ["-c", WATCH, "sh", String(group)], {
    cwd: "/",
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  })
  // Without a guard the group still ends with us wherever we can end it, and by whoever looks next.
  guard.on("error", () => {})
  guard.stdin.on("error", () => {})
  guard.unref()
  return {
    release() {
      guard.stdin.end("\n")
    },
  }
}
