// From cells to request: each rarer column, with the members of CreateTrainingJob that it must become (aws.md, section 1).
import { describe, expect, test } from "vitest"
import { buildRequest } from "../../../src/adapters/training-service/sagemaker/build-request.ts"
import { anAttempt, aRun } from "../../builders.ts"
import { AWS_YAML, onlyRow, plan } from "../../plan-bed.ts"

const VPC = "vpc.subnets,vpc.security_groups"
const IN_VPC = "subnet-1,sg-1"
const PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/p4d-november"
const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:credentials"

/** The request of the one row `us-east-1,s3://bkt/a/` with these columns. */
async function request(header: string, cells: string, files: Readonly<Record<string, string>> = {}) {
  const spec = await onlyRow(`region,s3_location,${header}\nus-east-1,s3://bkt/a/,${cells}\n`, { files })
  return buildRequest(aRun(), spec, anAttempt({ held: { place: spec.places[0], usd: null } }))
}

const S3 = (more: object) => ({ DataSource: { S3DataSource: more } })

const CASES: readonly (readonly [header: string, cells: string, expected: object])[] = [
  ["network_isolation", "true", { EnableNetworkIsolation: true }],
  ["encrypt_traffic", "true", { EnableInterContainerTrafficEncryption: true }],
  ["keep_alive", "30m", { ResourceConfig: { KeepAlivePeriodInSeconds: 1800 } }],
  ["training_plan", PLAN, { ResourceConfig: { TrainingPlanArn: PLAN } }],
  ["max_pending", "1d", { StoppingCondition: { MaxPendingTimeInSeconds: 86_400 } }],
  ["retry_attempts", "3", { RetryStrategy: { MaximumRetryAttempts: 3 } }],
  [
    "checkpoint,checkpoint_local_path",
    "s3://ckpt/x/,/opt/ml/checkpoints",
    { CheckpointConfig: { S3Uri: "s3://ckpt/x/", LocalPath: "/opt/ml/checkpoints" } },
  ],
  ["output_compression", "NONE", { OutputDataConfig: { CompressionType: "NONE" } }],
  ["output,kms_key", "s3://out/a,alias/x", { OutputDataConfig: { S3OutputPath: "s3://out/a", KmsKeyId: "alias/x" } }],
  [
    "container.entrypoint,container.arguments",
    "/bin/sh;-c,./train.sh",
    { AlgorithmSpecification: { ContainerEntrypoint: ["/bin/sh", "-c"], ContainerArguments: ["./train.sh"] } },
  ],
  [
    `image_access,image_credentials,${VPC}`,
    `Vpc,${LAMBDA},${IN_VPC}`,
    {
      AlgorithmSpecification: {
        TrainingImageConfig: {
          TrainingRepositoryAccessMode: "Vpc",
          TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: LAMBDA },
        },
      },
    },
  ],
  ["remote_debug", "true", { RemoteDebugConfig: { EnableRemoteDebug: true } }],
  ["infra_check", "true", { InfraCheckConfig: { EnableInfraCheck: true } }],
  ["session_tag_chaining", "true", { SessionChainingConfig: { EnableSessionTagChaining: true } }],
  [
    "channel.train.data_type,channel.train.input_mode,channel.train.record_wrapper,channel.train.attributes",
    "AugmentedManifestFile,Pipe,RecordIO,source-ref;label",
    {
      InputDataConfig: [
        {
          InputMode: "Pipe",
          RecordWrapperType: "RecordIO",
          ...S3({ S3DataType: "AugmentedManifestFile", AttributeNames: ["source-ref", "label"] }),
        },
      ],
    },
  ],
  ["channel.train.shuffle_seed", "42", { InputDataConfig: [{ ShuffleConfig: { Seed: 42 } }] }],
  [
    "input_mode,channel.meta,channel.meta.input_mode",
    "FastFile,s3://bkt/meta/,File",
    {
      AlgorithmSpecification: { TrainingInputMode: "FastFile" },
      InputDataConfig: [S3({ S3Uri: "s3://bkt/a/" }), { InputMode: "File", ...S3({ S3Uri: "s3://bkt/meta/" }) }],
    },
  ],
  [
    `channel.train,${VPC}`,
    `fsx://fs-0123456789abcdef0/fsx/train,${IN_VPC}`,
    {
      InputDataConfig: [
        {
          ChannelName: "train",
          DataSource: {
            FileSystemDataSource: {
              FileSystemId: "fs-0123456789abcdef0",
              FileSystemType: "FSxLustre",
              DirectoryPath: "/fsx/train",
              FileSystemAccessMode: "ro",
            },
          },
        },
      ],
    },
  ],
  [
    `channel.train,channel.train.access,${VPC}`,
    `efs://fs-01234567,rw,${IN_VPC}`,
    {
      InputDataConfig: [
        {
          DataSource: {
            FileSystemDataSource: {
              FileSystemId: "fs-01234567",
              FileSystemType: "EFS",
              DirectoryPath: "/",
              FileSystemAccessMode: "rw",
            },
          },
        },
      ],
    },
  ],
]

