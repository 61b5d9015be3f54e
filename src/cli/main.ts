// The entry of every process of ours: the command line, the worker, the emulator, and what stands behind the local adapters.
// It picks which one this is and nothing else; only what that one needs is read.
import { enableCompileCache } from "node:module"
import type { Shell } from "../ports/world.ts"

type BackgroundProcess = NonNullable<ReturnType<typeof import("../compose/background.ts").backgroundProcess>>

enableCompileCache()
// No `await` at the top: the bundle is one CommonJS file.
void start()

async function start(): Promise<never> {
  const { createShell, finish } = await import("../system.ts")
  const shell = await createShell(import.meta.filename, ([name]) => (name === "worker" ? "info" : "silent"))
  return finish(await run(shell))
}

async function run(shell: Shell): Promise<number> {
  const { backgroundProcess } = await import("../compose/background.ts")
  const [name = ""] = shell.argv
  const background = backgroundProcess(name)
  if (background !== null) return inBackground(shell, background)
  const { compose } = await import("../compose/compose.ts")
  const asksHelp = shell.argv.includes("--help") || shell.argv.includes("-h")
  if (name === "worker" && !asksHelp) return (await import("../worker/main.ts")).runWorker(shell, compose)
  if (name === "emulate" && !asksHelp) {
    const { runEmulate } = await import("../emulator/main.ts")
    const { emulatorPorts } = await import("../compose/emulator-ports.ts")
    return runEmulate(shell, await emulatorPorts(shell))
  }
  return (await import("./cli.ts")).runCli(shell, compose)
}

/** Nobody looks on: an error is left in the log of the process, in words where it is no bug. */
async function inBackground(shell: Shell, background: BackgroundProcess): Promise<number> {
  try {
    return await background(shell, (await import("../app/child-regions.ts")).childRegions)
  } catch (error) {
    return (await import("./report-error.ts")).reportError(shell, error)
  }
}
