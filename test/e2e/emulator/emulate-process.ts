import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { ENTRY, environment } from "../regatta-process.ts"

export interface EmulateProcess {
  readonly process: ChildProcess
  readonly endpoint: string
  /** What the command says is to be exported. */
  readonly environment: Readonly<Record<string, string>>
  /** Ends it as Ctrl-C or a service manager does; its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** `regatta emulate` as a process of its own, on a free port, once it listens. */
export async function emulate(cwd: string, ...parameters: readonly string[]): Promise<EmulateProcess> {
  const command = [ENTRY, "emulate", "--port", "0", "-o", "json", ...parameters]
  const child = spawn(process.execPath, command, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"] })
  const exited = once(child, "exit")
  let said = ""
  for await (const text of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
    said += text
    if (said.includes("\n")) break
  }
  child.stderr.resume()
  const answer = JSON.parse(said) as Pick<EmulateProcess, "endpoint" | "environment">
  return {
    process: child,
    ...answer,
    async end(signal = "SIGTERM") {
      child.kill(signal)
      const [code] = (await exited) as [number | null]
      return code
    },
  }
}
