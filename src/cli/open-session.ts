// Reads the configuration in force for a command and makes a session of it.
// It knows which flags a command may have, and nothing of what is in a regatta.yaml.
import { loadConfig } from "../app/load-config.ts"
import { mergeConfig } from "../config.ts"
import type { Config } from "../core/config.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { Compose } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import type { Options } from "./command.ts"
import type { Session, SessionRequest } from "./session.ts"
import { createSession } from "./session.ts"

export async function openSession(
  shell: Shell,
  compose: Compose,
  files: FileSystem,
  options: Options,
  request: SessionRequest,
): Promise<Session> {
  return createSession(shell, compose, await readConfig(shell, files, options, request), files)
}

/** Errors: `notFound`, `invalid` with every problem of the file, `usage` (a variable or flag is wrong). */
async function readConfig(shell: Shell, files: FileSystem, options: Options, request: SessionRequest): Promise<Config> {
  const { cwd, env } = shell
  const typed = optional(options, "config") ?? (env["REGATTA_CONFIG"] || null)
  const named = request.config === undefined ? typed : request.config
  const file = await loadConfig({ files }, { manifest: request.manifest ?? null, cwd, named })
  const flags = {
    on: request.on ?? optional(options, "on"),
    table: optional(options, "table"),
    stateFolder: request.stateFolder ?? null,
  }
  return mergeConfig(file, { env, cwd, flags })
}

/** null also where the command has no such option. */
function optional(options: Options, name: string): string | null {
  return options.has(name) ? options.text(name) : null
}
