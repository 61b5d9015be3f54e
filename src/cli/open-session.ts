// Reads the configuration in force for a command and makes a session of it.
// It knows which flags a command may have, and nothing of what is in a regatta.yaml.
import { findConfig, loadConfig } from "../app/load-config.ts"
import { mergeConfig } from "../config.ts"
import { homeRegion } from "../core/config/child-settings.ts"
import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import { isInS3, resolvePath, shortPath } from "../core/paths.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { Compose, Ports } from "../ports/ports.ts"
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
  const typed = optional(options, "config") ?? (shell.env["REGATTA_CONFIG"] || null)
  const isThere = isInS3(request.config === undefined ? (typed ?? "") : (request.config ?? ""))
  const early = isThere ? awsBeforeConfig(shell, compose) : null
  const config = await readConfig(shell, early?.files ?? files, options, request).finally(() => early?.close())
  const { on, file } = config
  for (const path of [request.manifest ?? "", file ?? ""]) {
    if (!isInS3(path) || on === "aws") continue
    throw new RegattaError("unsupported", `${path} is in S3, which the platform ${on} does not read: name a file`, {
      hint: "--on aws reads manifests and configurations there",
    })
  }
  return createSession(shell, compose, config, files, await flagsToReturn(shell, files, options, request, config))
}

/** What reads a configuration in S3, of which nothing is known yet but the environment. Error `usage`: no region is. */
function awsBeforeConfig(shell: Shell, compose: Compose): Pick<Ports, "files" | "close"> {
  const { env, cwd } = shell
  const home = homeRegion(env)
  if (home === null)
    throw new RegattaError(
      "usage",
      "a configuration in S3 needs a region to ask in: set REGATTA_HOME_REGION or AWS_REGION",
    )
  const account = env["REGATTA_ACCOUNT"] || null
  return compose({ on: "aws", table: "", stateFolder: cwd, home, account }, shell)
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
