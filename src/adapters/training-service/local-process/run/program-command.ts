import { execFileSync } from "node:child_process"
import { chmodSync, closeSync, openSync, readSync } from "node:fs"
import { join } from "node:path"
import { algorithmCommand } from "../../../../core/manifest/local-refusals.ts"
import { isStandInCommand } from "../../../../core/manifest/stand-ins.ts"
import { findPrograms } from "../../../process/find-programs.ts"
import type { JobDescription } from "../job-description.ts"

/** What the row needs to begin training is not to be had; the message says how to get it. */
export class CannotTrain extends Error {}

/**
 * The command of one process of the row: the entry point by its suffix with its arguments, or the stand-in of an algorithm
 * without any. `codeFolder`: where its files are now; the command is relative to it. `self`: how
 * another process of ours is started.
 */
export function programCommand(
  { spec, local }: Pick<JobDescription, "spec" | "local">,
  codeFolder: string,
  machine: { readonly self: readonly [string, ...string[]]; readonly path: string | undefined },
  userArguments: readonly string[],
): readonly [string, ...string[]] {
  if (spec.program === null) {
    const command = algorithmCommand(spec.trains, local)
    if (command === null) throw new CannotTrain("the row has neither an entry point nor an algorithm with a command")
    return isStandInCommand(command) ? [...machine.self, ...command.slice(1)] : command
  }
  const { entryPoint } = spec.program
  const suffix = /\.[^./]*$/.exec(entryPoint)?.[0]
  if (suffix === ".py") {
    const isMpi = spec.distribution.kind === "mpi"
    const python = isMpi ? pythonWithMpi(machine.path) : onlyProgram("python3", "python3", machine.path)
    return [python, ...(isMpi ? ["-m", "mpi4py"] : []), entryPoint, ...userArguments]
  }
  // The Node that runs us: the machine's own may be too old for TypeScript.
  if (suffix !== ".sh") return [machine.self[0], entryPoint, ...userArguments]
  const file = join(codeFolder, entryPoint)
  if (!hasShebang(file)) return ["sh", `./${entryPoint}`, ...userArguments]
  chmodSync(file, 0o755)
  return [`./${entryPoint}`, ...userArguments]
}

/** Whether a file says by `#!` what runs it. */
function hasShebang(file: string): boolean {
  const handle = openSync(file, "r")
  try {
    const begin = Buffer.alloc(2)
    readSync(handle, begin)
    return begin.toString("latin1") === "#!"
  } finally {
    closeSync(handle)
  }
}

export function mpirun(path: string | undefined): string {
  return onlyProgram("mpirun", "openmpi-bin", path)
}

function onlyProgram(name: string, debianPackage: string, path: string | undefined): string {
  const [first] = findPrograms(name, path)
  if (first !== undefined) return first
  throw new CannotTrain(
    `${name} is not on the PATH of the training job; on Debian and Ubuntu: apt-get install ${debianPackage}`,
  )
}

/** Ranks are started by `python3 -m mpi4py`: of several Pythons on the PATH the first that has it. */
function pythonWithMpi(path: string | undefined): string {
  const all = findPrograms("python3", path)
  const withMpi = all.find((python) => canImport(python, "mpi4py"))
  if (withMpi !== undefined) return withMpi
  const tried = all.length === 0 ? "there is no python3" : `tried ${all.join(", ")}`
  throw new CannotTrain(
    `no python3 on the PATH of the training job has the module mpi4py (${tried}); on Debian and Ubuntu: apt-get install python3-mpi4py`,
  )
}

function canImport(python: string, module: string): boolean {
  try {
    execFileSync(
      python,
      ["-c", `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`],
      {
        stdio: "ignore",
        timeout: 20_000,
      },
    )
    return true
  } catch {
    return false
  }
}
