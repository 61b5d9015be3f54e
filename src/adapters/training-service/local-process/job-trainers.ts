import { join } from "node:path"
import type { JobPaths } from "../../process/job-folder.ts"
import { type Binding, boundCommand, rewriteOptMl } from "../../process/opt-ml.ts"
import { parseHyperparameters, toolkitEnvironment, userArguments } from "./contract/environment.ts"
import { mpiCommand, processesPerHost } from "./contract/mpi-command.ts"
import type { JobDescription } from "./job-description.ts"
import { type JobHost, writeHostsFile } from "./job-hosts.ts"
import { writeRankScript } from "./run/mpi-hosts.ts"
import { mpirun, programCommand } from "./run/program-command.ts"
import type { Trainer } from "./run/train.ts"
import { trainerEnvironment } from "./run/trainer-environment.ts"

type Environment = Readonly<Record<string, string>>

export interface TrainersPlan {
  readonly paths: JobPaths
  readonly description: JobDescription
  readonly binding: Binding
  /** Leader first. */
  readonly hosts: readonly JobHost[]
  /** Environment of the supervisor. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** How another process of ours is started; the first word is the Node that runs us. */
  readonly self: readonly [string, ...string[]]
  /** Folder of the packages that were installed for this job; null: none were. */
  readonly packages: string | null
}

/** How one process on a host is started. */
interface HostStart {
  readonly host: JobHost
  readonly env: Environment
  readonly cwd: string
  readonly command: readonly [string, ...string[]]
}

/** The processes that train: one per host, or with MPI one mpirun on the leader that starts the ranks of all. */
export function trainersOf(plan: TrainersPlan): readonly Trainer[] {
  const hostsFile = plan.binding.mode === "none" ? null : writeHostsFile(plan.paths, plan.hosts)
  const starts = plan.hosts.map((host) => startOf(plan, host, hostsFile))
  const isMpi = plan.description.spec.distribution.kind === "mpi"
  return (isMpi ? mpiStarts(plan, starts) : starts).map(({ host, env, cwd, command }) => {
    return { host: host.name, env, cwd, command, log: host.log }
  })
}

function startOf(plan: TrainersPlan, host: JobHost, hostsFile: string | null): HostStart {
  const env = environmentOf(plan, host)
  const cwd = join(host.folder, "code")
  const { user } = parseHyperparameters(host.container.hyperparameters)
  const program = programCommand(plan.description, cwd, { self: plan.self, path: env["PATH"] }, userArguments(user))
  if (hostsFile === null) return { host, env, cwd, command: program }
  return { host, env, cwd, command: boundCommand(plan.binding, { folder: host.folder, hostsFile }, env, program) }
}

function environmentOf(plan: TrainersPlan, host: JobHost): Environment {
  const { spec } = plan.description
  const isBound = plan.binding.mode !== "none"
  const row = Object.entries(spec.environment).map(([name, value]) => {
    return [name, isBound ? value : rewriteOptMl(value, host.folder)] as const
  })
  const toolkit = toolkitEnvironment(host.container)
  const env = trainerEnvironment(plan.env, Object.fromEntries(row), toolkit, spec.distribution.kind === "mpi")
  if (plan.packages === null) return env
  const others = env["PYTHONPATH"]
  return { ...env, PYTHONPATH: others === undefined ? plan.packages : `${plan.packages}:${others}` }
}

/** One mpirun with the leader's variables; with several hosts every rank begins as a script that makes it its host's. */
function mpiStarts(plan: TrainersPlan, starts: readonly HostStart[]): readonly HostStart[] {
  const { distribution } = plan.description.spec
  const [leader] = starts
  if (distribution.kind !== "mpi" || leader === undefined) return starts
  const { gpus, networkInterface } = leader.host.container
  const processes = processesPerHost(distribution.processesPerHost, gpus)
  sayWhoWaits(starts, processes)
  const ranks = () => [
    writeRankScript(
      plan.paths.folder,
      starts.map((start) => rankHost(start, leader.env)),
      processes,
    ),
  ]
  const command = mpiCommand({
    mpirun: mpirun(leader.env["PATH"]),
    hosts: starts.length,
    processesPerHost: processes,
    networkInterface,
    options: distribution.options,
    machine: ["LD_LIBRARY_PATH", "PATH"].filter((name) => leader.env[name] !== undefined),
    toolkit: Object.keys(toolkitEnvironment(leader.host.container)).filter((name) => name.startsWith("SM_")),
    command: starts.length === 1 ? leader.command : ranks(),
  })
  return [{ ...leader, command }]
}

/** What differs from the leader's environment, and what the shell of the rank's script drops for its name. */
function rankHost({ host, env, cwd, command }: HostStart, leader: Environment) {
  const own = Object.entries(env).filter(([name, value]) => leader[name] !== value || !/^[A-Za-z_]\w*$/.test(name))
  return { name: host.name, cwd, command, env: Object.fromEntries(own) }
}

function sayWhoWaits(starts: readonly HostStart[], processes: number): void {
  for (const [index, { host }] of starts.entries()) {
    if (index === 0) continue
    const ranks = `ranks ${index * processes} to ${(index + 1) * processes - 1}`
    host.log.say(`this host's ${ranks} are started by mpirun on ${starts[0]?.host.name}, whose log has their output`)
  }
}
