import type { TrialRow } from "../src/core/search/search.ts"
import { drawPoints } from "../src/core/sweep/draw-points.ts"
import { type Cell, shareOf } from "../src/core/sweep/parameter.ts"
import type { SeededRandom } from "../src/core/sweep/seeded-random.ts"
import type { Space } from "../src/core/sweep/space.ts"
import type { TestFunction } from "./search-functions.ts"

/** Noise at one unit of the resource, in spreads; it falls with the root of what is used. */
const NOISE = 0.1
const SPREAD_OF = 2001

/**
 * A test function as a training shows it after `used` of `all`: its value, and on top of it
 * - a bias that falls as 1 / used and is 0 at the end: at 1 from 0 to twice the spread of the function, by a wave over the
 *   parameters, so that some points learn slower than others and their curves cross;
 * - normal noise.
 * The spread is the distance between the quartiles of the function over random points.
 */
export class LearningCurves {
  readonly #space: Space
  readonly #of: TestFunction
  readonly #all: number
  readonly #spread: number

  constructor(space: Space, of: TestFunction, all: number) {
    this.#space = space
    this.#of = of
    this.#all = all
    const drawn = drawPoints({ ...space, method: "random", search: null, samples: SPREAD_OF, seed: 99 })
    if (!drawn.ok) throw new Error(drawn.message)
    const values = drawn.points.map((point) => of.value(point)).toSorted((one, other) => one - other)
    const quartile = (part: number) => values[Math.floor((values.length * part) / 4)] ?? Number.NaN
    this.#spread = quartile(3) - quartile(1)
  }

  shown(cells: ReadonlyMap<string, Cell>, used: number, random: SeededRandom): number {
    const waves = this.#space.parameters.map(({ name, domain }, at) => {
      const cell = cells.get(name)
      return cell === undefined ? 0 : (1 + (at % 2)) * shareOf(domain, cell)
    })
    const slow = 1 + Math.cos(2 * Math.PI * waves.reduce((sum, each) => sum + each, 0))
    const bias = (slow * (1 / used - 1 / this.#all)) / (1 - 1 / this.#all)
    return this.#of.value(cells) + this.#spread * (bias + (NOISE * random.normal()) / Math.sqrt(used))
  }
}

export function cellsOf({ point }: TrialRow): ReadonlyMap<string, Cell> {
  return new Map(point)
}
