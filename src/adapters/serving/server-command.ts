import { join } from "node:path"
import { RegattaError } from "../../core/errors.ts"
import { isOwnCommand } from "../../core/manifest/stand-ins.ts"
import { findPrograms } from "../process/find-programs.ts"
import { inheritedEnvironment } from "../process/inherited-environment.ts"
import { type Binding, boundCommand, OPT_ML, rewriteOptMl } from "../process/opt-ml.ts"
import { SCRIPT_SERVER_FILE } from "./script-server.ts"
import type { StoredModel } from "./stored-model.ts"

export interface ServerMachine {
  /** How another process of ours is started. */
  readonly self: readonly [string, ...string[]]
  /** This process's own. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly binding: Binding
}

export interface ServerCommand {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/** Every server has it in its environment, with the folder of what it serves for: whatever it starts is found by it. */
export const SERVER_MARKER = "REGATTA_SERVER"

/**
 * How a model's server is started: SageMaker's container contract, `/opt/ml` bound where the machine allows it. `folder`:
 * where the server's own files lie. `extra`: further variables. Error `invalid`: its program is not on this machine.
 */
export function serverCommand(
  model: StoredModel,
  machine: ServerMachine,
  at: { readonly folder: string; readonly port: number; readonly extra: Readonly<Record<string, string>> },
): ServerCommand {
  const isBound = machine.binding.mode !== "none"
  const root = isBound ? OPT_ML : model.ml
  const own = Object.entries(model.plan.environment).map(([name, value]) => {
    return [name, isBound ? value : rewriteOptMl(value, model.ml)] as const
  })
  const env = {
    ...inheritedEnvironment(machine.env),
    PYTHONUNBUFFERED: "1",
    ...Object.fromEntries(own),
    SM_MODEL_DIR: `${root}/model`,
    SAGEMAKER_BIND_TO_PORT: String(at.port),
    SAGEMAKER_SAFE_PORT_RANGE: `${at.port}-${at.port}`,
    ...at.extra,
    [SERVER_MARKER]: at.folder,
  }
  const cwd = join(model.ml, "code")
  const program = programOf(model, machine, root, at.folder, env)
  if (!isBound) return { command: program, env, cwd }
  const host = { folder: model.ml, hostsFile: "/etc/hosts" }
  return { command: boundCommand(machine.binding, host, env, program), env, cwd }
}

function programOf(
  { plan, script }: StoredModel,
  { self }: ServerMachine,
  root: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): readonly [string, ...string[]] {
  const { command } = plan.local
  if (command === null) {
    return [
      requiredProgram("python3", plan.name, env["PATH"]),
      join(folder, SCRIPT_SERVER_FILE),
      join(root, script ?? ""),
    ]
  }
  if (isOwnCommand(command)) return [...self, ...command.slice(1)]
  const [name, ...rest] = command
  return [requiredProgram(name, plan.name, env["PATH"]), ...rest]
}

/** Path of the program that serves. Error `invalid`: it is not on this machine. */
export function requiredProgram(name: string, model: string, path: string | undefined): string {
  const [first] = findPrograms(name, path)
  if (first !== undefined) return first
  const where = name.includes("/") ? "is no program" : "is not on the PATH"
  throw new RegattaError("invalid", `cannot serve the model ${model}: ${name} ${where} of this machine`, {
    hint: "install it, or name another under local.serving in regatta.yaml",
  })
}
