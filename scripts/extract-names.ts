// Writes the data of the examples: names of territories, languages, currencies and scripts, each in many languages.
// They come from the Unicode CLDR inside Node's own ICU; nothing is fetched.
import { createHash } from "node:crypto"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const MANIFESTS = join(import.meta.dirname, "..", "manifests")
const DEMO = join(MANIFESTS, "01-demo-languages", "data")
const SHARDS = join(MANIFESTS, "03-distribution", "data")

/** Languages that live near each region; each group has a pair that is hard to tell apart. */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  "us-east-1": ["en", "es", "fr", "pt"],
  "us-west-2": ["fil", "id", "ms", "vi"],
  "eu-west-1": ["da", "nb", "nl", "sv"],
  "eu-central-1": ["cs", "de", "pl", "sk"],
}
const SHARDED = ["cs", "da", "de", "es", "fr", "nl", "pl", "pt"]
const PARTS = 8

const UPPER = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
const LOWER = UPPER.map((letter) => letter.toLowerCase())

/** Every code that may have a name, by kind; those without one are left out when asked. */
const CODES: Readonly<Record<"region" | "language" | "currency" | "script", readonly string[]>> = {
  region: codes(UPPER, UPPER),
  language: [...codes(LOWER, LOWER), ...codes(LOWER, LOWER, LOWER)],
  currency: codes(UPPER, UPPER, UPPER),
  script: codes(UPPER, LOWER, LOWER, LOWER),
}

interface Name {
  readonly language: string
  /** `region:DE`: what is named. A thing is in one split only, whatever the language. */
  readonly thing: string
  readonly text: string
}

for (const [region, languages] of Object.entries(REGIONS)) {
  const names = namesIn(languages)
  write(join(DEMO, region, "train", "names.tsv"), names.filter(isTrain))
  write(
    join(DEMO, region, "validation", "names.tsv"),
    names.filter((name) => !isTrain(name)),
  )
}

const pooled = namesIn(SHARDED)
const train = pooled
  .filter(isTrain)
  .toSorted((a, b) => compare(fraction(a.thing + a.language), fraction(b.thing + b.language)))
rmSync(SHARDS, { recursive: true, force: true })
for (const [part, language] of SHARDED.slice(0, PARTS).entries()) {
  write(
    join(SHARDS, "shuffled", `part-${part}.tsv`),
    train.filter((_, at) => at % PARTS === part),
  )
  write(
    join(SHARDS, "by-language", `${language}.tsv`),
    train.filter((name) => name.language === language),
  )
}
write(
  join(SHARDS, "validation", "names.tsv"),
  pooled.filter((name) => !isTrain(name)),
)

function namesIn(languages: readonly string[]): readonly Name[] {
  const all = languages.flatMap((language) =>
    Object.entries(CODES).flatMap(([kind, list]) => named(language, kind as keyof typeof CODES, list)),
  )
  const speakers = Map.groupBy(all, (name) => name.text)
  const seen = new Set<string>()
  // A text that two languages share has no right answer; one that a language has twice would be in both splits.
  return all.filter((name) => {
    const isShared = speakers.get(name.text)?.some((other) => other.language !== name.language) ?? false
    const key = `${name.language} ${name.text}`
    if (isShared || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function named(language: string, kind: keyof typeof CODES, list: readonly string[]): readonly Name[] {
  const names = new Intl.DisplayNames([language], { type: kind, fallback: "none" })
  return list.flatMap((code) => {
    const text = names.of(code)
    return text === undefined ? [] : [{ language, thing: `${kind}:${code}`, text: text.normalize("NFC") }]
  })
}

function isTrain(name: Name): boolean {
  return fraction(name.thing) >= 0.2
}

/** A number in [0, 1) that only depends on the text. */
function fraction(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32
}

function compare(a: number, b: number): number {
  return a - b
}

function codes(...letters: readonly (readonly string[])[]): readonly string[] {
  return letters.reduce<readonly string[]>(
    (heads, tails) => heads.flatMap((head) => tails.map((tail) => head + tail)),
    [""],
  )
}

function write(file: string, names: readonly Name[]): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, names.map((name) => `${name.language}\t${name.text}\n`).join(""))
}
