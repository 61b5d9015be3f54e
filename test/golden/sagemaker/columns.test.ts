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
    ["instance_groups,keep_alive", "a=ml.c5.xlarge*1,30m", "instance_groups are not kept"],
    [
      "instance_groups,volume_kms_key",
      "a=ml.c5.xlarge*1;b=ml.g4dn.xlarge*1,alias/x",
      "ml.g4dn.xlarge has disks of its own",
    ],
    [
      "instance_groups,distribution,distribution_groups,entry_point,source_dir",
      "a=ml.g5.xlarge*1,torchrun,a,t.py,s3://code/x.tar.gz",
      "torchrun joins all hosts",
    ],
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

const TOO_MANY = Array.from({ length: 19 }, (_, n) => n)
const KEY = "arn:aws:kms:us-west-2:123456789012:key/1"

/** Beside the region us-east-1 and no image. */
const WRONG_WITHOUT_IMAGE: readonly (readonly [header: string, cells: string, said: string])[] = [
  [
    `entry_point,source_dir,network_isolation,image,${TOO_MANY.map((n) => `channel.c${n}`).join(",")}`,
    `t.py,s3://code/x.tar.gz,true,x:1,${TOO_MANY.map((n) => `s3://bkt/${n}/`).join(",")}`,
    "at most 19 columns channel.*, and this one has 20",
  ],
  ["keep_alive,spot,image", "30m,true,x:1", 'column "keep_alive": Spot instances are not kept'],
  ["image,training_plan", `x:1,${PLAN.replace("us-east-1", "us-west-2")}`, "this training plan is in us-west-2"],
  ["image,kms_key", `x:1,${KEY}`, "this key is in us-west-2 and the training job in us-east-1"],
  ["image,kms_key", `x:1,${KEY.replace("us-west-2", "us-east-1").replace("aws", "aws-cn")}`, "of partition aws-cn"],
  ["image", "1.dkr.ecr.us-east-1.amazonaws.com.cn/x:1", "registries in us-east-1 end in amazonaws.com, and this one in"],
  ["image", "1.dkr.ecr-fips.us-west-2.amazonaws.com/x:1", "this image is in us-west-2"],
  ["algorithm,hp.a", 'linear-learner,"x\ny"', "must be one line"],
  ["algorithm,hp.a", "linear-learner,null", "not a JSON list, object or null"],
  ["algorithm,hp.a", "linear-learner,[1]", "not a JSON list, object or null"],
  ["algorithm,hp.a", 'linear-learner,"{""a"": 1}"', "not a JSON list, object or null"],
  ["algorithm,spot,max_wait,max_runtime,checkpoint", "kmeans,true,2h,1h,s3://ckpt/a/", "kmeans keeps none"],
  ["algorithm,spot,max_wait,max_runtime", "xgboost:1.5-1,true,2h,1h", "at most 1h: set checkpoint"],
  ["framework,transformers,entry_point,source_dir,python", "pytorch:2.3,4.36,t.py,s3://code/x.tar.gz,py311", "only Hugging Face"],
  ["image,transformers", "x:1,4.36", 'column "transformers": only Hugging Face\'s images have it'],
  ["image,smddp.options", "x:1,-x A=1", "this row does not train with smddp"],
]

const FORM = ["huggingface:4.36", "hugginface-pytorch:2.1", "pytorch", "caffe:1.0"]

describe("rules of rows without an image of regatta.yaml", () => {
  const yaml = AWS_YAML.replace(/ {2}image: .*\n/, "")

  test.each(WRONG_WITHOUT_IMAGE)("%s of %s is an error of plan", async (header, cells, said) => {
    const outcome = await plan(`region,s3_location,${header}\nus-east-1,s3://bkt/a/,${cells}\n`, { yaml })
    expect(outcome.said.join("\n")).toContain(said)
    expect(outcome.plan).toBeNull()
  })

  test.each(FORM)("framework %s is refused with the names that there are", async (framework) => {
    const csv = `region,framework,entry_point,source_dir\nus-east-1,${framework},t.py,s3://code/x.tar.gz\n`
    expect((await plan(csv, { yaml })).said.join("\n")).toMatch(/column "framework": expected .*huggingface-pytorch/)
  })

  test("a checkpoint of an algorithm that keeps none is a warning, and one of an algorithm that does is none", async () => {
    const of = async (algorithm: string) =>
      (await plan(`region,algorithm,checkpoint\nus-east-1,${algorithm},s3://ckpt/a/\n`, { yaml })).said.join("\n")
    expect(await of("kmeans")).toContain("kmeans keeps no checkpoint")
    expect(await of("xgboost:1.5-1")).not.toContain("keeps no checkpoint")
    expect(await of("object-detection")).not.toContain("keeps no checkpoint")
  })

  test("transformers of regatta.yaml is for the rows that have them", async () => {
    const some = `${yaml}  transformers: 4.36.0\n  entry_point: t.py\n  source_dir: s3://code/x.tar.gz\n  python: py310\n`
    const csv =
      "region,framework,instance_type\nus-east-1,huggingface-pytorch:2.1.0,ml.g5.xlarge\nus-east-1,pytorch:2.1,ml.g5.xlarge\n"
    const { specs, said } = await plan(csv, { yaml: some })
    expect(said).toEqual([])
    const [one, other] = specs
    if (one === undefined || other === undefined) throw new Error("two rows were planned")
    const attempt = anAttempt({ held: { place: one.places[0], usd: null } })
    expect(buildRequest(aRun(), one, attempt).AlgorithmSpecification?.TrainingImage).toBe(
      "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.1.0-transformers4.36.0-gpu-py310-cu121-ubuntu20.04",
    )
    expect(other.trains).not.toHaveProperty("transformers")
  })

  test("channels are sent with train first, and the model to go on from last", async () => {
    const header = "channel.model,channel.validation,channel.test,channel.training"
    const csv = `region,algorithm,${header},channel.model.content_type,channel.model.input_mode
us-east-1,image-classification,s3://mod/model.tar.gz,s3://val/,s3://tst/,s3://all/,application/x-sagemaker-model,File\n`
    const spec = await onlyRow(csv, { yaml })
    const attempt = anAttempt({ held: { place: spec.places[0], usd: null } })
    const channels = buildRequest(aRun(), spec, attempt).InputDataConfig
    expect(channels?.map(({ ChannelName }) => ChannelName)).toEqual(["training", "validation", "test", "model"])
    expect(channels?.at(-1)).toEqual({
      ChannelName: "model",
      InputMode: "File",
      ContentType: "application/x-sagemaker-model",
      ...S3({ S3DataType: "S3Prefix", S3Uri: "s3://mod/model.tar.gz", S3DataDistributionType: "FullyReplicated" }),
    })
  })
})

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
