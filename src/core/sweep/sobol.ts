import type { SeededRandom } from "./seeded-random.ts"
import { SOBOL_TABLE } from "./sobol-table.ts"

const BITS = 32
const LINES = SOBOL_TABLE.split("|")

/** The sequence has directions for so many parameters. */
export const SOBOL_DIMENSIONS = LINES.length + 1

/** Points of the Sobol sequence one after the other, in Gray code order (Antonov and Saleev 1979), 32 bits each. */
export class SobolSequence {
  readonly #directions: readonly Uint32Array[]
  readonly #at: Uint32Array
  #next = 0

  /**
   * @param dimensions from 1 to `SOBOL_DIMENSIONS`
   * @param random scrambles the sequence (Matoušek 1998: a random lower triangular matrix and a shift for each dimension), which
   * leaves it as even as it is and takes the point 0 away; null: as published
   */
  constructor(dimensions: number, random: SeededRandom | null) {
    const plain = Array.from({ length: dimensions }, (_, dimension) => directionsOf(dimension))
    this.#directions = random === null ? plain : plain.map((each) => scrambled(each, random))
    this.#at = Uint32Array.from({ length: dimensions }, () => (random === null ? 0 : random.word()))
  }

  /** Each coordinate in [0, 1). */
  next(): readonly number[] {
    const point = Array.from(this.#at, (word) => word / 4_294_967_296)
    // The lowest bit of the number that is 0 says which direction is taken.
    const taken = 31 - Math.clz32(~this.#next & (this.#next + 1))
    for (const [dimension, directions] of this.#directions.entries())
      this.#at[dimension] = ((this.#at[dimension] ?? 0) ^ (directions[taken] ?? 0)) >>> 0
    this.#next += 1
    return point
  }
}

function directionsOf(dimension: number): Uint32Array {
  const directions = new Uint32Array(BITS)
  const line = LINES[dimension - 1]
  if (line === undefined) {
    for (let bit = 0; bit < BITS; bit += 1) directions[bit] = 1 << (BITS - 1 - bit)
    return directions
  }
  const [degree = 0, coefficients = 0, ...first] = line.split(" ").map(Number)
  for (let bit = 0; bit < BITS; bit += 1) {
    if (bit < degree) {
      directions[bit] = (first[bit] ?? 0) << (BITS - 1 - bit)
      continue
    }
    const before = directions[bit - degree] ?? 0
    let next = before ^ (before >>> degree)
    for (let term = 1; term < degree; term += 1)
      if ((coefficients >>> (degree - 1 - term)) & 1) next ^= directions[bit - term] ?? 0
    directions[bit] = next
  }
  return directions
}

/** Each row of the matrix keeps its own bit and takes a random choice of those above it. */
function scrambled(directions: Uint32Array, random: SeededRandom): Uint32Array {
  const rows = Uint32Array.from({ length: BITS }, (_, row) => {
    const own = 1 << (BITS - 1 - row)
    const above = row === 0 ? 0 : (random.word() & ~(0xffffffff >>> row)) >>> 0
    return own | above
  })
  return directions.map((word) => rows.reduce((sum, row, at) => sum | (parity(word & row) << (BITS - 1 - at)), 0))
}

function parity(word: number): number {
  let folded = word ^ (word >>> 16)
  folded ^= folded >>> 8
  folded ^= folded >>> 4
  return (0x6996 >>> (folded & 0xf)) & 1
}
