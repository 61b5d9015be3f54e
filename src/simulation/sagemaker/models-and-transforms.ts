// Models and batch transforms of one account: what is created, seen and stopped, and what a transform leaves in storage.
// It computes no prediction: each record gets the same answer. Endpoints stand in a file of their own.
import type { Instant } from "../../core/ids.ts"
import { partitionOf } from "../../core/manifest/regions.ts"
import { checkShape, Refusal, seconds } from "../service-answers.ts"
import type { ModelledObjects } from "../service-model.ts"
import { checkImage, checkRole } from "./check-outside.ts"
import { type RequestedTag, s3Place } from "./training-request.ts"
import type { TrainingWorld } from "./training-world.ts"
import { storePredictions } from "./transform-output.ts"
import {
  CREATE_MODEL_SHAPE,
  CREATE_TRANSFORM_SHAPE,
  MODEL_NAMED_SHAPE,
  TRANSFORM_NAMED_SHAPE,
} from "./transform-shape.ts"

export interface ModelRequest {
  readonly ModelName: string
  readonly PrimaryContainer: { readonly Image?: string; readonly ModelDataUrl?: string }
  readonly ExecutionRoleArn: string
  readonly Tags?: readonly RequestedTag[]
}

export interface TransformRequest {
  readonly TransformJobName: string
  readonly ModelName: string
  readonly MaxConcurrentTransforms?: number
  readonly MaxPayloadInMB?: number
  readonly TransformInput: {
    readonly DataSource: {
      readonly S3DataSource: { readonly S3DataType: "ManifestFile" | "S3Prefix"; readonly S3Uri: string }
    }
    readonly SplitType?: string
  }
  readonly TransformOutput: { readonly S3OutputPath: string; readonly AssembleWith?: string }
  readonly TransformResources: { readonly InstanceType: string }
  readonly DataProcessing?: { readonly OutputFilter?: string; readonly JoinSource?: string }
  readonly Tags?: readonly RequestedTag[]
}

type Output = Readonly<Record<string, unknown>>

interface KnownModel {
  readonly request: ModelRequest
  readonly createdAt: Instant
}

interface KnownTransform {
  readonly region: string
  readonly request: TransformRequest
  readonly model: ModelRequest
  readonly createdAt: Instant
  startsAt: Instant
  endsAt: Instant
  status: "InProgress" | "Stopping" | "Completed" | "Failed" | "Stopped"
  reason: string | null
}

/** Machines, then the records; a stop takes the last of these. */
const STARTING_MS = 60_000
const TRANSFORMING_MS = 60_000
const STOPPING_MS = 10_000

export class ModelsAndTransforms {
  readonly #world: TrainingWorld
  readonly #objects: ModelledObjects
  readonly #models = new Map<string, KnownModel>()
  readonly #transforms = new Map<string, KnownTransform>()
  readonly #live = new Set<KnownTransform>()

  constructor(world: TrainingWorld, objects: ModelledObjects) {
    this.#world = world
    this.#objects = objects
  }

  /** null: it is no operation of models or transforms. */
  handle(region: string, operation: string, input: Output, now: Instant): Output | null {
    switch (operation) {
      case "CreateModel":
        return this.#createModel(region, input, now)
      case "DescribeModel":
        return this.#describeModel(region, input)
      case "DeleteModel":
        return this.#deleteModel(region, input)
      case "CreateTransformJob":
        return this.#createTransform(region, input, now)
      case "DescribeTransformJob":
        return describe(
          this.#named(region, input),
          this.#arn(region, "transform-job", String(input["TransformJobName"])),
        )
      case "StopTransformJob":
        return this.#stop(region, input, now)
      default:
        return null
    }
  }

  /** null: the region has no such model. */
  model(region: string, name: string): ModelRequest | null {
    return this.#models.get(`${region} ${name}`)?.request ?? null
  }

