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
  const code = withoutComments(text)
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

const REGEX = String.raw`(?<=[(,=:[!&|?{};\n]\s*|return\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`
const PLAIN_STRING = String.raw`"(?:\\.|[^"\\\n])*"`
const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`

/** The text without its comments. */
export function withoutComments(text: string): string {
  return text.replaceAll(new RegExp(`${PLAIN_STRING}|${REGEX}|${COMMENT}`, "g"), (found) =>
    found.startsWith("//") || found.startsWith("/*") ? "" : found,
  )
}

/** The text without comments, regular expressions and what stands in plain strings; template strings stay, since code stands in them. */
export function codeOnly(text: string): string {
  return text.replaceAll(new RegExp(`${PLAIN_STRING}|${REGEX}|${COMMENT}`, "g"), (found) =>
    found.startsWith('"') ? '""' : "",
  )
}
