// `{region}` and its like in the texts of a row: which are known, how they are filled in, and which are left for the launch.
// Knows no column: it is given the values that a name stands for.
import { didYouMean } from "./nearest-name.ts"

/** Filled in where the training job is named: the pinned row keeps them, so that equal content has an equal hash. */
const LATE = ["run", "attempt"] as const
const EARLY = ["row", "region", "account"] as const
export const PLACEHOLDERS: readonly string[] = [...LATE, ...EARLY, "hp.<name>"]

/** `{{word}}` is the word in braces; only a word in lower case, or `hp.` with any name, is taken for a placeholder. */
const WORD = /\{\{(?:[a-z][a-z_]*|hp\.[^{}]+)\}\}|\{(?:[a-z][a-z_]*|hp\.[^{}]+)\}/g

const LONGEST_RUN_ID = "r".repeat(40)

/** The text with `{run}` and `{attempt}` as long as they will be, to measure it and to try a pattern on it. */
export function lateShape(text: string): string {
  return text.includes("{") ? text.replaceAll("{run}", LONGEST_RUN_ID).replaceAll("{attempt}", "1") : text
}

export function hasPlaceholder(text: string): boolean {
  return text.includes("{") && text.search(WORD) !== -1
}

export type Filled = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/** What a name stands for in this row: its text, or why it stands for nothing. */
export type Meaning = (name: string) => Filled

/** @param keepsBraces leaves `{word}` alone where it is no placeholder. */
export function fillPlaceholders(text: string, meaning: Meaning, keepsBraces = false): Filled {
  if (!text.includes("{")) return { ok: true, text }
  let wrong: string | null = null
  const filled = text.replaceAll(WORD, (found) => {
    const one = replacement(found, meaning, keepsBraces)
    if (one.ok) return one.text
    wrong ??= one.message
    return found
  })
  return wrong === null ? { ok: true, text: filled } : { ok: false, message: wrong }
}

function replacement(found: string, meaning: Meaning, keepsBraces: boolean): Filled {
  if (found.startsWith("{{")) {
    const word = found.slice(1, -1)
    if (keepsBraces) return { ok: true, text: found }
    if (!isLate(word.slice(1, -1))) return { ok: true, text: word }
    return { ok: false, message: `${found} cannot be written: ${word} is always filled in at the launch` }
  }
  const name = found.slice(1, -1)
  if (isLate(name)) return { ok: true, text: found }
  if (name.startsWith("hp.") || EARLY.some((each) => each === name)) return meaning(name)
  if (keepsBraces) return { ok: true, text: found }
  const known = PLACEHOLDERS.map((each) => `{${each}}`).join(" ")
  const guess = didYouMean(name, [...LATE, ...EARLY])
  return {
    ok: false,
    message: `${found} is no placeholder${guess}; known are ${known}, and {${found}} is the word itself`,
  }
}

function isLate(name: string): boolean {
  return LATE.some((each) => each === name)
}