describe("columns and their members of the request", () => {
  test.each(CASES)("%s of %s", async (header, cells, expected) => {
    const isOwnChannel = header.startsWith("channel.train,")
    if (!isOwnChannel) return expect(await request(header, cells)).toMatchObject(expected)
    const spec = await onlyRow(`region,${header}\nus-east-1,${cells}\n`)
    const attempt = anAttempt({ held: { place: spec.places[0], usd: null } })
    expect(buildRequest(aRun(), spec, attempt)).toMatchObject(expected)
  })

  test("what is false is left out, and so is a mode that the channel does not name", async () => {
    const header = "network_isolation,encrypt_traffic,remote_debug,infra_check,session_tag_chaining,input_mode"
    const sent = await request(header, "false,false,false,false,false,Pipe")
    expect(
      Object.keys(sent)
        .filter((name) => /^Enable|Config$/.test(name))
        .toSorted(),
    ).toEqual(["InputDataConfig", "OutputDataConfig", "ResourceConfig"])
    expect(sent.AlgorithmSpecification?.TrainingInputMode).toBe("Pipe")
    expect(sent.InputDataConfig?.[0]).not.toHaveProperty("InputMode")
    const named = await request("channel.train.input_mode", "File")
    expect(named.InputDataConfig?.[0]).toHaveProperty("InputMode", "File")
  })

  test("a row without them is pinned as before they were there", async () => {
    expect(await onlyRow("region,s3_location,encrypt_traffic\nus-east-1,s3://bkt/a/,false\n")).not.toHaveProperty(
      "service",
    )
  })
})

