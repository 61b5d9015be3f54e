/** Two hashes of 53 bits: texts that agree in both are taken for equal (of a million texts, one pair in 10^20 would err). */
export type TextHash = readonly [number, number]

/** Fast and unkeyed: for finding doubles in bounded memory, never for naming or protecting anything. */
export function textHash(text: string): TextHash {
  let [a, b, c, d] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    a = Math.imul(a ^ unit, 0x85ebca6b)
    b = Math.imul(b ^ unit, 0xc2b2ae35)
    c = Math.imul(c ^ unit, 0x9e3779b1)
    d = Math.imul(d ^ unit, 0x165667b1)
    a = (a << 13) | (a >>> 19)
    c = (c << 17) | (c >>> 15)
  }
  return [wide(finished(a ^ text.length), finished(b)), wide(finished(c ^ text.length), finished(d))]
}

/** Murmur's last step: each bit of the input changes half of the output's. */
function finished(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function wide(high: number, low: number): number {
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0)
}

/** Remembers texts by their hashes alone, with a number each. */
export class SeenTexts {
  readonly #second = new Map<number, number>()
  readonly #numbers = new Map<number, number>()

  /** The number of the first text equal to this one; null: it is the first, and `number` is remembered for it. */
  add(text: string, number: number): number | null {
    const [first, second] = textHash(text)
    const known = this.#second.get(first)
    if (known !== undefined) return known === second ? (this.#numbers.get(first) ?? null) : null
    this.#second.set(first, second)
    this.#numbers.set(first, number)
    return null
  }
}
