import { nodeAt, type SettingNode } from "../core/config/setting-node.ts"
import { RegattaError } from "../core/errors.ts"
import type { Problem } from "../core/problem.ts"
import { type ReadSpace, readSpace, type SpaceOverrides } from "../core/sweep/read-space.ts"
import type { Space } from "../core/sweep/space.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { parseYaml } from "./yaml-node.ts"

export interface LoadedSpace {
  readonly text: string
  readonly space: Space
  /** Line of a key of the file; the file's first where it is not there. */
  readonly lineOf: (key: string) => number
}

/** The search space of a file (absolute path). Errors: `notFound`, `invalid` with every problem, `denied`, `unavailable`. */
export async function loadSpace(
  { files }: Pick<OpenPorts, "files">,
  file: string,
  overrides: SpaceOverrides,
): Promise<LoadedSpace> {
  const text = await files.readText(file)
  if (text === null) throw new RegattaError("notFound", `there is no search space ${file}`, { fields: { path: file } })
  return readSpaceText(file, text, overrides)
}

/** As `loadSpace`, of a text that was read. */
export function readSpaceText(file: string, text: string, overrides: SpaceOverrides): LoadedSpace {
  const read = readText(file, text, overrides)
  if (read.ok) return { text, space: read.space, lineOf: (key) => nodeAt(read.root, [key]).line }
  throw wrongSpace(file, read.problems)
}

/** What keeps a space from giving rows, as an error. */
export function wrongSpace(file: string, problems: readonly Problem[]): RegattaError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`
  return new RegattaError("invalid", `${file} has ${count}; nothing was written`, { problems, fields: { path: file } })
}

type ReadText = (Extract<ReadSpace, { ok: true }> & { readonly root: SettingNode }) | Extract<ReadSpace, { ok: false }>

function readText(file: string, text: string, overrides: SpaceOverrides): ReadText {
  const problem = (line: number, message: string): Problem => ({
    severity: "error",
    file,
    line,
    column: null,
    value: null,
    message,
  })
  // What is no UTF-8 was read as U+FFFD.
  if (text.includes("\uFFFD")) {
    const line = text.slice(0, text.indexOf("\uFFFD")).split("\n").length
    return { ok: false, problems: [problem(line, "it holds bytes that are not UTF-8")] }
  }
  const parsed = parseYaml(text)
  if (parsed.ok) {
    const read = readSpace(file, parsed.root, overrides)
    return read.ok ? { ...read, root: parsed.root } : read
  }
  return { ok: false, problems: parsed.wrong.map(({ line, message }) => problem(line, `this is no YAML: ${message}`)) }
}
