// The points of a space: all of a grid, or as many as are asked for by chance, Sobol or Latin hypercube. The same space gives the
// same points for ever; every point meets every constraint and no point is there twice.
import { meetsAll, pointOf, type Types, typesOf } from "./conditions.ts"
import { gridPoints, gridSize } from "./grid.ts"
import { latinHypercube } from "./latin-hypercube.ts"
import { valueAt } from "./parameter.ts"
import { pointKey } from "./point-key.ts"
import { SeededRandom } from "./seeded-random.ts"
import { SobolSequence } from "./sobol.ts"
import type { Point, Space } from "./space.ts"
import { MOST_ROWS } from "./space-schema.ts"

export type Drawn =
  | {
      readonly ok: true
      readonly points: readonly Point[]
      /** Points that a constraint refused, and those that were there already. */
      readonly refused: number
      readonly repeated: number
    }
  /** `key`: of the space's file. */
  | { readonly ok: false; readonly key: string; readonly message: string }

/** Draws for each point that is asked for, where constraints refuse most of them or few values are possible. */
const DRAWS_PER_POINT = 100
const DRAWS = 20_000

export function drawPoints(space: Space): Drawn {
  const gathering = new Gathering(space)
  if (space.search !== null)
    return {
      ok: false,
      key: "method",
      message: `${space.method} chooses by results: a run grows by it, and it has no points beforehand`,
    }
  if (space.method === "grid") return grid(space, gathering)
  const samples = space.samples ?? 1
  const random = SeededRandom.of(space.seed, space.method)
  if (space.method === "latin-hypercube") {
    for (const shares of latinHypercube(samples, space.parameters.length, random)) gathering.add(shares)
    return gathering.points.length === 0 ? noneMet(samples) : gathering.drawn()
  }
  const sequence =
    space.method === "sobol" ? new SobolSequence(space.parameters.length, space.isScrambled ? random : null) : null
  const most = DRAWS + DRAWS_PER_POINT * samples
  for (let draws = 0; gathering.points.length < samples; draws += 1) {
    if (draws === most)
      return gathering.points.length === 0 ? noneMet(most) : tooFew(gathering.points.length, most, samples)
    gathering.add(sequence === null ? space.parameters.map(() => random.uniform()) : sequence.next())
  }
  return gathering.drawn()
}

class Gathering {
  readonly points: Point[] = []
  readonly #space: Space
  readonly #types: Types
  readonly #seen = new Set<string>()
  #refused = 0
  #repeated = 0

  constructor(space: Space) {
    this.#space = space
    this.#types = typesOf(space)
  }

  /** @param shares one of each parameter, in the order of the file. */
  add(shares: readonly number[]): void {
    const byName = new Map(this.#space.parameters.map(({ name }, at) => [name, shares[at] ?? 0]))
    this.take(pointOf(this.#space, this.#types, ({ name, domain }) => valueAt(domain, byName.get(name) ?? 0)))
  }

  take(point: Point): void {
    const key = pointKey(this.#space, point)
    if (this.#seen.has(key)) this.#repeated += 1
    else if (this.takeNew(point)) this.#seen.add(key)
  }

  /** A point that cannot have been there. False: a constraint refuses it. */
  takeNew(point: Point): boolean {
    const isMet = meetsAll(this.#space, point, this.#types)
    if (isMet) this.points.push(point)
    else this.#refused += 1
    return isMet
  }

  drawn(): Drawn {
    return { ok: true, points: this.points, refused: this.#refused, repeated: this.#repeated }
  }
}

function grid(space: Space, gathering: Gathering): Drawn {
  // Without conditions the product is the size; with them it is only known by going through.
  if (space.parameters.every(({ when }) => when === null) && gridSize(space) > MOST_ROWS) return tooMany(space)
  let visited = 0
  for (const point of gridPoints(space)) {
    visited += 1
    if (visited > MOST_ROWS) return tooMany(space)
    gathering.takeNew(point)
  }
  return gathering.points.length === 0 ? noneMet(visited) : gathering.drawn()
}

function tooMany(space: Space): Drawn {
  const size = gridSize(space).toLocaleString("en-US")
  const message = `the grid has more than ${MOST_ROWS.toLocaleString("en-US")} points (its levels multiply to ${size}): take fewer levels, or another method`
  return { ok: false, key: "parameters", message }
}

function noneMet(tried: number): Drawn {
  const points = tried === 1 ? "the only point" : `none of ${tried.toLocaleString("en-US")} points`
  const message = `${points} ${tried === 1 ? "does not meet" : "meets"} the constraints: they contradict each other, or what the parameters allow`
  return { ok: false, key: "constraints", message }
}

function tooFew(found: number, tried: number, samples: number): Drawn {
  const message = `only ${found} different ${found === 1 ? "point was" : "points were"} found in ${tried.toLocaleString("en-US")} draws, and samples is ${samples}`
  return { ok: false, key: "samples", message }
}