  due(): Instant | null {
    let first: Instant | null = null
    for (const { endsAt } of this.#live) first = first === null ? endsAt : Math.min(first, endsAt)
    return first
  }

  settle(now: Instant): void {
    for (const transform of this.#live) if (transform.endsAt <= now) this.#end(transform)
  }

  #createModel(region: string, input: Output, now: Instant): Output {
    checkShape(CREATE_MODEL_SHAPE, input)
    const request = input as unknown as ModelRequest
    const name = request.ModelName
    const arn = this.#arn(region, "model", name)
    const { Image, ModelDataUrl } = (request.PrimaryContainer ?? {}) as ModelRequest["PrimaryContainer"]
    if (Image === undefined) throw refused("PrimaryContainer with an Image is required")
    if (request.ExecutionRoleArn === undefined) throw refused("ExecutionRoleArn is required")
    if (this.#models.has(`${region} ${name}`)) throw refused(`Cannot create already existing model "${arn}".`)
    checkRole(request.ExecutionRoleArn, this.#world)
    checkImage(region, { image: Image, role: request.ExecutionRoleArn, isVpc: false }, this.#world)
    if (ModelDataUrl !== undefined) this.#checkData(region, ModelDataUrl)
    this.#models.set(`${region} ${name}`, { request, createdAt: now })
    return { ModelArn: arn }
  }

  #deleteModel(region: string, input: Output): Output {
    checkShape(MODEL_NAMED_SHAPE, input)
    const name = String(input["ModelName"])
    if (!this.#models.delete(`${region} ${name}`)) throw notFound(this.#arn(region, "model", name))
    return {}
  }

  #checkData(region: string, uri: string): void {
    const place = s3Place(uri)
    const isThere = place !== null && this.#objects.read(place.bucket, place.key) !== null
    if (isThere && this.#objects.bucketRegion(place.bucket) === region) return
    throw refused(
      `Could not find model data at ${uri}. Please ensure that the role has "s3:GetObject" on it and that its bucket is in ${region}.`,
    )
  }

  #describeModel(region: string, input: Output): Output {
    checkShape(MODEL_NAMED_SHAPE, input)
    const name = String(input["ModelName"])
    const arn = this.#arn(region, "model", name)
    const known = this.#models.get(`${region} ${name}`)
    if (known === undefined) throw notFound(arn)
    const { Tags: _, ...rest } = known.request
    return { ...rest, ModelArn: arn, CreationTime: seconds(known.createdAt), EnableNetworkIsolation: false }
  }

  #createTransform(region: string, input: Output, now: Instant): Output {
    checkShape(CREATE_TRANSFORM_SHAPE, input)
    const request = input as unknown as TransformRequest
    const { TransformJobName: name, ModelName, MaxConcurrentTransforms = 1, MaxPayloadInMB = 6 } = request
    const arn = this.#arn(region, "transform-job", name)
    if (this.#transforms.has(`${region} ${name}`)) {
      throw new Refusal(
        "ResourceInUse",
        `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
      )
    }
    const model = this.#models.get(`${region} ${ModelName}`)?.request
    if (model === undefined) throw refused(`Could not find model "${this.#arn(region, "model", ModelName)}".`)
    if (MaxConcurrentTransforms * MaxPayloadInMB > 100)
      throw refused("MaxConcurrentTransforms * MaxPayloadInMB must not be greater than 100 MB")
    const output = s3Place(request.TransformOutput.S3OutputPath)
    if (this.#objects.bucketRegion(output?.bucket ?? "") !== region)
      throw refused(`The output bucket ${output?.bucket} is not in ${region}`)
    const { InstanceType } = request.TransformResources
    if (!this.#world.offers(region, InstanceType)) {
      throw new Refusal(
        "ResourceLimitExceeded",
        `The requested resource transform-job/${InstanceType} is not available in this region`,
      )
    }
    const startsAt = now + STARTING_MS
    const endsAt = startsAt + TRANSFORMING_MS
    const transform: KnownTransform = {
      region,
      request,
      model,
      createdAt: now,
      startsAt,
      endsAt,
      status: "InProgress",
      reason: null,
    }
    this.#transforms.set(`${region} ${name}`, transform)
    this.#live.add(transform)
    return { TransformJobArn: arn }
  }

  #stop(region: string, input: Output, now: Instant): Output {
    const transform = this.#named(region, input)
    if (transform.status !== "InProgress")
      throw refused(`The request was rejected because the transform job is in status ${transform.status}`)
    transform.status = "Stopping"
    transform.endsAt = now + STOPPING_MS
    return {}
  }

  #end(transform: KnownTransform): void {
    this.#live.delete(transform)
    if (transform.status === "Stopping") {
      transform.status = "Stopped"
      return
    }
    transform.reason = storePredictions(transform.request, transform.model, this.#objects, transform.endsAt)
    transform.status = transform.reason === null ? "Completed" : "Failed"
  }

  #named(region: string, input: Output): KnownTransform {
    checkShape(TRANSFORM_NAMED_SHAPE, input)
    const known = this.#transforms.get(`${region} ${String(input["TransformJobName"])}`)
    if (known === undefined) throw new Refusal("ResourceNotFound", "Requested resource not found.")
    return known
  }

  #arn(region: string, kind: string, name: string): string {
    return `arn:${partitionOf(region)}:sagemaker:${region}:${this.#world.account}:${kind}/${name.toLowerCase()}`
  }
}

function describe({ request, createdAt, startsAt, endsAt, status, reason }: KnownTransform, arn: string): Output {
  const { Tags: _, ...rest } = request
  const hasEnded = status === "Completed" || status === "Failed" || status === "Stopped"
  return {
    ...rest,
    TransformJobArn: arn,
    TransformJobStatus: status,
    CreationTime: seconds(createdAt),
    ...(hasEnded && startsAt <= endsAt ? { TransformStartTime: seconds(startsAt) } : {}),
    ...(hasEnded ? { TransformEndTime: seconds(endsAt) } : {}),
    ...(reason === null ? {} : { FailureReason: reason }),
  }
}

function notFound(modelArn: string): Refusal {
  return refused(`Could not find model "${modelArn}".`)
}

function refused(message: string): Refusal {
  return new Refusal("ValidationException", message)
}
