import { describe, expect, test } from "vitest"
import { csv, metricsIn, runHosts, type StandInInput } from "./stand-in-bed.ts"

/** y = 3a - 2b + 7. */
const LINE = csv(
  Array.from({ length: 300 }, (_, at) => {
    const [a, b] = [Math.sin(at) * 10, Math.cos(at * 1.7) * 4]
    return [3 * a - 2 * b + 7, a, b]
  }),
)
const SIDES = csv(
  Array.from({ length: 300 }, (_, at) => {
    const [a, b] = [Math.sin(at), Math.cos(at * 1.7)]
    return [Number(a > b), a, b]
  }),
)
const REGRESSOR = { predictor_type: "regressor", epochs: "60", mini_batch_size: "20" }

async function runAlone(hyperparameters: StandInInput["hyperparameters"], text: string) {
  const [end] = await runHosts("linear-learner", {
    hyperparameters,
    files: [{ "train/a.csv": text, "validation/a.csv": text }],
  })
  if (end === undefined) throw new Error("there is one host")
  return end
}

describe("the stand-in for linear-learner", () => {
  test.each(["auto", "squared_loss", "absolute_loss"])(
    "finds the coefficients of a line with the loss %s",
    async (loss) => {
      const { code, log, model } = await runAlone({ ...REGRESSOR, loss }, LINE)
      expect(code, log).toBe(0)
      expect(model.weights[0]).toBeCloseTo(3, 1)
      expect(model.weights[1]).toBeCloseTo(-2, 1)
      expect(model.bias).toBeCloseTo(7, 0)
    },
  )

  test("writes the quality as the algorithm's own log does", async () => {
    const { log } = await runAlone({ ...REGRESSOR, epochs: "5" }, LINE)
    expect(log.split("\n")[0]).toMatch(/^regatta's stand-in for linear-learner, not SageMaker's linear-learner/)
    expect(log).toMatch(/^#quality_metric: host=algo-1, epoch=0, train mse_objective <loss>=[\d.e-]+$/m)
    expect(log).toMatch(/^#quality_metric: host=algo-1, validation rmse <loss>=[\d.e-]+$/m)
    const losses = metricsIn(log, /train mse_objective <loss>=([\d.e-]+)/g)
    expect(losses).toHaveLength(5)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
  })

  test.each(["True", "true", "False", "false"])("reads %s as Python and JSON write it", async (normalize_label) => {
    const { code, log } = await runAlone({ ...REGRESSOR, epochs: "2", normalize_label }, LINE)
    expect(code, log).toBe(0)
  })

  test("parts two classes", async () => {
    const { code, log } = await runAlone(
      { predictor_type: "binary_classifier", epochs: "30", mini_batch_size: "20" },
      SIDES,
    )
    expect(code, log).toBe(0)
    expect(metricsIn(log, /validation binary_classification_accuracy <score>=([\d.]+)/g)[0]).toBeGreaterThan(0.95)
  })

  test("of parallel models at other learning rates the best is kept", async () => {
    const { log, model } = await runAlone({ ...REGRESSOR, epochs: "3", learning_rate: "1000", num_models: "20" }, LINE)
    expect(log).toContain("20 models at once, at the learning rates 1000, 500")
    expect(model.learningRate).toBeLessThan(1000)
  })

  test("hosts with a shard each agree on one model, of which the first writes the file", async () => {
    const lines = LINE.trimEnd().split("\n")
    const ends = await runHosts("linear-learner", {
      hyperparameters: { ...REGRESSOR, feature_dim: "2" },
      files: [
        { "train/a.csv": `${lines.slice(0, 150).join("\n")}\n` },
        { "train/b.csv": `${lines.slice(150).join("\n")}\n` },
        { "train/empty.csv": "" },
      ],
    })
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(ends.map(({ model }) => model === null)).toEqual([false, true, true])
    expect(ends[0]?.model.weights[0]).toBeCloseTo(3, 1)
    expect(ends[0]?.model.weights[1]).toBeCloseTo(-2, 1)
  })
})

test.each([
  ["linear-learner", { ...REGRESSOR, epochs: "100000000" }],
  ["xgboost", { num_round: "100000000", max_depth: "1" }],
])("%s ends soon after a stop, without a model and without a failure file", async (algorithm, hyperparameters) => {
  const terminated = AbortSignal.timeout(100)
  const [end] = await runHosts(algorithm, { hyperparameters, files: [{ "train/a.csv": LINE }], terminated })
  expect(end).toMatchObject({ code: 143, failure: null, model: null })
})

describe("what is wrong ends with a failure file that says so", () => {
  test.each([
    [{}, LINE, "hyperparameter predictor_type: the stand-in knows regressor, binary_classifier; it is not set"],
    [{ predictor_type: "multiclass_classifier" }, LINE, 'got "multiclass_classifier"'],
    [{ ...REGRESSOR, feature_dim: "3" }, LINE, "feature_dim is 3, and each line of channel train has 2 features"],
    [{ ...REGRESSOR, loss: "logistic" }, LINE, 'got "logistic"'],
    [{ ...REGRESSOR, epoch: "3" }, LINE, 'no hyperparameter "epoch" (did you mean "epochs"?)'],
    [{ predictor_type: "binary_classifier" }, LINE, "binary_classifier needs labels 0 and 1"],
    [REGRESSOR, "1,2\n3,\n", "row 2 of this host has an empty cell"],
  ])("%j", async (hyperparameters, text, message) => {
    const { code, failure, model } = await runAlone(hyperparameters, text)
    expect(code).toBe(1)
    expect(failure).toContain(message)
    expect(model).toBe(null)
  })
})
