import { isThere, pointOf, type Types } from "../sweep/conditions.ts"
import { type Domain, levelCount, type Parameter, shareOf, valueAt } from "../sweep/parameter.ts"
import type { SeededRandom } from "../sweep/seeded-random.ts"
import type { Point, Space } from "../sweep/space.ts"

/** Kernel width on the unit interval for one observation; Optuna's for several parameters together (Scott's rule, scaled). */
const WIDTH = 0.2
const NARROWEST = 100
/** The newest observations weigh 1, those before them the less, the older they are. */
const NEWEST = 25

/**
 * A density over the points of a space, made of observed points: one kernel over all parameters around each, and the uniform
 * one, which weighs as much as one observation. A number has a normal distribution cut to its range, on its scale; a choice
 * keeps its value or has any. A parameter that an observation does not have is uniform in its kernel.
 */
export class Parzen {
  readonly #space: Space
  readonly #types: Types
  readonly #weights: readonly number[]
  readonly #logWeights: Float64Array
  readonly #total: number
  readonly #width: number
  /** Probability that a choice is drawn anew, times the number of values. */
  readonly #anew: number
  /** By parameter: share of each observation, or NaN. */
  readonly #shares: ReadonlyMap<string, Float64Array>
  /** By parameter: log of each kernel's greatest density. */
  readonly #peaks: ReadonlyMap<string, Float64Array>

  /** @param points in the order in which they were chosen */
  constructor(space: Space, types: Types, points: readonly Point[]) {
    const count = points.length
    this.#space = space
    this.#types = types
    this.#weights = points.map((_, at) => weightOf(at, count))
    this.#logWeights = Float64Array.from(this.#weights, Math.log)
    this.#total = this.#weights.reduce((sum, each) => sum + each, 1)
    const narrowest = 1 / Math.min(NARROWEST, 2 + count)
    this.#width = Math.max(narrowest, WIDTH * Math.max(1, count) ** (-1 / (space.parameters.length + 4)))
    this.#anew = 1 / (count + 1)
    const shares = new Map<string, Float64Array>()
    const peaks = new Map<string, Float64Array>()
    for (const { name, domain } of space.parameters) {
      const own = Float64Array.from(points, (point) => {
        const cell = point.get(name)
        return cell === undefined ? Number.NaN : shareOf(domain, cell)
      })
      shares.set(name, own)
      peaks.set(
        name,
        own.map((share) => logPeak(share, this.#width)),
      )
    }
    this.#shares = shares
    this.#peaks = peaks
  }

  draw(random: SeededRandom): Point {
    let left = random.uniform() * this.#total
    const at = this.#weights.findIndex((weight) => {
      left -= weight
      return left < 0
    })
    return pointOf(this.#space, this.#types, ({ name, domain }) =>
      valueAt(domain, this.#shareNear(this.#shares.get(name)?.[at] ?? Number.NaN, domain, random)),
    )
  }

  /** Log of the density at the point, up to a constant that only the space and the parameters that are there determine. */
  logDensity(point: Point): number {
    const there = this.#space.ordered.filter((parameter) => isThere(parameter, point, this.#types))
    const logs = this.#logWeights.slice()
    for (const parameter of there) this.#add(logs, parameter, point)
    const uniform = there.reduce(
      (sum, { domain }) => sum - (isChoice(domain) ? Math.log(levelCount(domain) ?? 1) : 0),
      0,
    )
    let most = uniform
    for (const each of logs) most = Math.max(most, each)
    let sum = Math.exp(uniform - most)
    for (const each of logs) sum += Math.exp(each - most)
    return most + Math.log(sum / this.#total)
  }

  /** What each kernel gives for one parameter's value. */
  #add(logs: Float64Array, { name, domain }: Parameter, point: Point): void {
    const share = shareOf(domain, point.get(name) ?? "")
    const shares = this.#shares.get(name) ?? logs
    const peaks = this.#peaks.get(name) ?? logs
    const levels = levelCount(domain) ?? 1
    const other = Math.log(this.#anew / (1 + levels * this.#anew))
    const same = Math.log((1 + this.#anew) / (1 + levels * this.#anew))
    const none = isChoice(domain) ? -Math.log(levels) : 0
    for (let at = 0; at < logs.length; at += 1) {
      const own = shares[at] ?? Number.NaN
      let log = none
      if (!Number.isNaN(own)) {
        if (isChoice(domain)) log = own === share ? same : other
        else log = (peaks[at] ?? 0) - ((share - own) / this.#width) ** 2 / 2
      }
      logs[at] = (logs[at] ?? 0) + log
    }
  }

  #shareNear(share: number, domain: Domain, random: SeededRandom): number {
    if (Number.isNaN(share)) return random.uniform()
    if (isChoice(domain)) {
      const levels = (levelCount(domain) ?? 1) * this.#anew
      return random.uniform() * (1 + levels) < levels ? random.uniform() : share
    }
    for (;;) {
      // The width is half of the range at most, so that more than a third of all draws are within it.
      const near = share + this.#width * random.normal()
      if (near >= 0 && near < 1) return near
    }
  }
}

function isChoice({ kind }: Domain): boolean {
  return kind === "choice"
}

/** Optuna's default: a ramp up to the newest. */
function weightOf(at: number, count: number): number {
  const older = count - NEWEST
  if (older <= 0 || at >= older) return 1
  return older === 1 ? 1 / count : 1 / count + (at / (older - 1)) * (1 - 1 / count)
}

/** Log of 1 / (width × what of the normal distribution lies in the range), without what is the same for all. */
function logPeak(share: number, width: number): number {
  return Number.isNaN(share)
    ? 0
    : -Math.log(width * Math.sqrt(2 * Math.PI) * (below((1 - share) / width) - below(-share / width)))
}

/** Share of the standard normal distribution below (error at most 7.5e-8: Abramowitz and Stegun 1964, 26.2.17). */
function below(deviate: number): number {
  const size = Math.abs(deviate)
  const t = 1 / (1 + 0.2316419 * size)
  const tail =
    (Math.exp((-size * size) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return deviate < 0 ? tail : 1 - tail
}
