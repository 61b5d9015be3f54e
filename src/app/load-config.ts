// Finds the regatta.yaml of a command and reads it: every problem of it at once, with its line.
// Puts no defaults, environment or flags over it: config.ts does, for the face that knows them.
import { type ConfigFile, type ReadConfigFile, readConfigFile } from "../core/config/config-file.ts"
import { RegattaError } from "../core/errors.ts"
import { folderOf, isInS3, resolvePath } from "../core/paths.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { type ParsedYaml, parseYaml } from "./yaml-node.ts"

export const CONFIG_NAME = "regatta.yaml"

/** Where a configuration is looked for; all paths absolute. */
export interface ConfigSearch {
  /** Searched from its folder upwards; null: the command has none. */
  readonly manifest: string | null
  /** Searched from here upwards where the manifest's folders have none. */
  readonly cwd: string
  /** From `--config` or REGATTA_CONFIG, as typed: relative to `cwd`. null: search. */
  readonly named: string | null
}

/** null: there is none. Errors: `notFound` (the named one), `invalid` with all its problems, `denied`, `unavailable`. */
export async function loadConfig(ports: Pick<OpenPorts, "files">, search: ConfigSearch): Promise<ConfigFile | null> {
  const file = search.named === null ? await findConfig(ports, search) : await named(ports, search.named, search.cwd)
  if (file === null) return null
  const text = await ports.files.readText(file)
  if (text === null) throw notThere(file)
  return parseConfig(file, folderOf(file), text)
}

/** A regatta.yaml's text. `folder`: where relative paths in it begin. Error `invalid` with all its problems. */
export function parseConfig(file: string, folder: string, text: string): ConfigFile {
  const read = parse(file, folder, text)
  if (read.ok) return read.config
  const count = read.problems.length === 1 ? "1 problem" : `${read.problems.length} problems`
  throw new RegattaError("invalid", `${file} has ${count}; nothing was done`, {
    problems: read.problems,
    fields: { path: file },
  })
}

/** The regatta.yaml that a search finds, unread; null: there is none. */
export async function findConfig(
  { files }: Pick<OpenPorts, "files">,
  { manifest, cwd }: Pick<ConfigSearch, "manifest" | "cwd">,
): Promise<string | null> {
  // In S3 nothing is looked for: whoever submits from there names what it is submitted with.
  for (const start of manifest === null || isInS3(manifest) ? [cwd] : [folderOf(manifest), cwd]) {
    for (let folder = start; ; folder = folderOf(folder)) {
      const file = resolvePath(folder, CONFIG_NAME)
      if ((await files.kind(file)) === "file") return file
      if (folder === "/") break
    }
  }
  return null
}

async function named({ files }: Pick<OpenPorts, "files">, typed: string, cwd: string): Promise<string> {
  if (/^(?!s3:)[a-z][a-z0-9]*:\/\//.test(typed)) {
    throw new RegattaError(
      "unsupported",
      `a configuration at ${typed} is not built yet: name a file of this machine, or an s3:// URI`,
    )
  }
  const file = resolvePath(cwd, typed)
  if ((await files.kind(file)) === "file") return file
  throw notThere(file)
}

function notThere(file: string): RegattaError {
  return new RegattaError("notFound", `there is no configuration ${file}`, {
    hint: "`regatta init` writes one",
    fields: { path: file },
  })
}

function parse(file: string, folder: string, text: string): ReadConfigFile {
  // What is no UTF-8 was read as U+FFFD.
  const parsed = text.includes("\uFFFD") ? notUtf8(text) : parseYaml(text)
  if (parsed.ok) return readConfigFile(file, folder, parsed.root)
  const problems = parsed.wrong.map(
    ({ line, message }) =>
      ({ severity: "error", file, line, column: null, value: null, message: `this is no YAML: ${message}` }) as const,
  )
  return { ok: false, problems }
}

function notUtf8(text: string): ParsedYaml {
  const line = text.slice(0, text.indexOf("\uFFFD")).split("\n").length
  return { ok: false, wrong: [{ line, message: "it holds bytes that are not UTF-8" }] }
}
