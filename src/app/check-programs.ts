import type { Config } from "../core/config/config.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { algorithmCommand } from "../core/manifest/local-refusals.ts"
import { isStandInCommand } from "../core/manifest/stand-ins.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { MachineFinding } from "./check-machine.ts"

/** A program of this machine that a row needs. */
interface Needed {
  readonly name: string
  readonly column: string
  /** How to get it where it is missing. */
  readonly mend: string
}

/** Whether the programs that rows need on `local` are on this machine; each is looked for once. */
export class ProgramCheck {
  readonly #files: OpenPorts["files"]
  readonly #local: Pick<Config["local"], "algorithms">
  readonly #known = new Map<string, boolean>()

  constructor(files: OpenPorts["files"], local: Pick<Config["local"], "algorithms">) {
    this.#files = files
    this.#local = local
  }

  async row(spec: JobSpec): Promise<readonly MachineFinding[]> {
    const path = spec.environment["PATH"] ?? null
    const found: MachineFinding[] = []
    for (const { name, column, mend } of neededPrograms(spec, this.#local)) {
      if (await this.#isThere(name, path)) continue
      const where = name.includes("/")
        ? "is no program"
        : path === null
          ? "is not on the PATH"
          : "is not on the row's PATH"
      found.push({ severity: "error", column, message: `${name} ${where} of this machine: ${mend}` })
    }
    return found
  }

  async #isThere(name: string, path: string | null): Promise<boolean> {
    const key = JSON.stringify([name, path])
    const known = this.#known.get(key) ?? (await this.#files.findProgram(name, path)) !== null
    this.#known.set(key, known)
    return known
  }
}

function neededPrograms(spec: JobSpec, local: Pick<Config["local"], "algorithms">): readonly Needed[] {
  if (spec.program === null) {
    const command = algorithmCommand(spec.trains, local)
    if (command === null || isStandInCommand(command)) return []
    return [{ name: command[0], column: "algorithm", mend: "install it, or name another under local.algorithms" }]
  }
  const needed: Needed[] = []
  if (spec.program.entryPoint.endsWith(".py"))
    needed.push({ name: "python3", column: "entry_point", mend: debian("python3") })
  if (spec.distribution.kind === "mpi")
    needed.push({ name: "mpirun", column: "distribution", mend: debian("openmpi-bin") })
  return needed
}

function debian(name: string): string {
  return `on Debian and Ubuntu, apt-get install ${name}`
}
