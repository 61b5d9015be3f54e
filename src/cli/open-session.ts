// Reads the configuration in force for a command and makes a session of it.
// It knows which flags a command may have, and nothing of what is in a regatta.yaml.
import { findConfig, loadConfig } from "../app/load-config.ts"
import { mergeConfig } from "../config.ts"
import type { Config } from "../core/config/config.ts"
import { resolvePath, shortPath } from "../core/paths.ts"
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
  const config = await readConfig(shell, files, options, request)
  return createSession(shell, compose, config, files, await flagsToReturn(shell, files, options, request, config))
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

/** Empty where a command without a manifest and without flags has the same configuration. */
async function flagsToReturn(
  { cwd, env }: Shell,
  files: FileSystem,
  options: Options,
  { stateFolder }: SessionRequest,
  { file }: Config,
): Promise<string> {
  const table = optional(options, "table")
  const flags = table === null ? "" : ` --table ${quoted(table)}`
  // The demo keeps its runs where the caller's own configuration has them, whatever its example's file is.
  if (file === null || stateFolder !== undefined) return flags
  const typed = env["REGATTA_CONFIG"] || null
  const found = typed === null ? await findConfig({ files }, { manifest: null, cwd }) : resolvePath(cwd, typed)
  return found === file ? flags : ` --config ${quoted(shortPath(cwd, file))}${flags}`
}

/** As a shell reads it. */
function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** null also where the command has no such option. */
function optional(options: Options, name: string): string | null {
  return options.has(name) ? options.text(name) : null
}
