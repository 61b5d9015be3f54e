// Limits of CreateEndpointConfig, CreateEndpoint, InvokeEndpoint and their companions, as the service's own model states them.
import { list, oneOf, type RequestShape, structure, TIME, text, whole } from "../request-shape.ts"
import { TAGS } from "./create-shape.ts"

const name = text({ least: 1, most: 63, pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}" })
const modelName = text({ least: 1, most: 63, pattern: "[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?" })
/** The types of hosting are others than those of training, and more. */
const instanceType = text({ pattern: "ml\\.[a-z0-9-]+\\.[a-z0-9-]+" })

const variant = structure(
  {
    VariantName: name,
    ModelName: modelName,
    InitialInstanceCount: whole(1),
    InstanceType: instanceType,
    InitialVariantWeight: { kind: "number", isWhole: false, least: 0 },
    VolumeSizeInGB: whole(1, 512),
    ModelDataDownloadTimeoutInSeconds: whole(60, 3600),
    ContainerStartupHealthCheckTimeoutInSeconds: whole(60, 3600),
  },
  "VariantName",
)

export const CREATE_CONFIG_SHAPE: RequestShape = structure(
  { EndpointConfigName: name, ProductionVariants: list(variant, 1, 10), Tags: TAGS },
  "EndpointConfigName",
  "ProductionVariants",
)

export const CONFIG_NAMED_SHAPE: RequestShape = structure({ EndpointConfigName: name }, "EndpointConfigName")

export const CREATE_ENDPOINT_SHAPE: RequestShape = structure(
  { EndpointName: name, EndpointConfigName: name, Tags: TAGS },
  "EndpointName",
  "EndpointConfigName",
)

export const ENDPOINT_NAMED_SHAPE: RequestShape = structure({ EndpointName: name }, "EndpointName")

export const LIST_ENDPOINTS_SHAPE: RequestShape = structure({
  SortBy: oneOf("Name", "CreationTime", "Status"),
  SortOrder: oneOf("Ascending", "Descending"),
  NextToken: text({ most: 8192 }),
  MaxResults: whole(1, 100),
  NameContains: text({ most: 63, pattern: "[a-zA-Z0-9-]+" }),
  CreationTimeAfter: TIME,
  CreationTimeBefore: TIME,
  StatusEquals: text(),
})
