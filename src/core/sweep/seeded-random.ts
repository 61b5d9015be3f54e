/**
 * Chance from a seed: the same numbers on every machine and for ever, since manifests are made of them. xoshiro128** by
 * Blackman and Vigna (2018), its state filled by SplitMix32. No secret may rest on it.
 */
export class SeededRandom {
  readonly #state: Uint32Array

  /** @param seed a whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    this.#state = stateOf(seed)
  }

  /** A generator whose numbers have nothing to do with those of another label of the same seed. */
  static of(seed: number, label: string): SeededRandom {
    let mixed = 0x811c9dc5
    for (let at = 0; at < label.length; at += 1) mixed = Math.imul(mixed ^ label.charCodeAt(at), 0x01000193)
    const random = new SeededRandom(seed)
    const { 0: first = 0 } = random.#state
    random.#state[0] = first ^ mixed
    for (let at = 0; at < 16; at += 1) random.word()
    return random
  }

  /** The generator with this state, as its authors write it: for comparison with their numbers. */
  static withState(state: readonly [number, number, number, number]): SeededRandom {
    const random = new SeededRandom(0)
    random.#state.set(state)
    return random
  }

  /** 32 random bits. */
  word(): number {
    const state = this.#state
    const [a = 0, b = 0, c = 0, d = 0] = state
    const third = c ^ a
    const fourth = d ^ b
    state[1] = b ^ third
    state[0] = a ^ fourth
    state[2] = third ^ (b << 9)
    state[3] = rotated(fourth, 11)
    return Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    const high = this.word() >>> 5
    const low = this.word() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /** A whole number from 0, below `count` (at most 2^32), each equally likely. */
  below(count: number): number {
    // What is beyond the last whole multiple of `count` is drawn again: it would favour small numbers.
    const beyond = 4_294_967_296 - (4_294_967_296 % count)
    for (;;) {
      const word = this.word()
      if (word < beyond) return word % count
    }
  }

  /** From the standard normal distribution (Marsaglia's polar method). */
  normal(): number {
    for (;;) {
      const [x, y] = [2 * this.uniform() - 1, 2 * this.uniform() - 1]
      const square = x * x + y * y
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
    }
  }

  /** The numbers from 0, below `count`, in random order. */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, at) => at)
    for (let last = count - 1; last > 0; last -= 1) {
      const other = this.below(last + 1)
      const kept = order[last] ?? 0
      order[last] = order[other] ?? 0
      order[other] = kept
    }
    return order
  }
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

function stateOf(seed: number): Uint32Array {
  let counter = (seed % 4_294_967_296) ^ Math.imul(Math.floor(seed / 4_294_967_296), 0x85ebca6b)
  return Uint32Array.from({ length: 4 }, () => {
    counter = (counter + 0x9e3779b9) | 0
    let mixed = counter
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  })
}
