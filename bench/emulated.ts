import { spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { BUNDLE } from "./timed-process.ts"

export interface Emulated {
  readonly endpoint: string
  /** For a process that is to use it in the place of AWS. */
  readonly environment: Readonly<Record<string, string>>
  /** `control("GET", "state")`, …: docs/emulator.md. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>
}

/** An emulator in a process of its own for the length of the work. `parameters` are those of `regatta emulate`. */
export async function emulated<T>(
  folder: string,
  parameters: readonly string[],
  work: (emulator: Emulated) => Promise<T>,
): Promise<T> {
  const stateFolder = join(folder, "emulator")
  mkdirSync(stateFolder, { recursive: true })
  const child = spawn(
    process.execPath,
    [BUNDLE, "emulate", "--port", "0", "-o", "json", "--state-dir", stateFolder, ...parameters],
    { stdio: ["ignore", "pipe", "inherit"] },
  )
  const closed = new Promise<void>((done) => child.once("close", () => done()))
  try {
    const { endpoint, environment } = await announced(child.stdout, closed)
    return await work({ endpoint, environment, control: (...request) => ask(endpoint, ...request) })
  } finally {
    child.kill("SIGTERM")
    await closed
  }
}

async function announced(output: NodeJS.ReadableStream, closed: Promise<void>): Promise<Omit<Emulated, "control">> {
  let said = ""
  const line = new Promise<string>((done) => {
    output.setEncoding("utf8")
    output.on("data", (text: string) => {
      said += text
      if (said.includes("\n")) done(said)
    })
  })
  const first = await Promise.race([line, closed.then(() => "")])
  if (first === "") throw new Error("the emulator ended before it said where it is")
  return JSON.parse(first) as Omit<Emulated, "control">
}

async function ask(endpoint: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${endpoint}/_regatta/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
