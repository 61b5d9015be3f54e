import { RegattaError } from "../../../../../core/errors.ts"
import { leafFor, type TreeNode } from "../boosted-trees/grow-tree.ts"
import { type ObjectiveName, objectiveOf } from "../boosted-trees/objective.ts"

/** What a model that a stand-in trained says of a record. */
export interface Predictor {
  /** Features that a record must have. */
  readonly features: number
  /** A record as a list of numbers; NaN: it has no value there. Error `invalid`: the model takes no such record. */
  predict(record: Float64Array): Prediction
}

export interface Prediction {
  readonly score: number
  /** Of a classifier of linear-learner. */
  readonly label?: number
}

interface TreesFile {
  readonly objective: ObjectiveName
  readonly features: number
  readonly baseMargin: number
  readonly trees: readonly (readonly TreeNode[])[]
}

interface LinearFile {
  readonly predictorType: string
  readonly features: number
  readonly weights: readonly number[]
  readonly bias: number
}

/** Reads a model file (docs/stand-ins.md, "Model"). Error `invalid`: it is none of ours. */
export function readPredictor(text: string): Predictor {
  let file: Partial<TreesFile & LinearFile>
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw new RegattaError("invalid", "the model is no JSON", { cause })
  }
  if (Array.isArray(file.trees)) return treesPredictor(file as TreesFile)
  if (Array.isArray(file.weights)) return linearPredictor(file as LinearFile)
  throw new RegattaError("invalid", "the model has neither trees nor weights: it is none of a stand-in")
}

/** The mean of reg:tweedie is e^margin whatever its power, so any power will do. */
const ANY_POWER = 1.5

function treesPredictor({ objective, features, baseMargin, trees }: TreesFile): Predictor {
  const { predict } = objectiveOf(objective, ANY_POWER)
  return {
    features,
    predict: (record) => ({ score: predict(trees.reduce((sum, tree) => sum + leafFor(tree, record, 0), baseMargin)) }),
  }
}

function linearPredictor({ predictorType, features, weights, bias }: LinearFile): Predictor {
  return {
    features,
    predict(record) {
      if (record.some(Number.isNaN)) throw new RegattaError("invalid", "linear-learner takes no empty cell")
      const sum = weights.reduce((total, weight, at) => total + weight * (record[at] ?? 0), bias)
      if (predictorType !== "binary_classifier") return { score: sum }
      const score = 1 / (1 + Math.exp(-sum))
      return { score, label: score > 0.5 ? 1 : 0 }
    },
  }
}
