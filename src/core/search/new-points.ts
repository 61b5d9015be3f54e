import { meetsAll, pointOf, type Types, typesOf } from "../sweep/conditions.ts"
import { gridPoints } from "../sweep/grid.ts"
import { levelCount, valueAt } from "../sweep/parameter.ts"
import { pointKey } from "../sweep/point-key.ts"
import type { SeededRandom } from "../sweep/seeded-random.ts"
import type { Point, Space } from "../sweep/space.ts"
import type { TrialRow } from "./search.ts"

/** Draws before the points of a small space are gone through one by one. */
const DRAWS = 200
/** Draws where there are too many points for that: constraints that refuse all of them end the search. */
const MOST_DRAWS = 20_000
const SMALL = 10_000

/** Points of a space that no row has yet and that meet every constraint. */
export class NewPoints {
  readonly types: Types
  readonly #space: Space
  readonly #taken: Set<string>

  constructor(space: Space, rows: readonly TrialRow[]) {
    this.#space = space
    this.types = typesOf(space)
    this.#taken = new Set(rows.map(({ point }) => pointKey(space, new Map(point))))
  }

  isNew(point: Point): boolean {
    return !this.#taken.has(pointKey(this.#space, point)) && meetsAll(this.#space, point, this.types)
  }

  take(point: Point): void {
    this.#taken.add(pointKey(this.#space, point))
  }

  /** Each parameter uniform on its scale; null: none was found, and of a small space that there is none. */
  byChance(random: SeededRandom): Point | null {
    const most = this.#isSmall() ? DRAWS : MOST_DRAWS
    for (let draw = 0; draw < most; draw += 1) {
      // A share for every parameter, there or not: so one that is not there does not shift the chance of the others.
      const shares = new Map(this.#space.parameters.map(({ name }) => [name, random.uniform()]))
      const point = pointOf(this.#space, this.types, ({ name, domain }) => valueAt(domain, shares.get(name) ?? 0))
      if (this.isNew(point)) return point
    }
    return this.#isSmall() ? this.#oneLeft(random) : null
  }

  #isSmall(): boolean {
    const product = this.#space.parameters.reduce(
      (size, { domain }) => size * (levelCount(domain) ?? Number.POSITIVE_INFINITY),
      1,
    )
    return product <= SMALL
  }

  #oneLeft(random: SeededRandom): Point | null {
    const left = [...gridPoints(this.#space)].filter((point) => this.isNew(point))
    return left.length === 0 ? null : (left[random.below(left.length)] ?? null)
  }
}
