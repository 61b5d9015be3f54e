import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"

export interface Reached {
  readonly milliseconds: number
  /** Of the process and of those it waited for. */
  readonly cpuMilliseconds: number
}

export interface Arrival {
  /** Settles when the request is there that is waited for; the answer to it is withheld. */
  readonly arrived: Promise<void>
}

/** bash tells CPU time in milliseconds, where /proc counts in hundredths of a second. */
const TIMED = 'TIMEFORMAT="cpu %U %S"; time "$@"'

/**
 * Starts a command and ends it the moment its request arrives, so that its CPU time is that of the way there and no more.
 * `arrival` null: it runs to its own end.
 */
export async function untilRequest(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  arrival: Arrival | null,
): Promise<Reached> {
  const began = performance.now()
  const shell = spawn("bash", ["-c", TIMED, "timed", ...command], {
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  })
  let said = ""
  shell.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text
  })
  const closed = new Promise<void>((end, fail) => {
    shell.once("error", fail)
    shell.once("close", () => end())
  })
  const isThere = await Promise.race([closed.then(() => false), arrival?.arrived.then(() => true) ?? closed])
  const milliseconds = performance.now() - began
  if (arrival !== null && isThere !== true) throw new Error(`${command.join(" ")} ended without its request:\n${said}`)
  if (arrival !== null) endChildren(shell.pid ?? 0)
  await closed
  const [, user, system] = /cpu (\d+\.\d+) (\d+\.\d+)\s*$/.exec(said) ?? []
  if (user === undefined) throw new Error(`no times of ${command.join(" ")}:\n${said}`)
  return { milliseconds, cpuMilliseconds: 1000 * (Number(user) + Number(system)) }
}

function endChildren(shell: number): void {
  for (const child of readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").split(" ")) {
    if (child.trim() !== "") process.kill(Number(child), "SIGKILL")
  }
}
