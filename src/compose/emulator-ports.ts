import { DiskFileSystem } from "../adapters/file-system/disk/disk-file-system.ts"
import type { Shell } from "../ports/world.ts"

/** What the emulator uses of this machine: files of its world, what starts the children of a queue, and what trains. */
export async function emulatorPorts(shell: Shell) {
  const { childProcesses } = await import("../adapters/process/child-processes.ts")
  const { LocalProcessTraining } = await import("../adapters/training-service/local-process/local-process-training.ts")
  const { LocalFileLogs } = await import("../adapters/job-logs/local-files/local-file-logs.ts")
  const { clock, log, self, process } = shell
  return {
    files: new DiskFileSystem(shell.env["PATH"]),
    processes: childProcesses,
    openTraining: (env: Readonly<Record<string, string>>) => (stateFolder: string) => ({
      training: new LocalProcessTraining({ stateFolder, clock, log, self, process, env }),
      logs: new LocalFileLogs({ stateFolder, clock }),
    }),
  }
}
