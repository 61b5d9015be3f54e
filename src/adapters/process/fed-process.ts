import { spawn } from "node:child_process"
import { once } from "node:events"
import type { Readable } from "node:stream"
import { RegattaError } from "../../core/errors.ts"

/** A process of ours that is given one document and answers in lines. It lives no longer than we do. */
export interface FedProcess {
  /** The lines, as they come; reading slowly makes it write slowly. Ends with the process's output. */
  lines(): AsyncGenerator<string, void>
  /** Resolves when it has ended: how, in words. */
  readonly ended: Promise<string>
  /** Ends it at once, whatever it is doing. Idempotent. */
  kill(): void
}

/** What is written to this descriptor are the lines: stdout has watchers of its own, which make it asynchronous. */
export const LINES_DESCRIPTOR = 3

/** Error `unavailable`: the system starts no process. */
export async function startFed(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
  document: unknown,
): Promise<FedProcess> {
  const [file, ...args] = command
  const child = spawn(file, args, { env: { ...env }, stdio: ["pipe", "ignore", "inherit", "pipe"] })
  const ended = new Promise<string>((resolve) => {
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  await once(child, "spawn").catch((cause: unknown) => {
    throw new RegattaError("unavailable", `cannot start ${file}`, { cause })
  })
  child.on("error", () => {})
  // A child that ends before it has read all says why in its own words.
  child.stdin?.on("error", () => {})
  child.stdin?.end(JSON.stringify({ ...Object(document), parent: process.pid }))
  const output = child.stdio[LINES_DESCRIPTOR] as Readable
  return {
    ended,
    kill: () => void child.kill("SIGKILL"),
    async *lines() {
      let rest = ""
      for await (const piece of output.setEncoding("utf8")) {
        const whole = `${rest}${piece}`.split("\n")
        rest = whole.pop() ?? ""
        yield* whole
      }
      if (rest !== "") yield rest
    },
  }
}
