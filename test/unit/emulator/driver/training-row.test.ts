import { describe, expect, test } from "vitest"
import { trainingRow } from "../../../../src/emulator/driver/training-row.ts"
import type { TrainingRequest } from "../../../../src/simulation/sagemaker/training-request.ts"
import { aChannel, aRequest } from "../../simulation/sagemaker/training-bed.ts"

const rowOf = (change: object) =>
  trainingRow("us-east-1", aRequest({ ...change }) as unknown as TrainingRequest, 5, (uri) =>
    uri.endsWith(".tar.gz") ? 7 : null,
  ).spec
const image = (TrainingImage: string) => ({ AlgorithmSpecification: { TrainingImage, TrainingInputMode: "File" } })
const script = {
  sagemaker_program: '"train.py"',
  sagemaker_submit_directory: '"s3://code/a.tar.gz"',
}

describe("a request as a row", () => {
  test("keeps what the container reads, and leaves limits to the model", () => {
    const spec = rowOf({
      HyperParameters: { ...script, epochs: "3", name: '"x"', sagemaker_region: '"us-east-1"' },
      Environment: { A: "1" },
      CheckpointConfig: { S3Uri: "s3://c/" },
    })
    expect(spec).toMatchObject({
      program: { entryPoint: "train.py", archive: { uri: "s3://code/a.tar.gz", bytes: 7 } },
      hyperparameters: { epochs: "3", name: '"x"' },
      environment: { A: "1" },
      channels: [{ name: "train", uri: "s3://data-us-east-1/train/", inputMode: "File" }],
      checkpoint: { uri: "s3://c/" },
      output: "s3://out-us-east-1/runs/",
      places: [{ instanceType: "ml.m5.large", instances: 2, spot: false }],
      maxRuntimeSeconds: 28 * 86_400,
    })
    expect(Object.keys(spec.hyperparameters)).toHaveLength(2)
  })

  test("finds the code of an isolated job in its channel, which is then no input", () => {
    const code = aChannel({ S3Uri: "s3://code/b.tar.gz" }, { ChannelName: "code" })
    const spec = rowOf({
      HyperParameters: { ...script, sagemaker_submit_directory: '"/opt/ml/input/data/code/b.tar.gz"' },
      InputDataConfig: [aChannel(), code],
    })
    expect(spec.program?.archive?.uri).toBe("s3://code/b.tar.gz")
    expect(spec.channels.map(({ name }) => name)).toEqual(["train"])
  })

  test("has no archive where the code is not in S3", () => {
    expect(
      rowOf({ HyperParameters: { ...script, sagemaker_submit_directory: '"s3://code/none"' } }).program?.archive,
    ).toBe(null)
  })

  test.each([
    [{}, { kind: "none" }],
    [
      {
        sagemaker_mpi_enabled: "true",
        sagemaker_mpi_num_of_processes_per_host: "8",
        sagemaker_mpi_custom_mpi_options: '"-x A"',
      },
      { kind: "mpi", processesPerHost: 8, options: "-x A" },
    ],
    [{ sagemaker_mpi_enabled: "true" }, { kind: "mpi", processesPerHost: null, options: "" }],
    [{ sagemaker_torch_distributed_enabled: "true" }, { kind: "torchrun" }],
    [{ sagemaker_parameter_server_enabled: "true" }, { kind: "parameter-server" }],
  ])("reads the distribution of %j", (sent, distribution) => {
    expect(rowOf({ HyperParameters: { ...script, ...sent } }).distribution).toEqual(distribution)
  })

  test.each([
    ["683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1", "xgboost", "1.5-1"],
    ["382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1", "linear-learner", "1"],
  ])("tells the algorithm of %s", (uri, name, version) => {
    expect(rowOf(image(uri)).trains).toEqual({ kind: "algorithm", name, version })
    expect(rowOf({ ...image(uri), HyperParameters: script }).trains).toEqual({ kind: "image", image: uri })
  })
})
