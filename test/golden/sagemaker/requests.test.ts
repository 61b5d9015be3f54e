// Whole requests by the rules of aws.md, sections 1 and 2: every expected value is written out by hand.
import { describe, expect, test } from "vitest"
import { buildRequest } from "../../../src/adapters/training-service/sagemaker/build-request.ts"
import type { RunId, Uri } from "../../../src/core/ids.ts"
import type { Channel, JobSpec, Program } from "../../../src/core/job/job-spec.ts"
import { jobName } from "../../../src/core/run/names.ts"
import type { Place } from "../../../src/core/job/place.ts"
import { aPlace, anAttempt, anObjectRef, aRun, aSpec } from "../../builders.ts"

const ROLE = "arn:aws:iam::123456789012:role/training"
const NAME = "rg-20261120142233-digits-k3f9-r7-a2"
const ARCHIVE = "s3://code-eu-west-1/rg/code/5f.tar.gz"
const program: Program = {
  entryPoint: "train.py",
  sourceDir: "code",
  dependencies: [],
  archive: anObjectRef({ uri: ARCHIVE as Uri, region: "eu-west-1" }),
}
const script = {
  sagemaker_submit_directory: `"${ARCHIVE}"`,
  sagemaker_program: '"train.py"',
  sagemaker_container_log_level: "20",
  sagemaker_job_name: `"${NAME}"`,
  sagemaker_region: '"eu-west-1"',
}
const TAGS = [
  { Key: "regatta:run", Value: "rg-20261120142233-digits-k3f9" },
  { Key: "regatta:row", Value: "7" },
  { Key: "regatta:attempt", Value: "2" },
  { Key: "regatta:name", Value: "digits" },
  { Key: "regatta:owner", Value: "ada" },
]

/** The second attempt of row 7 in eu-west-1. */
function request(difference: Partial<JobSpec>, place: Partial<Place> = {}, createdBy = "ada") {
  const held = { place: aPlace({ region: "eu-west-1", instanceType: "ml.m5.xlarge", ...place }), usd: null }
  const spec = aSpec({
    index: 7,
    region: "eu-west-1",
    role: ROLE,
    trains: { kind: "image", image: "trainer:1" },
    ...difference,
  })
  const attempt = anAttempt({ number: 2, jobName: jobName("rg-20261120142233-digits-k3f9" as RunId, 7, 2), held })
  return buildRequest(aRun({ createdBy }), spec, attempt)
}

function aChannel(difference: Partial<Channel> = {}): Channel {
  return {
    name: "train",
    uri: "s3://data/train/",
    distribution: "FullyReplicated",
    dataType: "S3Prefix",
    inputMode: "File",
    contentType: null,
    compression: "None",
    recordWrapper: "None",
    ...difference,
  }
}