describe("machines of several types", () => {
  const YAML = AWS_YAML.replace("  instance_type: ml.m5.large\n", "")
  const GROUPS = "gpu=ml.p3.2xlarge*2;cpu=ml.c5.4xlarge*1"

  test("are groups in place of one type, and the first with GPUs chooses the image", async () => {
    const header =
      "region,s3_location,channel.train.groups,instance_groups,framework,python,entry_point,source_dir,distribution,distribution_groups"
    const cells = `us-east-1,s3://bkt/a/,gpu,${GROUPS},pytorch:1.12,py38,t.py,s3://code/x.tar.gz,mpi,gpu`
    const yaml = YAML.replace(/ {2}image: .*\n/, "")
    const spec = await onlyRow(`${header}\n${cells}\n`, { yaml })
    const attempt = anAttempt({ held: { place: spec.places[0], usd: null } })
    const sent = buildRequest(aRun(), spec, attempt)
    expect(sent.ResourceConfig).toEqual({
      VolumeSizeInGB: 30,
      InstanceGroups: [
        { InstanceGroupName: "gpu", InstanceType: "ml.p3.2xlarge", InstanceCount: 2 },
        { InstanceGroupName: "cpu", InstanceType: "ml.c5.4xlarge", InstanceCount: 1 },
      ],
    })
    expect(sent.AlgorithmSpecification?.TrainingImage).toMatch(/\/pytorch-training:1\.12-gpu-py38$/)
    expect(sent.InputDataConfig).toMatchObject([S3({ InstanceGroupNames: ["gpu"] })])
    expect(sent.HyperParameters?.["sagemaker_distribution_instance_groups"]).toBe('["gpu"]')
  })

  test("have no price and no limit of a single type", async () => {
    const yaml = `${YAML}prices: {us-east-1/ml.p3.2xlarge: 3.8}\nlimits: {us-east-1/ml.p3.2xlarge: 1}\nbudget: 1\n`
    const { plan: planned } = await plan(`region,instance_groups\nus-east-1,${GROUPS}\n`, { yaml })
    expect(planned?.cost).toBeNull()
    expect(planned?.regions[0]?.instances).toEqual({ "2*ml.p3.2xlarge+1*ml.c5.4xlarge": 3 })
  })

  test.each([
    ["instance_groups,instance_type", "a=ml.c5.xlarge*1,ml.c5.xlarge", "set one or the other"],
    ["instance_groups", "a=ml.c5.xlagre*1", 'no instance type "ml.c5.xlagre" (did you mean "ml.c5.xlarge"?)'],
    ["instance_groups", "a=ml.c5.xlarge*1;a=ml.m5.large*1", "two groups have the same name"],
    [
      "instance_groups,channel.x,channel.x.groups",
      "a=ml.c5.xlarge*1,s3://bkt/x/,b",
      'no instance group "b": there are a',
    ],
    ["instance_type,distribution_groups", "ml.c5.xlarge,b", 'no instance group "b": set instance_groups'],
    ["instance_groups,distribution_groups", "a=ml.c5.xlarge*1,a", "the hosts of this row do not work together"],
    ["instance_groups,fallback", "a=ml.c5.xlarge*1,*/ml.c5.xlarge", "write * for the type"],
  ])("%s of %s are an error of plan", async (header, cells, said) => {
    const outcome = await plan(`region,${header}\nus-east-1,${cells}\n`, { yaml: YAML })
    expect(outcome.said.join("\n")).toContain(said)
    expect(outcome.plan).toBeNull()
  })

  test("of a cell overrule the type of regatta.yaml, and those of regatta.yaml no type of a cell", async () => {
    const spec = await onlyRow(`region,instance_groups\nus-east-1,${GROUPS}\n`)
    expect(spec.places[0]).toMatchObject({ instanceType: "2*ml.p3.2xlarge+1*ml.c5.4xlarge", instances: 3 })
    const yaml = `${YAML}  instance_groups: ${GROUPS}\n`
    const { said } = await plan("region,instance_type\nus-east-1,ml.c5.xlarge\n", { yaml })
    expect(said.join("\n")).toContain("set one or the other")
  })

  test("do not run on local", async () => {
    const { said } = await plan(`region,instance_groups\nus-east-1,${GROUPS}\n`, { yaml: YAML, on: "local" })
    expect(said.join("\n")).toContain("on local all hosts are alike")
  })
})

describe("without a network", () => {
  test("the code travels as a channel, and the script is told its folder", async () => {
    const header = "entry_point,source_dir,network_isolation"
    const sent = await request(header, "train.py,s3://code/mine/sourcedir.tar.gz,true")
    expect(sent.HyperParameters?.["sagemaker_submit_directory"]).toBe('"/opt/ml/input/data/code/sourcedir.tar.gz"')
    expect(sent.InputDataConfig?.at(-1)).toEqual({
      ChannelName: "code",
      ...S3({
        S3DataType: "S3Prefix",
        S3Uri: "s3://code/mine/sourcedir.tar.gz",
        S3DataDistributionType: "FullyReplicated",
      }),
    })
  })

  test("an image alone has no such channel", async () => {
    const sent = await request("network_isolation", "true")
    expect(sent.InputDataConfig).toHaveLength(1)
    expect(sent).not.toHaveProperty("HyperParameters")
  })
})

