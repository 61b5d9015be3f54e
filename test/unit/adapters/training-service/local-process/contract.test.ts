import { expect, test } from "vitest"
import { rewriteHyperparameters } from "../../../../../src/adapters/process/opt-ml.ts"
import {
  processesPerHost,
  splitOptions,
} from "../../../../../src/adapters/training-service/local-process/contract/mpi-command.ts"
import { trainerEnvironment } from "../../../../../src/adapters/training-service/local-process/run/trainer-environment.ts"

test.each([
  ["", []],
  ["  -x A=1   -x B ", ["-x", "A=1", "-x", "B"]],
  ["-x A='b c'", ["-x", "A=b c"]],
  ['-x A="b \\" c"', ["-x", 'A=b " c']],
  ["a\\ b", ["a b"]],
  ["''", [""]],
])("options %j are the words %j", (options, words) => {
  expect(splitOptions(options)).toEqual(words)
})

test.each([
  [3, 8, 3],
  [null, 8, 8],
  [null, 0, 1],
])("asked for %j processes with %i GPUs a host runs %i", (asked, gpus, expected) => {
  expect(processesPerHost(asked, gpus)).toBe(expected)
})

test("only values that begin with /opt/ml are rewritten", () => {
  const sent = { a: "/opt/ml/model", b: '"/opt/ml"', c: '"see /opt/ml"', d: "/opt/mlx", e: "3", f: '"/opt/mlx"' }
  expect(rewriteHyperparameters(sent, "/h")).toEqual({ ...sent, a: "/h/model", b: '"/h"' })
})

test("a trainer inherits nothing of ours, and the toolkit's variables stand above the row's", () => {
  const own = {
    PATH: "/bin",
    REGATTA_HOME: "x",
    AWS_BATCH_JOB_ID: "x",
    npm_command: "run",
    NODE_OPTIONS: "x",
    EMPTY: undefined,
  }
  const env = trainerEnvironment(own, { A: "1", SM_HOSTS: "row" }, { SM_HOSTS: "toolkit" }, false)
  expect(env).toEqual({ PATH: "/bin", PYTHONUNBUFFERED: "1", A: "1", SM_HOSTS: "toolkit" })
})

test("a rank's Python is not unbuffered unless the row says so", () => {
  expect(trainerEnvironment({ PYTHONUNBUFFERED: "1" }, {}, {}, true)).toEqual({})
  expect(trainerEnvironment({}, { PYTHONUNBUFFERED: "1" }, {}, true)).toEqual({ PYTHONUNBUFFERED: "1" })
})
