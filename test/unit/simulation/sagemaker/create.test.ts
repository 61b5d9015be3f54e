import { describe, expect, test } from "vitest"
import { aChannel, aRequest, TrainingBed } from "./training-bed.ts"

const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1"
const algorithm = (change: object) => ({
  AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: "File", ...change },
})
const resources = (change: object) => ({
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30, ...change },
})
const many = (count: number, make: (at: number) => readonly [string, string]) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => make(at)))
const channels = (...given: readonly object[]) => ({ InputDataConfig: given })
const FILES = {
  FileSystemDataSource: {
    FileSystemId: "fs-01234567",
    FileSystemAccessMode: "ro",
    FileSystemType: "FSxLustre",
    DirectoryPath: "/data",
  },
}

describe("CreateTrainingJob", () => {
  test("takes a request that keeps every limit, also at the limits themselves", () => {
    const bed = new TrainingBed()
    expect(bed.create()).toBeNull()
    expect(
      bed.create({
        TrainingJobName: `a${"-".repeat(61)}b`,
        HyperParameters: many(100, (at) => [`k${at}`.padEnd(256, "x"), "v".repeat(2500)]),
        Environment: many(100, (at) => [`K${at}`.padEnd(512, "x"), "\n".repeat(512)]),
        Tags: Array.from({ length: 50 }, (_, at) => ({ Key: `key ${at}`, Value: "é_.:/=+-@" })),
        InputDataConfig: Array.from({ length: 20 }, (_, at) => aChannel({}, { ChannelName: `c${at}` })),
      }),
    ).toBeNull()
  })

  const shapes: readonly (readonly [string, object, string, string])[] = [
    ["a name with _", { TrainingJobName: "row_1" }, "'row_1' at 'trainingJobName'", "regular expression pattern"],
    ["a name with - at its end", { TrainingJobName: "row-" }, "'row-' at 'trainingJobName'", "pattern"],
    ["a long name", { TrainingJobName: "a".repeat(64) }, "'trainingJobName'", "length less than or equal to 63"],
    ["no name", { TrainingJobName: undefined }, "Value null at 'trainingJobName'", "Member must not be null"],
    [
      "101 hyperparameters",
      { HyperParameters: many(101, (at) => [`k${at}`, ""]) },
      "'hyperParameters'",
      "length less than or equal to 100",
    ],
    [
      "a long value of a hyperparameter",
      { HyperParameters: { a: "x".repeat(2501) } },
      "'hyperParameters'",
      "Map value must satisfy constraint: [Member must have length less than or equal to 2500]",
    ],
    ["a value of two lines", { HyperParameters: { a: "x\ny" } }, "'hyperParameters'", "pattern: .*"],
    ["a long name of one", { HyperParameters: { ["x".repeat(257)]: "" } }, "'hyperParameters'", "Map keys"],
    [
      "a mode",
      algorithm({ TrainingInputMode: "Fast" }),
      "trainingInputMode'",
      "enum value set: [Pipe, File, FastFile]",
    ],
    [
      "41 metrics",
      algorithm({ MetricDefinitions: Array.from({ length: 41 }, () => ({ Name: "a", Regex: "b" })) }),
      "metricDefinitions'",
      "equal to 40",
    ],
    [
      "a metric without expression",
      algorithm({ MetricDefinitions: [{ Name: "a" }] }),
      "'algorithmSpecification.metricDefinitions.1.member.regex'",
      "not be null",
    ],
    ["a long image", algorithm({ TrainingImage: "x".repeat(256) }), "trainingImage'", "equal to 255"],
    [
      "an empty entrypoint",
      algorithm({ ContainerEntrypoint: [] }),
      "containerEntrypoint'",
      "greater than or equal to 1",
    ],
    ["a role", { RoleArn: "arn:aws:iam::1:role/x-yz" }, "'roleArn'", "pattern"],
    ["no channel", channels(), "'inputDataConfig'", "greater than or equal to 1"],
    [
      "21 channels",
      channels(...Array.from({ length: 21 }, (_, at) => aChannel({}, { ChannelName: `c${at}` }))),
      "'inputDataConfig'",
      "equal to 20",
    ],
    [
      "a channel's name",
      channels(aChannel({}, { ChannelName: "a b" })),
      "'inputDataConfig.1.member.channelName'",
      "pattern",
    ],
    ["a place", channels(aChannel({ S3Uri: "bucket/key" })), "s3DataSource.s3Uri'", "pattern"],
    ["a distribution", channels(aChannel({ S3DataDistributionType: "Half" })), "s3DataDistributionType'", "enum"],
    ["an output", { OutputDataConfig: { S3OutputPath: "out" } }, "'outputDataConfig.s3OutputPath'", "pattern"],
    ["a type", resources({ InstanceType: "ml.x9.large" }), "'resourceConfig.instanceType'", "enum value set"],
    ["a warm pool", resources({ KeepAlivePeriodInSeconds: 21_601 }), "keepAlivePeriodInSeconds'", "equal to 21600"],
    [
      "a network",
      { VpcConfig: { SecurityGroupIds: [], Subnets: ["s"] } },
      "'vpcConfig.securityGroupIds'",
      "equal to 1",
    ],
    ["no runtime", { StoppingCondition: { MaxRuntimeInSeconds: 0 } }, "maxRuntimeInSeconds'", "equal to 1"],
    [
      "51 tags",
      { Tags: Array.from({ length: 51 }, (_, at) => ({ Key: `${at}`, Value: "" })) },
      "'tags'",
      "equal to 50",
    ],
    ["a tag", { Tags: [{ Key: "a!", Value: "" }] }, "'tags.1.member.key'", "pattern"],
    ["a variable", { Environment: { "1A": "" } }, "'environment'", "Map keys"],
    ["a long variable", { Environment: { A: "x".repeat(513) } }, "'environment'", "equal to 512"],
    ["retries", { RetryStrategy: { MaximumRetryAttempts: 31 } }, "maximumRetryAttempts'", "equal to 30"],
  ]

  test.each(shapes)("refuses %s", (_title, change, value, constraint) => {
    const fault = new TrainingBed().create(change as Record<string, unknown>)
    expect(fault?.name).toBe("ValidationException")
    expect(fault?.message).toMatch(/^\d validation errors? detected: Value .* failed to satisfy constraint: /s)
    expect(fault?.message).toContain(value)
    expect(fault?.message).toContain(constraint)
  })

  test("tells all broken limits at once, in AWS's words", () => {
    const fault = new TrainingBed().create({ TrainingJobName: "a_b", RetryStrategy: {} })
    expect(fault?.message).toBe(
      "2 validation errors detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}; Value null at 'retryStrategy.maximumRetryAttempts' failed to satisfy constraint: Member must not be null",
    )
  })

  test.each([
    ["a number as a text", resources({ InstanceCount: "1" })],
    ["a text as a number", { TrainingJobName: 1 }],
    ["a list as a map", { Environment: [] }],
    ["a fraction", resources({ InstanceCount: 1.5 })],
  ])("refuses %s before it looks at limits", (_title, change) => {
    expect(new TrainingBed().create(change as Record<string, unknown>)?.name).toBe("SerializationException")
  })

  const spot = (StoppingCondition: object) => ({ EnableManagedSpotTraining: true, StoppingCondition })
  const rules: readonly (readonly [string, object, string])[] = [
    ["image and algorithm", algorithm({ AlgorithmName: "a" }), "exclusive"],
    ["neither image nor algorithm", algorithm({ TrainingImage: undefined }), "is required"],
    ["no resources", { ResourceConfig: undefined }, "ResourceConfig is required"],
    ["no stopping condition", { StoppingCondition: undefined }, "StoppingCondition is required"],
    ["no instances", resources({ InstanceCount: 0 }), "at least 1"],
    ["no volume", resources({ VolumeSizeInGB: 0 }), "VolumeSizeInGB"],
    [
      "a key for a local disk",
      resources({ InstanceType: "ml.g4dn.xlarge", VolumeKmsKeyId: "key" }),
      "VolumeKmsKeyId is not supported",
    ],
    [
      "groups beside a type",
      resources({ InstanceGroups: [{ InstanceGroupName: "a", InstanceType: "ml.m5.large", InstanceCount: 1 }] }),
      "exclusive",
    ],
    [
      "a time to wait without Spot",
      { StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 2 } },
      "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
    ],
    ["Spot without a time to wait", spot({ MaxRuntimeInSeconds: 1 }), "MaxWaitTimeInSeconds is required"],
    ["a wait below the runtime", spot({ MaxRuntimeInSeconds: 9, MaxWaitTimeInSeconds: 8 }), "greater than or equal"],
    ["29 days", { StoppingCondition: { MaxRuntimeInSeconds: 29 * 86_400 } }, "at most 2419200"],
    ["two channels of a name", channels(aChannel(), aChannel()), "Duplicate channel names"],
    [
      "two tags of a key",
      {
        Tags: [
          { Key: "a", Value: "" },
          { Key: "a", Value: "" },
        ],
      },
      "Duplicate tag keys",
    ],
    ["a tag of AWS", { Tags: [{ Key: "aws:x", Value: "" }] }, "aws: prefixed"],
    ["files without a network", channels({ ChannelName: "a", DataSource: FILES }), "VpcConfig is required"],
    ["no source", channels({ ChannelName: "a", DataSource: {} }), "exactly one of"],
    ["Gzip in File mode", channels(aChannel({}, { CompressionType: "Gzip" })), "only in Pipe mode"],
    [
      "an augmented manifest in File mode",
      channels(aChannel({ S3DataType: "AugmentedManifestFile", AttributeNames: ["a"] })),
      "only in Pipe mode",
    ],
    [
      "a manifest in FastFile mode",
      channels(aChannel({ S3DataType: "ManifestFile" }, { InputMode: "FastFile" })),
      "FastFile mode supports only",
    ],
    ["an unknown group", channels(aChannel({ InstanceGroupNames: ["a"] })), "which ResourceConfig has not"],
    [
      "an image of another region",
      algorithm({ TrainingImage: IMAGE.replace("us-east-1", "eu-central-1") }),
      "Invalid DNS suffix 'amazonaws.com' for region 'eu-central-1' in training image. Please provide the valid <region>.<dns-suffix>: 'us-east-1.amazonaws.com'",
    ],
    ["an image of another registry", algorithm({ TrainingImage: "docker.io/a:1" }), "non-ECR image"],
    ["a role of another account", { RoleArn: "arn:aws:iam::999999999999:role/Trainer" }, "Cross-account pass role"],
    [
      "a prefix without objects",
      channels(aChannel({ S3Uri: "s3://data-us-east-1/none/" })),
      'No S3 objects found under S3 URL "s3://data-us-east-1/none/" given in input data source. Please ensure that the bucket exists in the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "arn:aws:iam::123456789012:role/Trainer" has "s3:ListBucket" permissions on bucket "data-us-east-1".',
    ],
    ["a missing bucket", channels(aChannel({ S3Uri: "s3://none/train/" })), "No S3 objects found"],
  ]

  test.each(rules)("refuses %s", (_title, change, text) => {
    const fault = new TrainingBed().create(change as Record<string, unknown>)
    expect(fault?.name).toBe("ValidationException")
    expect(fault?.message).toContain(text)
  })

  test("refuses data in a bucket of another region, role and image that are missing", () => {
    const bed = new TrainingBed({ world: { isAssumable: () => false } })
    expect(bed.create()?.message).toBe(
      "Could not assume role arn:aws:iam::123456789012:role/Trainer. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.",
    )
    const unpulled = new TrainingBed({ world: { hasImage: () => false } })
    expect(unpulled.create()?.message).toMatch(/^Access denied for repository: trainer in registry ID: 123456789012\./)
    const elsewhere = new TrainingBed()
    elsewhere.objects.put("data-eu-west-1", "train/a", new Uint8Array())
    expect(
      elsewhere.create({ InputDataConfig: [aChannel({ S3Uri: "s3://data-eu-west-1/train/" })] })?.message,
    ).toContain("No S3 objects found")
  })

  test("refuses a name twice in a region, with AWS's text, whatever the request", () => {
    const bed = new TrainingBed({ world: { quota: () => 2 } })
    bed.create({ TrainingJobName: "Row-1" })
    expect(bed.create({ TrainingJobName: "Row-1" }, 999)).toMatchObject({
      name: "ResourceInUse",
      message:
        "Training job names must be unique within an AWS account and region, and a training job with this name already exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/row-1)",
    })
  })

  test("refuses a type that the region lacks", () => {
    const bed = new TrainingBed({ world: { offers: (region) => region !== "us-east-1" } })
    expect(bed.create(resources({ InstanceType: "ml.p2.xlarge" }))).toMatchObject({
      name: "ResourceLimitExceeded",
      message: "The requested resource training-job/ml.p2.xlarge is not available in this region",
    })
  })

  test("counts the instances of live jobs by region, type and Spot against the quota", () => {
    const bed = new TrainingBed({ world: { quota: (_region, _type, isSpot) => (isSpot ? 1 : 3) } })
    const one = (name: string, change: object = {}) =>
      bed.create({ TrainingJobName: name, ...resources({ InstanceCount: 2 }), ...change })
    expect(one("a")).toBeNull()
    expect(one("b")).toMatchObject({
      name: "ResourceLimitExceeded",
      message: expect.stringContaining(
        "The account-level service limit 'ml.m5.large for training job usage' is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances.",
      ),
    })
    const waits = { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 }
    expect(one("c", spot(waits))?.message).toContain(
      "'ml.m5.large for spot training job usage' is 1 Instances, with current utilization of 0 Instances and a request delta of 2 Instances",
    )
    // The first has ended by then.
    expect(bed.call("CreateTrainingJob", aRequest({ TrainingJobName: "b" }), 999).ok).toBe(true)
  })

  test("counts a type of several groups once, with their sum", () => {
    const bed = new TrainingBed({ world: { quota: () => 3 } })
    const group = (InstanceGroupName: string) => ({ InstanceGroupName, InstanceType: "ml.m5.large", InstanceCount: 2 })
    const fault = bed.create({ ResourceConfig: { VolumeSizeInGB: 1, InstanceGroups: [group("a"), group("b")] } })
    expect(fault?.message).toContain("a request delta of 4 Instances")
  })
})

describe("tags", () => {
  const arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/row-1"

  test("are listed by ARN, added, and overwritten by key", () => {
    const bed = new TrainingBed()
    bed.create({
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    })
    bed.call("AddTags", { ResourceArn: arn, Tags: [{ Key: "a", Value: "3" }] })
    expect(bed.call("ListTags", { ResourceArn: arn })).toEqual({
      ok: true,
      output: {
        Tags: [
          { Key: "b", Value: "2" },
          { Key: "a", Value: "3" },
        ],
      },
    })
    expect(bed.call("ListTags", { ResourceArn: arn }, 0, "us-west-2").ok).toBe(false)
    expect(bed.call("ListTags", { ResourceArn: `${arn}2` }).ok).toBe(false)
  })
})
