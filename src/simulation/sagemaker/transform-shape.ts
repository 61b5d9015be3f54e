// Limits of CreateModel, CreateTransformJob and their companions, member by member, as the service's own model states them.
import { KNOWN_INSTANCE_TYPES } from "../../core/manifest/instance-types.ts"
import { list, oneOf, type RequestShape, structure, text, whole } from "../request-shape.ts"
import { ROLE_ARN, TAGS } from "./create-shape.ts"

const name = text({ least: 1, most: 63, pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}" })
const modelName = text({ least: 1, most: 63, pattern: "[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?" })
const uri = text({ most: 1024, pattern: "(https|s3)://([^/]+)/?(.*)" })
const mime = text({ most: 256, pattern: ".*" })
const filter = text({ most: 63, pattern: ".*" })
const environmentKey = text({ most: 1024, pattern: "[a-zA-Z_][a-zA-Z0-9_]*" })

const container = structure({
  Image: text({ most: 255, pattern: "[\\S]+" }),
  ModelDataUrl: uri,
  Mode: oneOf("SingleModel", "MultiModel"),
  ContainerHostname: text({ most: 63 }),
  Environment: {
    kind: "map",
    key: environmentKey,
    value: text({ most: 1024, pattern: "[\\S\\s]*" }),
    most: 100,
  },
})

export const CREATE_MODEL_SHAPE: RequestShape = structure(
  {
    ModelName: modelName,
    PrimaryContainer: container,
    Containers: list(container, 0, 15),
    ExecutionRoleArn: ROLE_ARN,
    Tags: TAGS,
  },
  "ModelName",
)

export const MODEL_NAMED_SHAPE: RequestShape = structure({ ModelName: modelName }, "ModelName")

export const CREATE_TRANSFORM_SHAPE: RequestShape = structure(
  {
    TransformJobName: name,
    ModelName: modelName,
    MaxConcurrentTransforms: whole(0),
    MaxPayloadInMB: whole(0),
    BatchStrategy: oneOf("MultiRecord", "SingleRecord"),
    ModelClientConfig: structure({ InvocationsTimeoutInSeconds: whole(1, 3600), InvocationsMaxRetries: whole(0, 3) }),
    Environment: {
      kind: "map",
      key: environmentKey,
      value: text({ most: 10_240, pattern: "[\\S\\s]*" }),
      most: 16,
    },
    TransformInput: structure(
      {
        DataSource: structure(
          {
            S3DataSource: structure(
              { S3DataType: oneOf("ManifestFile", "S3Prefix"), S3Uri: uri },
              "S3DataType",
              "S3Uri",
            ),
          },
          "S3DataSource",
        ),
        ContentType: mime,
        CompressionType: oneOf("None", "Gzip"),
        SplitType: oneOf("None", "Line", "RecordIO", "TFRecord"),
      },
      "DataSource",
    ),
    TransformOutput: structure(
      { S3OutputPath: uri, Accept: mime, AssembleWith: oneOf("None", "Line"), KmsKeyId: text({ most: 2048 }) },
      "S3OutputPath",
    ),
    TransformResources: structure(
      { InstanceType: oneOf(...KNOWN_INSTANCE_TYPES), InstanceCount: whole(1) },
      "InstanceType",
      "InstanceCount",
    ),
    DataProcessing: structure({ InputFilter: filter, OutputFilter: filter, JoinSource: oneOf("Input", "None") }),
    Tags: TAGS,
  },
  "TransformJobName",
  "ModelName",
  "TransformInput",
  "TransformOutput",
  "TransformResources",
)

export const TRANSFORM_NAMED_SHAPE: RequestShape = structure({ TransformJobName: name }, "TransformJobName")