describe("what a distribution asks of AWS's images", () => {
  const row = (framework: string, distribution: string) =>
    plan(
      `region,framework,entry_point,source_dir,distribution\nus-east-1,${framework},t.py,s3://code/x.tar.gz,${distribution}\n`,
      { yaml: AWS_YAML.replace(/ {2}image: .*\n/, "") },
    )

  test.each([
    ["tensorflow:2.12", "smddp", "tensorflow 2.3 to 2.11"],
    ["tensorflow:2.2.1", "smddp", "tensorflow 2.3 to 2.11"],
    ["pytorch:2.3", "smddp", "pytorch 1.6 to 2.2"],
    ["mxnet:1.9", "smddp", "only"],
    ["tensorflow:2.11", "torchrun", "torchrun starts PyTorch"],
    ["pytorch:1.12", "torchrun", "from 1.13 on, and this row trains with pytorch:1.12"],
    ["huggingface-pytorch:1.10", "torchrun", "from 1.13 on"],
    ["huggingface-pytorch:2.3", "smddp", "pytorch 1.6 to 2.2"],
    ["pytorch:2.1", "parameter-server", "parameter-server is for tensorflow and mxnet"],
    ["tensorflow:2.8", "multi-worker-mirrored", "tensorflow from 2.9 on"],
    ["tensorflow:2.8", "pytorch-xla", "pytorch-xla is for pytorch"],
  ])("%s has no %s", async (framework, distribution, said) => {
    expect((await row(framework, distribution)).said.join("\n")).toContain(said)
  })

  test.each([
    ["tensorflow:2.3", "smddp"],
    ["tensorflow:2.11.0", "smddp"],
    ["pytorch:1.6.0", "smddp"],
    ["pytorch:2.2", "smddp"],
    ["pytorch:2.8", "torchrun"],
    ["huggingface-pytorch:2.1", "torchrun"],
    ["huggingface-tensorflow:2.4", "smddp"],
    ["mxnet:1.9", "parameter-server"],
    ["tensorflow:2.10.1", "multi-worker-mirrored"],
    ["pytorch:1.12", "pytorch-xla"],
  ])("%s has %s", async (framework, distribution) => {
    expect((await row(framework, distribution)).said).toEqual([])
  })
})

const FSX = "fsx://fs-0123456789abcdef0/a"

const WRONG: readonly (readonly [header: string, cells: string, said: string])[] = [
  ["checkpoint_local_path", "/opt/x", 'column "checkpoint_local_path": this row keeps no checkpoint'],
  ["max_pending", "1h", "expected at least 2h, and this is 3600 seconds"],
  ["image_credentials", LAMBDA, "set image_access to Vpc"],
  ["image_access", "Vpc", "a registry inside the VPC needs vpc.subnets"],
  ["entry_point,source_dir,network_isolation,channel.code", "t.py,s3://code/x.tar.gz,true,s3://bkt/c/", "another name"],
  ["entry_point,source_dir", "t.py,s3://code/x/", "expected s3://bucket/….tar.gz"],
  ["channel.train.attributes", "a;b", "only the lines of an AugmentedManifestFile have attributes"],
  [
    "channel.train.data_type,channel.train.input_mode",
    "AugmentedManifestFile,Pipe",
    "an AugmentedManifestFile needs channel.train.attributes",
  ],
  ["channel.train.access", "rw", "only a file system (efs://, fsx://) is read or written"],
  ["channel.x", FSX, 'column "channel.x": a file system is reached in a VPC'],
  [`channel.x,channel.x.input_mode,${VPC}`, `${FSX},FastFile,${IN_VPC}`, "a file system needs input_mode File"],
  [`channel.x,channel.x.data_type,${VPC}`, `${FSX},ManifestFile,${IN_VPC}`, "a file system has no manifest"],
  [`channel.x,channel.x.distribution,${VPC}`, `${FSX},ShardedByS3Key,${IN_VPC}`, "ShardedByS3Key is for S3"],
  [`channel.x,channel.x.shuffle_seed,${VPC}`, `${FSX},1,${IN_VPC}`, "a file system is not shuffled"],
]

describe("rules of the rarer columns", () => {
  test.each(WRONG)("%s of %s is an error of plan", async (header, cells, said) => {
    const outcome = await plan(`region,s3_location,${header}\nus-east-1,s3://bkt/a/,${cells}\n`)
    expect(outcome.said.join("\n")).toContain(said)
    expect(outcome.plan).toBeNull()
  })

  test("a file system does not run on local", async () => {
    const cells = `us-east-1,${FSX},${IN_VPC}`
    const { said } = await plan(`region,channel.x,${VPC}\n${cells}\n`, { on: "local" })
    expect(said.join("\n")).toContain('column "channel.x": a file system of a VPC cannot be mounted on local')
  })
})
