import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"
import { createInterface } from "node:readline"
import type { ChildProcesses, ChildStart, RunningChild } from "../../ports/child-processes.ts"
import { endGroup, isGroupAlive, sendSignal } from "./processes.ts"

/** Children that live no longer than we do, unlike those of `startDetached`: their output comes to us by pipes. */
export const childProcesses: ChildProcesses = {
  start(child) {
    const [file, ...args] = child.command
    const { cwd, env } = child
    const started = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] })
    return new Promise((resolve, reject) => {
      started.once("error", reject)
      started.once("spawn", () => resolve(running(started, child)))
    })
  },
}

function running(started: ChildProcess, { onLine, onEnd }: ChildStart): RunningChild {
  const pid = started.pid ?? 0
  let hasEnded = false
  for (const stream of [started.stdout, started.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", onLine)
  }
  // A grandchild may keep the pipes open: the end is the process's own, and what it wrote before is read first.
  started.once("exit", (code, signal) => {
    hasEnded = true
    setImmediate(() => onEnd(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
  return {
    pid,
    signal(signal) {
      if (!hasEnded) sendSignal(-pid, signal)
    },
    async end(graceMs) {
      if (!hasEnded || isGroupAlive(pid)) await endGroup(pid, graceMs)
    },
  }
}
