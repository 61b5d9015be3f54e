// Limits of CreateTrainingJob and its companions, member by member, as the service's own model states them.
// Rules between members are in check-request.ts.
import { KNOWN_INSTANCE_TYPES } from "../../core/manifest/instance-types.ts"
import { FLAG, list, oneOf, type RequestShape, structure, TIME, text, whole } from "../request-shape.ts"

export const JOB_NAME_PATTERN = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
const TAG_PATTERN = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"
const S3_PATTERN = "(https|s3)://([^/]+)/?(.*)"

const jobName = text({ least: 1, most: 63, pattern: JOB_NAME_PATTERN })
export const ROLE_ARN = text({
  least: 20,
  most: 2048,
  pattern: "arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
})
const uri = text({ most: 1024, pattern: S3_PATTERN })
const inputMode = oneOf("Pipe", "File", "FastFile")
const kmsKey = text({ most: 2048, pattern: "[a-zA-Z0-9:/_-]*" })
const instanceType = oneOf(...KNOWN_INSTANCE_TYPES)
const groupName = text({ least: 1, most: 64, pattern: ".+" })

export const TAGS = list(
  structure(
    {
      Key: text({ least: 1, most: 128, pattern: TAG_PATTERN }),
      Value: text({ least: 0, most: 256, pattern: TAG_PATTERN }),
    },
    "Key",
    "Value",
  ),
  0,
  50,
)

const channel = structure(
  {
    ChannelName: text({ least: 1, most: 64, pattern: "[A-Za-z0-9\\.\\-_]+" }),
    ContentType: text({ most: 256, pattern: ".*" }),
    CompressionType: oneOf("None", "Gzip"),
    RecordWrapperType: oneOf("None", "RecordIO"),
    InputMode: inputMode,
    ShuffleConfig: structure({ Seed: whole() }, "Seed"),
    DataSource: structure({
      S3DataSource: structure(
        {
          S3DataType: oneOf("ManifestFile", "S3Prefix", "AugmentedManifestFile", "Converse"),
          S3Uri: uri,
          S3DataDistributionType: oneOf("FullyReplicated", "ShardedByS3Key"),
          AttributeNames: list(text({ least: 1, most: 256, pattern: ".+" }), 0, 16),
          InstanceGroupNames: list(groupName, 0, 5),
        },
        "S3DataType",
        "S3Uri",
      ),
      FileSystemDataSource: structure(
        {
          FileSystemId: text({ least: 11, most: 21, pattern: "(fs-[0-9a-f]{8,})" }),
          FileSystemAccessMode: oneOf("rw", "ro"),
          FileSystemType: oneOf("EFS", "FSxLustre"),
          DirectoryPath: text({ most: 4096, pattern: ".*" }),
        },
        "FileSystemId",
        "FileSystemAccessMode",
        "FileSystemType",
        "DirectoryPath",
      ),
    }),
  },
  "ChannelName",
  "DataSource",
)

const containerTexts = list(text({ most: 256, pattern: ".*" }), 1, 100)

const algorithm = structure(
  {
    TrainingImage: text({ most: 255, pattern: ".*" }),
    AlgorithmName: text({
      least: 1,
      most: 170,
      pattern:
        "(arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z\\-]*\\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)",
    }),
    TrainingInputMode: inputMode,
    MetricDefinitions: list(
      structure(
        { Name: text({ least: 1, most: 255, pattern: ".+" }), Regex: text({ least: 1, most: 500, pattern: ".+" }) },
        "Name",
        "Regex",
      ),
      0,
      40,
    ),
    EnableSageMakerMetricsTimeSeries: FLAG,
    ContainerEntrypoint: containerTexts,
    ContainerArguments: containerTexts,
    TrainingImageConfig: structure(
      {
        TrainingRepositoryAccessMode: oneOf("Platform", "Vpc"),
        TrainingRepositoryAuthConfig: structure(
          {
            TrainingRepositoryCredentialsProviderArn: text({
              least: 1,
              most: 2048,
              pattern: "arn:[\\p{Alnum}\\-]+:lambda:[\\p{Alnum}\\-]+:[0-9]{12}:function:.*".replaceAll(
                "\\p{Alnum}",
                "a-zA-Z0-9",
              ),
            }),
          },
          "TrainingRepositoryCredentialsProviderArn",
        ),
      },
      "TrainingRepositoryAccessMode",
    ),
  },
  "TrainingInputMode",
)

