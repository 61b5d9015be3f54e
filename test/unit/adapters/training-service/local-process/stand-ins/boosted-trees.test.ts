import { describe, expect, test } from "vitest"
import { leafFor } from "../../../../../../src/adapters/training-service/local-process/stand-ins/boosted-trees/grow-tree.ts"
import { csv, metricsIn, runHosts } from "./stand-in-bed.ts"

const STEPS = csv(Array.from({ length: 200 }, (_, at) => [at < 70 ? 1 : at < 150 ? 5 : 2, at, (at * 7) % 13]))
const TRAIN_METRIC = /\ttrain-[\w@.-]+:([-\d.]+)/g

async function runAlone(hyperparameters: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
  const [end] = await runHosts("xgboost", { hyperparameters, files: [files] })
  if (end === undefined) throw new Error("there is one host")
  return end
}

function predict(model: { baseMargin: number; trees: Parameters<typeof leafFor>[0][] }, features: readonly number[]) {
  const row = Float64Array.from(features)
  return model.trees.reduce((sum, nodes) => sum + leafFor(nodes, row, 0), model.baseMargin)
}

describe("the stand-in for xgboost", () => {
  test("says first of all that it is none", async () => {
    const { log } = await runAlone({ num_round: "1" }, { "train/a.csv": STEPS })
    expect(log.split("\n")[0]).toMatch(/^regatta's stand-in for xgboost, not SageMaker's xgboost/)
  })

  test("learns a function of steps, and writes each round's metrics behind tabs", async () => {
    const { code, log, model } = await runAlone(
      { num_round: "40", eta: "0.5", max_depth: "3" },
      { "train/a.csv": STEPS, "validation/b.csv": STEPS },
    )
    expect(code, log).toBe(0)
    expect(log).toMatch(/^\[0\]\ttrain-rmse:\d+\.\d{5}\tvalidation-rmse:\d+\.\d{5}$/m)
    expect(metricsIn(log, /validation-rmse:([\d.]+)/g).at(-1)).toBeLessThan(0.01)
    for (const [at, wanted] of [
      [10, 1],
      [100, 5],
      [190, 2],
    ] as const) {
      expect(predict(model, [at, 3])).toBeCloseTo(wanted, 1)
    }
  })

  test.each([
    ["reg:tweedie", { tweedie_variance_power: "1.4" }, "tweedie-nloglik@1.4"],
    ["binary:logistic", {}, "logloss"],
    ["reg:logistic", {}, "rmse"],
  ])("lowers the loss of %s", async (objective, more, metric) => {
    const isTweedie = objective === "reg:tweedie"
    const rows = Array.from({ length: 200 }, (_, at) => {
      const isHigh = Math.sin(at) > 0
      return [isTweedie ? (isHigh ? 30 + (at % 5) : at % 2) : Number(isHigh), Math.sin(at), at % 7]
    })
    const { code, log } = await runAlone({ num_round: "20", objective, ...more }, { "train/a.csv": csv(rows) })
    expect(code, log).toBe(0)
    expect(log).toContain(`\ttrain-${metric}:`)
    const losses = metricsIn(log, TRAIN_METRIC)
    expect(losses).toHaveLength(20)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
  })

  test("sends a missing value to the side where it belongs", async () => {
    const rows = Array.from({ length: 100 }, (_, at) => (at % 4 === 0 ? [9, ""] : [at % 2, at % 2]))
    const { model } = await runAlone({ num_round: "60", lambda: "0" }, { "train/a.csv": csv(rows) })
    expect(predict(model, [Number.NaN])).toBeCloseTo(9, 2)
    expect(predict(model, [0])).toBeCloseTo(0, 2)
    expect(predict(model, [1])).toBeCloseTo(1, 2)
  })

  test("hosts with a shard each grow the trees of one host with all rows", async () => {
    const lines = STEPS.trimEnd().split("\n")
    const shard = (rest: number) => `${lines.filter((_, at) => at % 3 === rest).join("\n")}\n`
    const hyperparameters = { num_round: "5", max_depth: "3" }
    const sharded = await runHosts("xgboost", {
      hyperparameters,
      files: [0, 1, 2].map((rest) => ({ "train/part.csv": shard(rest) })),
    })
    expect(sharded.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(sharded.map(({ model }) => model === null)).toEqual([false, true, true])
    const alone = await runAlone(hyperparameters, { "train/a.csv": STEPS })
    const rmse = (log: string) => metricsIn(log, /train-rmse:([\d.]+)/g)
    const [first] = sharded
    expect(rmse(first?.log ?? "")).toHaveLength(5)
    for (const [round, value] of rmse(first?.log ?? "").entries()) {
      expect(Math.abs(value - (rmse(alone.log)[round] ?? 9))).toBeLessThan(0.1)
    }
  })

  test("draws rows and features by chance, the same for the same seed", async () => {
    const hyperparameters = { num_round: "5", subsample: "0.5", colsample_bytree: "0.5", seed: "3" }
    const [one, other] = [
      await runAlone(hyperparameters, { "train/a.csv": STEPS }),
      await runAlone(hyperparameters, { "train/a.csv": STEPS }),
    ]
    expect(one.model).toEqual(other.model)
    expect((await runAlone({ ...hyperparameters, seed: "4" }, { "train/a.csv": STEPS })).model).not.toEqual(one.model)
  })

  test("gamma and min_child_weight keep trees small", async () => {
    const nodes = async (more: Readonly<Record<string, string>>) =>
      (await runAlone({ num_round: "1", ...more }, { "train/a.csv": STEPS })).model.trees[0].length
    expect(await nodes({})).toBeGreaterThan(3)
    expect(await nodes({ gamma: "1e9" })).toBe(1)
    expect(await nodes({ min_child_weight: "150" })).toBe(1)
  })

  test("names a hyperparameter of the algorithm that it does not use", async () => {
    const { code, log } = await runAlone({ num_round: "1", alpha: "2" }, { "train/a.csv": STEPS })
    expect(code).toBe(0)
    expect(log).toContain("hyperparameters that the stand-in does not use: alpha=2")
  })
})

describe("what is wrong ends with a failure file that says so", () => {
  test.each([
    [{}, STEPS, "hyperparameter num_round is not set"],
    [{ num_round: "0" }, STEPS, 'hyperparameter num_round: expected a number from 1, got "0"'],
    [{ num_round: "1", max_dept: "3" }, STEPS, 'no hyperparameter "max_dept" (did you mean "max_depth"?)'],
    [{ num_round: "1", objective: "rank:ndcg" }, STEPS, 'got "rank:ndcg"'],
    [{ num_round: "1", booster: "dart" }, STEPS, 'the stand-in knows gbtree; got "dart"'],
    [{ num_round: "1", eval_metric: "auc" }, STEPS, 'got "auc"'],
    [{ num_round: "1", objective: "reg:tweedie" }, "-1,2\n", "reg:tweedie needs labels each a number from 0, got -1"],
    [{ num_round: "1" }, "label,x\n1,2\n", 'a.csv line 1, cell 1: expected the label, got "label"'],
    [{ num_round: "1" }, "1,2\n1,2,3\n", "a.csv line 2: 3 cells, and the lines before it have 2"],
    [{ num_round: "1" }, "1,2\n1,x\n", 'a.csv line 2, cell 2: expected a number, got "x"'],
    [{ num_round: "1" }, "\n", "channel train has no rows"],
  ])("%j", async (hyperparameters, text, message) => {
    const { code, failure, model } = await runAlone(hyperparameters, { "train/a.csv": text })
    expect(code).toBe(1)
    expect(failure).toContain(message)
    expect(model).toBe(null)
  })

  test("a channel without a content type is not read as CSV", async () => {
    const [end] = await runHosts("xgboost", {
      hyperparameters: { num_round: "1" },
      files: [{ "train/a.csv": STEPS }],
      contentType: null,
    })
    expect(end?.failure).toContain("channel.train.content_type: the stand-in reads text/csv (none is set)")
  })
})
