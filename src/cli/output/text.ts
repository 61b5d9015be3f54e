// Text as a terminal shows it: its width in cells, cut to a width, and made safe to print.
// It knows nothing of tables or colours.
import { stripVTControlCharacters } from "node:util"

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
const ZERO = /\p{Mn}|\p{Me}|\p{Cf}/u

/** One line without control characters: what others wrote (names, reasons, log lines) cannot move the cursor or recolour. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(CONTROL, " ")
}

/** Columns of the terminal that the text takes; escape sequences take none. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (ZERO.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}

/** The text in at most `width` columns, ended by `…` where something was cut. Not for text with escape sequences. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ""
  let taken = 0
  for (const character of text) {
    const cells = textWidth(character)
    if (taken + cells > width - 1) break
    kept += character
    taken += cells
  }
  return width > 0 ? `${kept}…` : ""
}

export function padTo(text: string, width: number, align: "left" | "right"): string {
  const gap = " ".repeat(Math.max(0, width - textWidth(text)))
  return align === "left" ? text + gap : gap + text
}

/** The text broken at spaces into lines of at most `width` columns; a longer word stands alone. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === "" ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