const resources = structure({
  InstanceType: instanceType,
  InstanceCount: whole(0),
  VolumeSizeInGB: whole(0),
  VolumeKmsKeyId: kmsKey,
  KeepAlivePeriodInSeconds: whole(0, 21_600),
  InstanceGroups: list(
    structure(
      { InstanceType: instanceType, InstanceCount: whole(0), InstanceGroupName: groupName },
      "InstanceGroupName",
    ),
    0,
    5,
  ),
  TrainingPlanArn: text({
    least: 50,
    most: 2048,
    pattern: "arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:training-plan/.*",
  }),
})

const experimentName = text({ least: 1, most: 120, pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}" })

export const CREATE_SHAPE: RequestShape = structure(
  {
    TrainingJobName: jobName,
    HyperParameters: {
      kind: "map",
      key: text({ most: 256, pattern: ".*" }),
      value: text({ most: 2500, pattern: ".*" }),
      most: 100,
    },
    AlgorithmSpecification: algorithm,
    RoleArn: ROLE_ARN,
    InputDataConfig: list(channel, 1, 20),
    OutputDataConfig: structure(
      { S3OutputPath: uri, KmsKeyId: kmsKey, CompressionType: oneOf("GZIP", "NONE") },
      "S3OutputPath",
    ),
    ResourceConfig: resources,
    VpcConfig: structure(
      {
        SecurityGroupIds: list(text({ most: 32, pattern: "[-0-9a-zA-Z]+" }), 1, 5),
        Subnets: list(text({ most: 32, pattern: "[-0-9a-zA-Z]+" }), 1, 16),
      },
      "SecurityGroupIds",
      "Subnets",
    ),
    StoppingCondition: structure({
      MaxRuntimeInSeconds: whole(1),
      MaxWaitTimeInSeconds: whole(1),
      MaxPendingTimeInSeconds: whole(7200, 2_419_200),
    }),
    Tags: TAGS,
    EnableNetworkIsolation: FLAG,
    EnableInterContainerTrafficEncryption: FLAG,
    EnableManagedSpotTraining: FLAG,
    CheckpointConfig: structure({ S3Uri: uri, LocalPath: text({ most: 4096, pattern: ".*" }) }, "S3Uri"),
    Environment: {
      kind: "map",
      key: text({ most: 512, pattern: "[a-zA-Z_][a-zA-Z0-9_]*" }),
      value: text({ most: 512, pattern: "[\\S\\s]*" }),
      most: 100,
    },
    RetryStrategy: structure({ MaximumRetryAttempts: whole(1, 30) }, "MaximumRetryAttempts"),
    ExperimentConfig: structure({
      ExperimentName: experimentName,
      TrialName: experimentName,
      TrialComponentDisplayName: experimentName,
      RunName: experimentName,
    }),
    InfraCheckConfig: structure({ EnableInfraCheck: FLAG }),
    RemoteDebugConfig: structure({ EnableRemoteDebug: FLAG }),
    SessionChainingConfig: structure({ EnableSessionTagChaining: FLAG }),
  },
  "TrainingJobName",
  "AlgorithmSpecification",
  "RoleArn",
  "OutputDataConfig",
)

export const NAMED_SHAPE: RequestShape = structure({ TrainingJobName: jobName }, "TrainingJobName")

const resourceArn = text({ most: 256, pattern: "arn:.*" })

export const ADD_TAGS_SHAPE: RequestShape = structure({ ResourceArn: resourceArn, Tags: TAGS }, "ResourceArn", "Tags")

const nextToken = text({ most: 8192, pattern: ".*" })

export const LIST_TAGS_SHAPE: RequestShape = structure(
  { ResourceArn: resourceArn, NextToken: nextToken, MaxResults: whole(50) },
  "ResourceArn",
)

export const LIST_SHAPE: RequestShape = structure({
  NextToken: nextToken,
  MaxResults: whole(1, 100),
  CreationTimeAfter: TIME,
  CreationTimeBefore: TIME,
  LastModifiedTimeAfter: TIME,
  LastModifiedTimeBefore: TIME,
  NameContains: text({ most: 63, pattern: "[a-zA-Z0-9\\-]+" }),
  StatusEquals: oneOf("InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"),
  SortBy: oneOf("Name", "CreationTime", "Status"),
  SortOrder: oneOf("Ascending", "Descending"),
  WarmPoolStatusEquals: oneOf("Available", "Terminated", "Reused", "InUse"),
  TrainingPlanArnEquals: text({ least: 50, most: 2048, pattern: "arn:.*" }),
})
