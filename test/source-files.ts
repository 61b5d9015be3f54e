import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

const SOURCE = resolve(import.meta.dirname, "..", "src")

/** One import of a source file, in any of its forms: `from "…"`, `import "…"`, `import("…")`, types included. */
export interface Import {
  /** `core/row.ts` for a file of src, else as written: `node:fs`, `zod`. */
  readonly to: string
  readonly isType: boolean
}

export interface SourceFile {
  /** Relative to src, with `/`. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

/** Every TypeScript file of src, read once. */
export function readSourceFiles(): readonly SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(SOURCE, path), "utf8")
      return { path, text, imports: importsOf(path, text) }
    })
}

/**
 * Imports by expression, since TypeScript 7 has no JavaScript API; the files are formatted, so the forms are few.
 * An import whose target is not a plain string is given as `<computed>`, which no room may have.
 */
export function importsOf(path: string, text: string): readonly Import[] {
  const code = withStrings(text)
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm)
  const calls = code.matchAll(/(typeof\s+|:\s*)?\b(?:import|require)\(\s*(?:"([^"]+)"\s*(?:,[^)]*)?\)|[^)]*)/g)
  return [
    ...[...statements].map(([, type, to]) => ({ to: resolved(path, to ?? ""), isType: type !== undefined })),
    ...[...calls].map(([, type, to]) => ({ to: resolved(path, to ?? "<computed>"), isType: type !== undefined })),
  ]
}

function resolved(path: string, to: string): string {
  return to.startsWith(".") ? relative(SOURCE, resolve(SOURCE, dirname(path), to)) : to
}

/** Code with its plain strings: what an import may stand in. A template string may hold a whole other program. */
function withStrings(text: string): string {
  return piecesOf(text)
    .map((piece) => (piece.kind === "code" || piece.kind === "string" ? piece.text : ""))
    .join("")
}

/** The text without comments, strings and regular expressions; the expressions inside template strings stay. */
export function codeOnly(text: string): string {
  return piecesOf(text)
    .map((piece) => (piece.kind === "code" ? piece.text : piece.kind === "string" ? '""' : ""))
    .join("")
}

interface Piece {
  readonly kind: "code" | "string" | "template" | "pattern" | "comment"
  readonly text: string
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y
/** A slash begins a regular expression where a value may begin, else it divides. */
const REGEX = /(?<=(?:^|[(,=:[!&|?{};+>]|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y
/** Text of a template string up to its end or to the next expression in it. */
const TEMPLATE = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y

/** Cuts a source text into code, texts and comments. Knows as much of the language as that needs. */
function piecesOf(source: string): readonly Piece[] {
  const pieces: Piece[] = []
  /** For each template string that we are in an expression of: braces that are open in it. */
  const open: number[] = []
  let at = 0
  const take = (pattern: RegExp, kind: Piece["kind"]): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0] ?? null
    if (found === null) return null
    pieces.push({ kind, text: found })
    at += found.length
    return found
  }
  const takeTemplate = () => {
    if (take(TEMPLATE, "template")?.endsWith("${")) open.push(0)
  }
  while (at < source.length) {
    if (take(COMMENT, "comment") ?? take(STRING, "string") ?? take(REGEX, "pattern")) continue
    const letter = source[at] ?? ""
    const depth = open.at(-1)
    at += 1
    if (letter === "`") takeTemplate()
    else if (letter === "}" && depth === 0) {
      open.pop()
      takeTemplate()
    } else {
      if (depth !== undefined && letter === "{") open[open.length - 1] = depth + 1
      if (depth !== undefined && letter === "}") open[open.length - 1] = depth - 1
      pieces.push({ kind: "code", text: letter })
    }
  }
  return pieces
}
