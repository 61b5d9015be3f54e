/** A seed of 32 bits for texts: the same texts give the same seed, and near ones others (FNV-1a, then mixed). */
export function seedOf(...texts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const char of texts.join("\0")) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** `*` stands for any letters, as in the world file. */
export function matchesGlob(glob: string | undefined, text: string): boolean {
  if (glob === undefined || glob === "*") return true
  const parts = glob.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join("[^]*")}$`).test(text)
}
