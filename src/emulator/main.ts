// The face `emulate`: starts the emulator, says how to reach it, and runs until a signal.
// It stores nothing: a new start is a new, empty account.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { loadWorld } from "../app/load-world.ts"
import { ERROR_CODES, RegattaError } from "../core/errors.ts"
import type { Problem } from "../core/problem.ts"
import type { ChildProcesses } from "../ports/child-processes.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { Shell } from "../ports/world.ts"
import { type EmulateArguments, readArguments } from "./arguments.ts"
import { containerCommand, ownEntry } from "./child-command.ts"
import type { OpenTraining } from "./driver/job-trainer.ts"
import { type Emulator, startEmulator } from "./emulator.ts"

/** What the emulator uses of this machine. */
export interface EmulatorPorts {
  readonly processes: ChildProcesses
  readonly files: FileSystem
  /** For `--train run`: trains on this machine, with this environment. */
  readonly openTraining: (environment: Readonly<Record<string, string>>) => OpenTraining
}

/** What a child may see of this machine; nothing of its configuration of AWS. */
const HOST_VARIABLES = ["PATH", "HOME", "TMPDIR", "LANG", "TZ"] as const

/** Runs `emulate` with its arguments; the exit code. Throws nothing. */
export async function runEmulate(shell: Shell, ports: EmulatorPorts): Promise<number> {
  try {
    await emulate(shell, ports, readArguments(shell.argv.slice(1)))
    return 0
  } catch (error) {
    return reportError(shell, error)
  }
}

async function emulate(shell: Shell, ports: EmulatorPorts, given: EmulateArguments): Promise<void> {
  const { processes, files, openTraining } = ports
  const worldFile = given.world === null ? null : resolve(shell.cwd, given.world)
  const world = await loadWorld({ files }, worldFile)
  const folder =
    given.stateFolder === null
      ? mkdtempSync(join(tmpdir(), "regatta-emulator-"))
      : resolve(shell.cwd, given.stateFolder)
  mkdirSync(folder, { recursive: true })
  try {
    const emulator = await startEmulator({
      clock: shell.clock,
      processes,
      command: given.container === null ? ownEntry(shell.self) : containerCommand(given.container),
      hostEnvironment: hostEnvironment(shell),
      folder,
      port: given.port,
      speed: given.speed,
      seed: given.seed ?? world.seed ?? 1,
      world,
      worldFolder: worldFile === null ? shell.cwd : dirname(worldFile),
      dynamodb: given.dynamodb,
      training: given.train === "run" ? { open: openTraining(hostEnvironment(shell)), clock: shell.clock } : null,
    })
    try {
      announce(shell, emulator, given)
      await signalled(shell)
    } finally {
      await emulator.close()
    }
  } finally {
    if (given.stateFolder === null) rmSync(folder, { recursive: true, force: true })
  }
}

function hostEnvironment({ env }: Shell): Readonly<Record<string, string>> {
  return Object.fromEntries(
    HOST_VARIABLES.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** To stdout what a shell can read (`eval "$(…)"` does not end: copy it, or read the JSON); to stderr what people read. */
function announce(shell: Shell, { endpoint, environment }: Emulator, { output }: EmulateArguments): void {
  if (output === "json") shell.out(`${JSON.stringify({ version: 1, endpoint, environment })}\n`)
  else for (const [name, value] of Object.entries(environment)) shell.out(`export ${name}=${value}\n`)
  shell.err(`emulating AWS at ${endpoint}; Ctrl-C ends it, and everything in it\n`)
}

function signalled({ terminated }: Shell): Promise<void> {
  return new Promise((done) => {
    if (terminated.aborted) done()
    else terminated.addEventListener("abort", () => done(), { once: true })
  })
}

function reportError(shell: Shell, error: unknown): number {
  if (!(error instanceof RegattaError)) {
    shell.err(`${error instanceof Error ? error.stack : String(error)}\n`)
    return ERROR_CODES.fault.command
  }
  for (const problem of error.problems) shell.err(`${problemText(problem)}\n`)
  shell.err(`error: ${error.message}\n${error.hint === null ? "" : `hint: ${error.hint}\n`}`)
  return ERROR_CODES[error.code].command
}

function problemText({ file, line, column, message }: Problem): string {
  return `${file}${line === null ? "" : ` line ${line}`}${column === null || column === "" ? "" : `, ${column}`}: ${message}`
}
