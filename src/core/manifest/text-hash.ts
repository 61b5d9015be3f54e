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

const FIRST_SLOTS = 1024

/** Remembers texts by their hashes alone, with a number above 0 each: 40 bytes a text, in one table of open addresses. */
export class SeenTexts {
  #table = emptyTable(FIRST_SLOTS)
  #size = 0

  /** The number of the first text equal to this one; null: it is the first, and `number` is remembered for it. */
  add(text: string, number: number): number | null {
    const [first, second] = textHash(text)
    const slot = slotOf(this.#table, first, second)
    const known = this.#table.numbers[slot] ?? 0
    if (known !== 0) return known
    put(this.#table, slot, first, second, number)
    this.#size += 1
    if (this.#size * 2 > this.#table.numbers.length) this.#grow()
    return null
  }

  #grow(): void {
    const { firsts, seconds, numbers } = this.#table
    const wider = emptyTable(numbers.length * 2)
    for (const [slot, number] of numbers.entries()) {
      const [first, second] = [firsts[slot] ?? 0, seconds[slot] ?? 0]
      if (number !== 0) put(wider, slotOf(wider, first, second), first, second, number)
    }
    this.#table = wider
  }
}

interface HashTable {
  readonly firsts: Float64Array
  readonly seconds: Float64Array
  /** 0: the slot is free. */
  readonly numbers: Uint32Array
}

function emptyTable(slots: number): HashTable {
  return { firsts: new Float64Array(slots), seconds: new Float64Array(slots), numbers: new Uint32Array(slots) }
}

/** The slot of this hash, or the free one where it belongs. */
function slotOf({ firsts, seconds, numbers }: HashTable, first: number, second: number): number {
  let slot = first % numbers.length
  while (numbers[slot] !== 0 && (firsts[slot] !== first || seconds[slot] !== second)) slot = (slot + 1) % numbers.length
  return slot
}

function put(
  { firsts, seconds, numbers }: HashTable,
  slot: number,
  first: number,
  second: number,
  number: number,
): void {
  firsts[slot] = first
  seconds[slot] = second
  numbers[slot] = number
}
