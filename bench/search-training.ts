// Adaptive search against random search on a real training, in this process and in virtual time: the classifier and the data of
// manifests/16-adaptive-sweep, many seeds, as many epochs for each. What a run adds (processes, pinning, packing) is not in it.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseYaml } from "../src/app/yaml-node.ts"
import type { TrialRow } from "../src/core/search/search.ts"
import { drawPoints } from "../src/core/sweep/draw-points.ts"
import { NO_OVERRIDES, readSpace } from "../src/core/sweep/read-space.ts"
import { SeededRandom } from "../src/core/sweep/seeded-random.ts"
import type { Point, Space } from "../src/core/sweep/space.ts"
import { type Benchmark, compared, counted, median, type Result } from "./result.ts"
import { cellsOf } from "./search-curves.ts"
import { playSearch } from "./search-play.ts"

const MANIFESTS = join(import.meta.dirname, "..", "manifests")
const SEEDS = 5
/** Trainings in full that each may cost, and rows at once. */
const FULL = 24
const PARALLEL = 8
const EPOCHS = 9
/** Trials that use about as many epochs: each 1, a third 2 more, a ninth 6 more. */
const TRIALS = 92

interface Model {
  readonly weights: Float64Array
}

/** `classifier.mjs` of the example. */
interface Classifier {
  featuresOf(text: string, longest: number, bits: number): Uint32Array
  createModel(labels: readonly string[], longest: number, bits: number): Model
  learn(model: Model, features: Uint32Array, label: number, rate: number, decay: number): number
  accuracyOf(model: Model, names: readonly Example[]): number
}

interface Example {
  readonly features: Uint32Array
  readonly label: number
}

export const searchTraining: Benchmark = async () => {
  const trainer = await Trainer.load()
  const results: { readonly [name: string]: number[] } = { random: [], tpe: [], asha: [] }
  const cost: number[] = []
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const random = spaceOf("random.yaml", "random", FULL, seed)
    const drawn = drawPoints({ ...random, seed: seed + 1_000_000 })
    if (!drawn.ok) throw new Error(drawn.message)
    results["random"]?.push(Math.max(...drawn.points.map((point) => trainer.accuracy(point, EPOCHS))))
    const [tpe, asha] = [spaceOf("tpe.yaml", "tpe", FULL, seed), spaceOf("asha.yaml", "asha", TRIALS, seed)]
    const full = (row: TrialRow) => trainer.accuracy(cellsOf(row), EPOCHS)
    results["tpe"]?.push(best(playSearch(tpe, searchOf(tpe), full, SeededRandom.of(seed, "time")).outcomes))
    const some = (row: TrialRow) => trainer.accuracy(cellsOf(row), row.resource ?? EPOCHS)
    const played = playSearch(asha, searchOf(asha), some, SeededRandom.of(seed, "time"))
    results["asha"]?.push(best(played.outcomes))
    cost.push(played.cost)
  }
  const against = results["random"] ?? []
  return [
    ...figures("tpe", results["tpe"] ?? [], against),
    ...figures("asha", results["asha"] ?? [], against),
    counted("search-training/asha/cost", `epochs, median (${FULL * EPOCHS} for the others)`, median(cost)),
  ]
}

function figures(name: string, values: readonly number[], against: readonly number[]): readonly Result[] {
  const wins = values.map((value, at) => Math.sign(value - (against[at] ?? value)) / 2 + 0.5)
  return [
    compared(
      `search-training/${name}/accuracy`,
      "median best accuracy, against random",
      median(values),
      median(against),
    ),
    counted(
      `search-training/${name}/wins`,
      `share of ${SEEDS} seeds in which it is better`,
      wins.reduce((a, b) => a + b, 0) / SEEDS,
    ),
  ]
}

type Labelled = readonly (readonly [label: number, text: string])[]

/** Accuracies by point and epochs, each trained once. */
class Trainer {
  readonly #classifier: Classifier
  readonly #train: Labelled
  readonly #held: Labelled
  readonly #labels: readonly string[]
  readonly #known = new Map<string, readonly number[]>()

  private constructor(classifier: Classifier) {
    const data = join(MANIFESTS, "01-demo-languages", "data", "eu-central-1")
    const [train, held] = [namesOf(join(data, "train", "names.tsv")), namesOf(join(data, "validation", "names.tsv"))]
    this.#classifier = classifier
    this.#labels = [...new Set(train.map(([language]) => language))].toSorted()
    const labelled = (names: typeof train) =>
      names.map(([language, text]): [number, string] => [this.#labels.indexOf(language), text])
    this.#train = labelled(train)
    this.#held = labelled(held)
  }

  static async load(): Promise<Trainer> {
    const file = join(MANIFESTS, "01-demo-languages", "code", "classifier.mjs")
    return new Trainer((await import(file)) as Classifier)
  }

  /** On the validation names, after so many epochs. */
  accuracy(point: Point, epochs: number): number {
    const key = JSON.stringify([...point])
    const known = this.#known.get(key) ?? []
    const value = known[epochs - 1]
    if (value !== undefined) return value
    // From the first epoch anew: the state of all models would be kept for a few of them.
    const curve = this.#curve(point, epochs)
    this.#known.set(key, curve)
    return curve[epochs - 1] ?? Number.NaN
  }

  #curve(point: Point, epochs: number): readonly number[] {
    const { featuresOf, createModel, learn, accuracyOf } = this.#classifier
    const [ngram, bits, rate, l2] = ["ngram", "bits", "learning_rate", "l2"].map((name) => Number(point.get(name) ?? 0))
    if (ngram === undefined || bits === undefined || rate === undefined || l2 === undefined) return []
    const prepared = (names: Labelled): readonly Example[] =>
      names.map(([label, text]) => ({ label, features: featuresOf(text, ngram, bits) }))
    const [train, held] = [prepared(this.#train), prepared(this.#held)]
    const model = createModel(this.#labels, ngram, bits)
    return Array.from({ length: epochs }, (_, at) => {
      for (const { features, label } of shuffled(train, at + 1))
        learn(model, features, label, rate / Math.sqrt(at + 1), l2)
      return accuracyOf(model, held)
    })
  }
}

function namesOf(file: string): readonly (readonly [language: string, text: string])[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [language = "", text = ""] = line.split("\t")
      return [language, text] as const
    })
}

function shuffled(items: readonly Example[], epoch: number): readonly Example[] {
  const random = SeededRandom.of(epoch, "epoch")
  const keyed = items.map((item) => ({ item, key: random.uniform() }))
  return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item)
}

/** The example's file with another number of trials, as many rows at once, and a seed. */
function spaceOf(file: string, method: "random" | "asha" | "tpe", samples: number, seed: number): Space {
  const text = readFileSync(join(MANIFESTS, "16-adaptive-sweep", file), "utf8").replace(
    /^parallel: .*$/m,
    `parallel: ${PARALLEL}`,
  )
  const parsed = parseYaml(text)
  const read = parsed.ok ? readSpace(file, parsed.root, { ...NO_OVERRIDES, method, samples, seed }) : null
  if (read === null || !read.ok) throw new Error(`${file} is no search space`)
  return read.space
}

function searchOf({ search }: Space) {
  if (search === null) throw new Error("this space has no search")
  return search
}

function best(outcomes: readonly { readonly value: number | null }[]): number {
  return outcomes.reduce((most, { value }) => Math.max(most, value ?? 0), 0)
}
