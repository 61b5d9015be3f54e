// Writes the data of the example with built-in algorithms out of that of others: numbers alone, without a header, the label first.
// Every fifth line goes to the validation; nothing is drawn by chance, so that the same files come out each time.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const EXAMPLES = join(import.meta.dirname, "..", "manifests")
const TARGET = join(EXAMPLES, "12-algorithms", "data")
const PARTS = 4
const ALPHABET = [..."abcdefghijklmnopqrstuvwxyz"]

writeClocks()
writeGerman()

/** Offset from UTC in hours, then degrees east: of 02-first-row. */
function writeClocks(): void {
  const lines = linesOf("02-first-row/data/places.csv")
    .slice(1)
    .map((line) => line.split(","))
    .map(([, longitude = "", hours = ""]) => `${hours},${longitude}`)
  write("clocks/train/places.csv", notFifth(lines))
  write("clocks/validation/places.csv", fifth(lines))
}

/** 1 for a German name and 0 for any other, then how often it has each letter, any letter beyond a to z, and its words: of 01-demo-languages. */
function writeGerman(): void {
  const train = ["train", "validation"].flatMap((channel) =>
    linesOf(`01-demo-languages/data/eu-central-1/${channel}/names.tsv`),
  )
  const lines = train.map((line) => {
    const [language = "", name = ""] = line.split("\t")
    const letters = [...name.toLowerCase()]
    const counts = ALPHABET.map((letter) => letters.filter((each) => each === letter).length)
    const others = letters.filter((each) => /\p{L}/u.test(each) && !ALPHABET.includes(each)).length
    return [language === "de" ? 1 : 0, ...counts, others, name.split(/[\s-]+/).length].join(",")
  })
  const learned = notFifth(lines)
  for (let part = 0; part < PARTS; part += 1) {
    write(
      `german/train/part-${part}.csv`,
      learned.filter((_, at) => at % PARTS === part),
    )
  }
  write("german/validation/names.csv", fifth(lines))
}

function fifth(lines: readonly string[]): readonly string[] {
  return lines.filter((_, at) => at % 5 === 4)
}

function notFifth(lines: readonly string[]): readonly string[] {
  return lines.filter((_, at) => at % 5 !== 4)
}

function linesOf(file: string): readonly string[] {
  return readFileSync(join(EXAMPLES, file), "utf8").trimEnd().split("\n")
}

function write(file: string, lines: readonly string[]): void {
  const path = join(TARGET, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${lines.join("\n")}\n`)
}
