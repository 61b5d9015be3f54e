// Adaptive search against random search at equal cost, on test functions in virtual time: nothing is trained here.
// Counts and values are the same on every machine.
import { parseYaml } from "../src/app/yaml-node.ts"
import { drawPoints } from "../src/core/sweep/draw-points.ts"
import { NO_OVERRIDES, readSpace } from "../src/core/sweep/read-space.ts"
import { SeededRandom } from "../src/core/sweep/seeded-random.ts"
import type { Point, Space } from "../src/core/sweep/space.ts"
import { type Benchmark, compared, counted, median, type Result } from "./result.ts"
import { cellsOf, LearningCurves } from "./search-curves.ts"
import { TEST_FUNCTIONS, type TestFunction } from "./search-functions.ts"
import { playSearch } from "./search-play.ts"

const SEEDS = 100
/** Trials and rows at once. */
const TPE_RUNS = [
  [64, 1],
  [64, 8],
  [256, 1],
  [256, 8],
  [256, 128],
] as const
const ASHA_RUNS = [
  [256, 1],
  [256, 8],
  [256, 128],
] as const
const ALL = 27

/** Regret: how much more than the least value the function has at the point that was found best. */
export const search: Benchmark = async () => {
  const results: Result[] = []
  for (const each of TEST_FUNCTIONS) {
    for (const [trials, parallel] of TPE_RUNS) results.push(...tpeAgainstRandom(each, trials, parallel))
    for (const sampler of ["random", "tpe"] as const)
      for (const [trials, parallel] of ASHA_RUNS)
        results.push(...ashaAgainstRandom(logged(each), sampler, trials, parallel))
  }
  return results
}

/** Every row is trained in full by both, so equal cost is as many rows. */
function tpeAgainstRandom(of: TestFunction, trials: number, parallel: number): readonly Result[] {
  const regrets = seeds().map((seed) => {
    const space = spaceOf(
      `method: tpe\nsamples: ${trials}\nmetric: loss\nparallel: ${parallel}\nseed: ${seed}\n${of.space}`,
    )
    const { outcomes } = playSearch(space, searchOf(space), (row) => of.value(cellsOf(row)), clockOf(seed))
    const others = randomPoints(space, outcomes.length, seed)
    return {
      search: least(outcomes.map(({ value }) => value ?? Number.NaN)) - of.least,
      random: least(others.map((point) => of.value(point))) - of.least,
    }
  })
  return figures(`search/tpe/${of.name}/${trials} trials/${parallel} at once`, regrets)
}

/**
 * What halving used in all buys random search so many rows trained in full, rounded up. Both take the row that showed the best
 * value (halving: at its highest rung), and what counts is the function's own value there.
 */
function ashaAgainstRandom(
  of: TestFunction,
  sampler: "random" | "tpe",
  trials: number,
  parallel: number,
): readonly Result[] {
  const head = `method: asha\nsamples: ${trials}\nmetric: loss\nparallel: ${parallel}\nsampler: ${sampler}`
  const resource = `resource: {column: hp.epochs, max: ${ALL}}`
  const curves = new LearningCurves(spaceOf(`${head}\n${resource}\n${of.space}`), of, ALL)
  const rowsInFull: number[] = []
  const regrets = seeds().map((seed) => {
    const space = spaceOf(`${head}\n${resource}\nseed: ${seed}\n${of.space}`)
    const noise = SeededRandom.of(seed, "noise")
    const shown = (point: Point, used: number) => curves.shown(point, used, noise)
    const { rows, outcomes, cost } = playSearch(
      space,
      searchOf(space),
      (row) => shown(cellsOf(row), row.resource ?? ALL),
      clockOf(seed),
    )
    const highest = Math.max(...rows.map(({ rung }) => rung))
    const full = outcomes.flatMap(({ index, value }) => {
      const row = rows[index]
      return row?.rung === highest ? [{ point: cellsOf(row), shown: value ?? Number.NaN }] : []
    })
    const others = randomPoints(space, Math.ceil(cost / ALL), seed)
    rowsInFull.push(others.length)
    return {
      search: of.value(bestShown(full)) - of.least,
      random: of.value(bestShown(others.map((point) => ({ point, shown: shown(point, ALL) })))) - of.least,
    }
  })
  const name = `search/asha${sampler === "tpe" ? " with tpe" : ""}/${of.name}/${trials} trials/${parallel} at once`
  return [...figures(name, regrets), counted(`${name}/cost`, `trainings in full, median`, median(rowsInFull))]
}

function figures(name: string, regrets: readonly { readonly search: number; readonly random: number }[]) {
  const better = regrets.filter((each) => each.search < each.random).length
  const equal = regrets.filter((each) => each.search === each.random).length
  return [
    compared(
      `${name}/regret`,
      "median regret, against random search",
      median(regrets.map((each) => each.search)),
      median(regrets.map((each) => each.random)),
    ),
    counted(`${name}/wins`, `share of ${SEEDS} seeds in which it is better`, (better + equal / 2) / regrets.length),
  ]
}

/** Its values span six decades: a training shows the logarithm, as one would choose a metric. */
function logged(of: TestFunction): TestFunction {
  if (of.name !== "rosenbrock-4") return of
  return { ...of, name: "log rosenbrock-4", value: (cells) => Math.log10(1 + of.value(cells)) }
}

function bestShown(all: readonly { readonly point: Point; readonly shown: number }[]): Point {
  return all.reduce((best, each) => (each.shown < best.shown ? each : best)).point
}

function randomPoints(space: Space, samples: number, seed: number): readonly Point[] {
  // Another seed: else the first trials of both were the same points.
  const drawn = drawPoints({ ...space, method: "random", search: null, samples, seed: seed + 1_000_000 })
  if (!drawn.ok) throw new Error(drawn.message)
  return drawn.points
}

function spaceOf(text: string): Space {
  const parsed = parseYaml(text)
  const read = parsed.ok ? readSpace("space.yaml", parsed.root, NO_OVERRIDES) : null
  if (read === null || !read.ok) throw new Error(`this is no search space:\n${text}`)
  return read.space
}

function searchOf({ search }: Space) {
  if (search === null) throw new Error("this space has no search")
  return search
}

function seeds(): readonly number[] {
  return Array.from({ length: SEEDS }, (_, at) => at + 1)
}

function clockOf(seed: number): SeededRandom {
  return SeededRandom.of(seed, "time")
}

function least(values: readonly number[]): number {
  return values.reduce((best, each) => Math.min(best, each), Number.POSITIVE_INFINITY)
}
