import type { SeededRandom } from "../sweep/seeded-random.ts"
import type { Point, Space } from "../sweep/space.ts"
import type { KnownRow } from "./known-rows.ts"
import type { NewPoints } from "./new-points.ts"
import { Parzen } from "./parzen.ts"
import type { Search } from "./search.ts"

/** One in ten is good, and no more than so many: Optuna's default. */
const GOOD = 0.1
const MOST_GOOD = 25
/** Of the others only so many, the newest, are weighed: the older weigh little, and each costs time for every candidate. */
const MOST_OTHERS = 2000
/** Draws for each candidate, where constraints refuse most or most points are taken. */
const DRAWS_PER_CANDIDATE = 50

interface Trial {
  readonly trial: number
  readonly point: Point
  /** Of the highest rung at which it has a value. */
  readonly rung: number
  readonly loss: number | null
  readonly isFinished: boolean
}

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011) over all parameters together: of some points drawn from the density
 * of the good trials, the one that is most likely under it against the density of the others. Unfinished trials count as bad
 * ones, so that points chosen at the same time spread; failed ones too, so that what fails is left.
 */
export class Tpe {
  readonly #space: Space
  readonly #search: Search
  readonly #points: NewPoints
  readonly #good: readonly Point[]
  readonly #others: Point[]
  readonly #isReady: boolean

  constructor(space: Space, search: Search, known: readonly KnownRow[], points: NewPoints) {
    const trials = trialsOf(known)
    const finished = trials.filter(({ isFinished }) => isFinished).length
    const ranked = trials
      .flatMap((each) => (each.loss === null ? [] : [{ ...each, loss: each.loss }]))
      .toSorted((one, other) => other.rung - one.rung || one.loss - other.loss || one.trial - other.trial)
    const good = new Set(ranked.slice(0, Math.min(MOST_GOOD, Math.ceil(GOOD * finished))).map(({ trial }) => trial))
    this.#space = space
    this.#search = search
    this.#points = points
    this.#good = trials.filter(({ trial }) => good.has(trial)).map(({ point }) => point)
    this.#others = trials.filter(({ trial }) => !good.has(trial)).map(({ point }) => point)
    this.#isReady = finished >= search.startup && good.size > 0
  }

  /** A point that was not there yet, which from now on counts as one of an unfinished trial; null: there is none. */
  next(random: SeededRandom): Point | null {
    const point = (this.#isReady ? this.#likeliest(random) : null) ?? this.#points.byChance(random)
    if (point !== null) this.#others.push(point)
    return point
  }

  #likeliest(random: SeededRandom): Point | null {
    const good = new Parzen(this.#space, this.#points.types, this.#good)
    const others = new Parzen(this.#space, this.#points.types, this.#others.slice(-MOST_OTHERS))
    const { candidates } = this.#search
    let best: Point | null = null
    let most = Number.NEGATIVE_INFINITY
    for (let draw = 0, met = 0; met < candidates && draw < candidates * DRAWS_PER_CANDIDATE; draw += 1) {
      const point = good.draw(random)
      if (!this.#points.isNew(point)) continue
      met += 1
      const gain = good.logDensity(point) - others.logDensity(point)
      if (gain > most) {
        best = point
        most = gain
      }
    }
    return best
  }
}

/** In the order in which they were chosen; the rows of each are one. */
function trialsOf(known: readonly KnownRow[]): readonly Trial[] {
  const trials = new Map<number, Trial>()
  for (const { row, loss, isFinished } of known) {
    const { trial, rung, point } = row
    const before = trials.get(trial)
    if (before === undefined) trials.set(trial, { trial, point: new Map(point), rung, loss, isFinished })
    else if (loss !== null) trials.set(trial, { ...before, rung, loss })
  }
  return [...trials.values()]
}
