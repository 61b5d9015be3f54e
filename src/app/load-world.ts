import { EMPTY_WORLD, readWorldFile, type World } from "../core/config/world-file.ts"
import { RegattaError } from "../core/errors.ts"
import type { Problem } from "../core/problem.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { parseYaml } from "./yaml-node.ts"

/** The world of a file (absolute path); null: the empty one. Errors: `notFound`, `invalid` with every problem, `denied`, `unavailable`. */
export async function loadWorld({ files }: Pick<OpenPorts, "files">, file: string | null): Promise<World> {
  if (file === null) return EMPTY_WORLD
  const text = await files.readText(file)
  if (text === null) throw new RegattaError("notFound", `there is no world file ${file}`, { fields: { path: file } })
  const parsed = parseYaml(text)
  const read = parsed.ok
    ? readWorldFile(file, parsed.root)
    : { ok: false as const, problems: noYaml(file, parsed.wrong) }
  if (read.ok) return read.values
  const count = read.problems.length === 1 ? "1 problem" : `${read.problems.length} problems`
  throw new RegattaError("invalid", `${file} has ${count}`, { problems: read.problems, fields: { path: file } })
}

function noYaml(file: string, wrong: readonly { readonly line: number; readonly message: string }[]): Problem[] {
  return wrong.map(({ line, message }) => ({
    severity: "error",
    file,
    line,
    column: null,
    value: null,
    message: `this is no YAML: ${message}`,
  }))
}