describe("the request of a training job", () => {
  test("of an image alone has nothing but what must be there", () => {
    expect(request({})).toEqual({
      TrainingJobName: NAME,
      AlgorithmSpecification: { TrainingImage: "trainer:1", TrainingInputMode: "File" },
      RoleArn: ROLE,
      OutputDataConfig: { S3OutputPath: "s3://out/" },
      ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      Tags: TAGS,
    })
  })

  test("of a built-in algorithm has plain hyperparameters and channels by their distribution", () => {
    const sent = request(
      {
        trains: { kind: "algorithm", name: "linear-learner", version: null },
        hyperparameters: { feature_dim: "25", loss: '"absolute_loss"' },
        channels: [
          aChannel({ distribution: "ShardedByS3Key", contentType: "text/csv" }),
          aChannel({ name: "validation", uri: "s3://data/validation/", contentType: "text/csv" }),
        ],
      },
      { instances: 5 },
    )
    expect(sent.AlgorithmSpecification?.TrainingImage).toBe(
      "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1",
    )
    expect(sent.HyperParameters).toEqual({ feature_dim: "25", loss: "absolute_loss" })
    expect(sent.ResourceConfig?.InstanceCount).toBe(5)
    expect(sent.InputDataConfig).toEqual([
      {
        ChannelName: "train",
        ContentType: "text/csv",
        DataSource: {
          S3DataSource: {
            S3DataType: "S3Prefix",
            S3Uri: "s3://data/train/",
            S3DataDistributionType: "ShardedByS3Key",
          },
        },
      },
      {
        ChannelName: "validation",
        ContentType: "text/csv",
        DataSource: {
          S3DataSource: {
            S3DataType: "S3Prefix",
            S3Uri: "s3://data/validation/",
            S3DataDistributionType: "FullyReplicated",
          },
        },
      },
    ])
  })

  test("of script mode has the toolkit's hyperparameters, and PyTorch no model_dir", () => {
    const trains = { kind: "framework", name: "pytorch", version: "2.3", python: "py311", image: null } as const
    const hyperparameters = { epochs: "3", backend: "nccl", layers: "[64, 32]", flag: "true" }
    expect(request({ trains, program, hyperparameters }).HyperParameters).toEqual({
      epochs: "3",
      backend: '"nccl"',
      layers: "[64, 32]",
      flag: "true",
      ...script,
    })
  })

  test("of TensorFlow names a model_dir of the training job in S3, and under MPI that of the host", () => {
    const trains = { kind: "framework", name: "tensorflow", version: "2.11", python: "py39", image: null } as const
    const alone = request({ trains, program, output: "s3://out/models/" }).HyperParameters
    expect(alone?.["model_dir"]).toBe(`"s3://out/models/${NAME}/model"`)
    const distribution = { kind: "mpi", processesPerHost: 8, options: "-x A=1" } as const
    expect(request({ trains, program, distribution }).HyperParameters).toEqual({
      model_dir: '"/opt/ml/model"',
      ...script,
      sagemaker_mpi_enabled: "true",
      sagemaker_mpi_num_of_processes_per_host: "8",
      sagemaker_mpi_custom_mpi_options: '"-x A=1"',
    })
  })

  test("says region, type and image of the place that the attempt holds", () => {
    const trains = { kind: "framework", name: "pytorch", version: "2.3", python: "py311", image: null } as const
    const place = { region: "us-west-2", instanceType: "ml.p4d.24xlarge" }
    const sent = request({ trains, program, distribution: { kind: "torchrun" } }, place)
    expect(sent.AlgorithmSpecification?.TrainingImage).toBe(
      "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.3-gpu-py311",
    )
    expect(sent.HyperParameters).toMatchObject({
      sagemaker_region: '"us-west-2"',
      sagemaker_torch_distributed_enabled: "true",
      sagemaker_instance_type: '"ml.p4d.24xlarge"',
    })
    expect(sent.ResourceConfig?.InstanceType).toBe("ml.p4d.24xlarge")
  })

  test("has Spot, its wait and the checkpoint; a fallback on demand has no wait", () => {
    const checkpoint = { uri: "s3://ckpt/{run}/7/", shared: false }
    const spec = { maxWaitSeconds: 7200, checkpoint }
    expect(request(spec, { spot: true })).toMatchObject({
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
      CheckpointConfig: { S3Uri: "s3://ckpt/rg-20261120142233-digits-k3f9/7/" },
    })
    const onDemand = request(spec, { spot: false })
    expect(onDemand.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 3600 })
    expect(onDemand).not.toHaveProperty("EnableManagedSpotTraining")
  })

  test("has network, keys, metrics, environment and tags where they are set", () => {
    const sent = request({
      vpc: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] },
      kmsKey: "alias/out",
      volumeKmsKey: "alias/disk",
      metrics: { accuracy: "acc=([0-9.]+)" },
      environment: { LOG: "{attempt}" },
      tags: { team: "vision" },
    })
    expect(sent).toMatchObject({
      VpcConfig: { Subnets: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] },
      OutputDataConfig: { S3OutputPath: "s3://out/", KmsKeyId: "alias/out" },
      ResourceConfig: { VolumeKmsKeyId: "alias/disk" },
      AlgorithmSpecification: { MetricDefinitions: [{ Name: "accuracy", Regex: "acc=([0-9.]+)" }] },
      Environment: { LOG: "2" },
    })
    expect(sent.Tags).toEqual([...TAGS, { Key: "team", Value: "vision" }])
  })

  test("reads a channel as the row says", () => {
    const channels = [
      aChannel({ inputMode: "FastFile" }),
      aChannel({
        name: "lines",
        dataType: "AugmentedManifestFile",
        inputMode: "Pipe",
        recordWrapper: "RecordIO",
        compression: "Gzip",
      }),
    ]
    expect(request({ channels }).InputDataConfig).toMatchObject([
      { InputMode: "FastFile" },
      { InputMode: "Pipe", RecordWrapperType: "RecordIO", CompressionType: "Gzip" },
    ])
    expect(request({ channels: [aChannel()] }).InputDataConfig?.[0]).not.toHaveProperty("InputMode")
  })

  test("has tags that the service takes, whatever a label holds", () => {
    const sent = request({ name: `${"a*".repeat(200)}` }, {}, "ada <ada@example.org>")
    const values = Object.fromEntries((sent.Tags ?? []).map(({ Key, Value }) => [Key, Value]))
    expect(values["regatta:name"]).toBe("a_".repeat(128))
    expect(values["regatta:owner"]).toBe("ada _ada@example.org_")
  })

  test("is refused without a role", () => {
    expect(() => request({ role: null })).toThrow("row 7 has no role")
  })
})
