import { expect, test } from "vitest"
import type { JobName } from "../../../../src/core/ids.ts"
import type { JobSpec, Program } from "../../../../src/core/job/job-spec.ts"
import { sentHyperparameters } from "../../../../src/core/job/sent-hyperparameters.ts"
import { anObjectRef, aSpec } from "../../../builders.ts"

const program: Program = { entryPoint: "train.py", sourceDir: "code", dependencies: [], archive: anObjectRef() }
const own = {
  sagemaker_submit_directory: '"file:///store/object"',
  sagemaker_program: '"train.py"',
  sagemaker_container_log_level: "20",
  sagemaker_job_name: '"job-1"',
  sagemaker_region: '"us-east-1"',
}

function sent(spec: Partial<JobSpec>) {
  const job = { jobName: "job-1" as JobName, instanceType: "ml.p4d.24xlarge", modelDir: "/opt/ml/model" }
  return sentHyperparameters(aSpec(spec), job)
}

test("script mode sends JSON as it stands and any other text as a JSON string", () => {
  const hyperparameters = { a: "5", b: "abc", c: '"5"', d: "true", e: "[1, 2]", f: "", g: "1e-05", h: "None" }
  expect(sent({ program, hyperparameters })).toEqual({
    ...{ a: "5", b: '"abc"', c: '"5"', d: "true", e: "[1, 2]", f: '""', g: "1e-05", h: '"None"' },
    ...own,
  })
})

test("a built-in algorithm gets the text itself, a JSON string unquoted, and no name of ours", () => {
  const trains = { kind: "algorithm", name: "xgboost", version: null } as const
  const hyperparameters = { eta: "0.1", objective: '"reg:tweedie"', name: "plain" }
  expect(sent({ trains, hyperparameters })).toEqual({ eta: "0.1", objective: "reg:tweedie", name: "plain" })
})

test("beside an image of the user's, a script alone gets its values as plain text, as from the SageMaker SDK", () => {
  const hyperparameters = { a: "5", b: "abc", c: '"5"', d: "[1, 2]" }
  const alone = { ...program, sourceDir: null }
  expect(sent({ program: alone, hyperparameters })).toEqual({ a: "5", b: "abc", c: "5", d: "[1, 2]", ...own })
  const trains = { kind: "framework", name: "pytorch", version: "2.3", python: null, image: null } as const
  expect(sent({ program: alone, trains, hyperparameters })["b"]).toBe('"abc"')
})

test("code that lies in S3 already is named as it is", () => {
  const inS3 = { ...program, sourceDir: "s3://code/x/sourcedir.tar.gz", archive: null }
  expect(sent({ program: inS3 })["sagemaker_submit_directory"]).toBe('"s3://code/x/sourcedir.tar.gz"')
})

test("MPI is told by names of the toolkit, processes only where they are given", () => {
  const options = "-x A=1"
  expect(sent({ program, distribution: { kind: "mpi", processesPerHost: 8, options } })).toEqual({
    ...own,
    sagemaker_mpi_enabled: "true",
    sagemaker_mpi_num_of_processes_per_host: "8",
    sagemaker_mpi_custom_mpi_options: '"-x A=1"',
  })
  expect(sent({ program, distribution: { kind: "mpi", processesPerHost: null, options: "" } })).toEqual({
    ...own,
    sagemaker_mpi_enabled: "true",
    sagemaker_mpi_custom_mpi_options: '""',
  })
})

test("torchrun and smddp are told with the instance type", () => {
  expect(sent({ program, distribution: { kind: "torchrun" } })).toEqual({
    ...own,
    sagemaker_torch_distributed_enabled: "true",
    sagemaker_instance_type: '"ml.p4d.24xlarge"',
  })
  expect(sent({ program, distribution: { kind: "smddp" } })).toEqual({
    ...own,
    sagemaker_distributed_dataparallel_enabled: "true",
    sagemaker_instance_type: '"ml.p4d.24xlarge"',
    sagemaker_distributed_dataparallel_custom_mpi_options: '""',
  })
})

test("TensorFlow is told where to write its model, unless the row says so", () => {
  const trains = { kind: "framework", name: "tensorflow", version: "2.11", python: null, image: null } as const
  expect(sent({ program, trains })["model_dir"]).toBe('"/opt/ml/model"')
  expect(sent({ program, trains, hyperparameters: { model_dir: "/tmp/x" } })["model_dir"]).toBe('"/tmp/x"')
})

test("as from the SageMaker SDK, true and false are Python's where no JSON is sent, and a quoted text stays", () => {
  const trains = { kind: "algorithm", name: "linear-learner", version: null } as const
  const hyperparameters = {
    a: "true",
    b: "false",
    c: '"true"',
    d: "True",
    e: "1e-05",
    f: "1.0",
    g: "12345678901234567890",
  }
  expect(sent({ trains, hyperparameters })).toEqual({ ...hyperparameters, a: "True", b: "False", c: "true" })
  expect(sent({ program, hyperparameters })).toMatchObject({
    a: "true",
    b: "false",
    c: '"true"',
    d: '"True"',
    f: "1.0",
  })
})

test("JSON is sent on one line, and its strings keep what they hold", () => {
  const value = '{\r\n  "a": [1,\n 2],\n "b": "x\u2028y\u0085"\n}'
  const one = sent({ program, hyperparameters: { value, text: "a\nb" } })
  expect(one["value"]).not.toMatch(/[\r\n\u0085\u2028]/)
  expect(JSON.parse(one["value"] ?? "")).toEqual(JSON.parse(value))
  expect(one["text"]).toBe('"a\\nb"')
})

test("model_dir false is no argument for TensorFlow, and a value for any other", () => {
  const of = (name: string) => {
    const trains = { kind: "framework", name, version: "2.11", python: null, image: null } as const
    return sent({ program, trains, hyperparameters: { model_dir: "false" } })
  }
  expect(of("tensorflow")).not.toHaveProperty("model_dir")
  expect(of("pytorch")["model_dir"]).toBe("false")
})

test("the other distributions are told by one name each, and smddp its options", () => {
  expect(sent({ program, distribution: { kind: "parameter-server" } })).toEqual({
    ...own,
    sagemaker_parameter_server_enabled: "true",
  })
  expect(sent({ program, distribution: { kind: "multi-worker-mirrored" } })).toEqual({
    ...own,
    sagemaker_multi_worker_mirrored_strategy_enabled: "true",
  })
  expect(sent({ program, distribution: { kind: "pytorch-xla" } })).toEqual({
    ...own,
    sagemaker_pytorch_xla_multi_worker_enabled: "true",
  })
  const options = sent({ program, distribution: { kind: "smddp", options: "-x A=1" } })
  expect(options["sagemaker_distributed_dataparallel_custom_mpi_options"]).toBe('"-x A=1"')
})

test("torchrun over machines of several types is told no instance type", () => {
  const instanceGroups = [{ name: "a", instanceType: "ml.g5.xlarge", instances: 2 }]
  expect(sent({ program, distribution: { kind: "torchrun" }, service: { instanceGroups } })).toEqual({
    ...own,
    sagemaker_torch_distributed_enabled: "true",
  })
})
