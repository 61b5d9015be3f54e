// Endpoints and their configurations in all regions of one account: made, seen, listed, asked and deleted.
// It serves nothing: a stated stand-in answers every record. It refuses to change an endpoint.
import type { Instant } from "../../core/ids.ts"
import { partitionOf } from "../../core/manifest/regions.ts"
import { checkShape, instantOf, Refusal, seconds } from "../service-answers.ts"
import type { ModelledObjects } from "../service-model.ts"
import { type EndpointCourse, STAND_IN_PREDICTION, USUAL_COURSE } from "./endpoint-course.ts"
import {
  CONFIG_NAMED_SHAPE,
  CREATE_CONFIG_SHAPE,
  CREATE_ENDPOINT_SHAPE,
  ENDPOINT_NAMED_SHAPE,
  LIST_ENDPOINTS_SHAPE,
} from "./endpoint-shape.ts"
import type { ModelRequest } from "./models-and-transforms.ts"
import { standInAnswer } from "./stand-in-answer.ts"
import type { RequestedTag } from "./training-request.ts"
import type { TrainingWorld } from "./training-world.ts"
import { artifactProblem } from "./transform-output.ts"

type Output = Readonly<Record<string, unknown>>

interface Variant {
  readonly VariantName: string
  readonly ModelName?: string
  readonly InstanceType?: string
  readonly InitialInstanceCount?: number
  readonly InitialVariantWeight?: number
}

interface Config {
  readonly request: {
    readonly EndpointConfigName: string
    readonly ProductionVariants: readonly Variant[]
    readonly Tags?: readonly RequestedTag[]
  }
  readonly createdAt: Instant
}

interface Endpoint {
  readonly region: string
  readonly name: string
  readonly config: string
  readonly variants: readonly Variant[]
  readonly tags: readonly RequestedTag[]
  readonly course: EndpointCourse
  readonly createdAt: Instant
  changedAt: Instant
  status: "Creating" | "InService" | "Failed" | "Deleting"
  /** When the status changes by itself; null: never. */
  due: Instant | null
  reason: string | null
  /** Requests that named no variant: they go round by weight. */
  answered: number
}

/** Refused words of DeleteEndpoint and its kin while one is being made or deleted. */
const IN_PROGRESS = "Cannot update in-progress endpoint"

export class Endpoints {
  readonly #world: TrainingWorld
  readonly #objects: ModelledObjects
  readonly #modelOf: (region: string, name: string) => ModelRequest | null
  readonly #configs = new Map<string, Config>()
  readonly #endpoints = new Map<string, Endpoint>()

  constructor(
    world: TrainingWorld,
    objects: ModelledObjects,
    modelOf: (region: string, name: string) => ModelRequest | null,
  ) {
    this.#world = world
    this.#objects = objects
    this.#modelOf = modelOf
  }

  /** null: it is no operation of endpoints. */
  handle(region: string, operation: string, input: Output, now: Instant): Output | null {
    switch (operation) {
      case "CreateEndpointConfig":
        return this.#createConfig(region, input, now)
      case "DescribeEndpointConfig":
        return this.#describeConfig(region, input)
      case "DeleteEndpointConfig":
        return this.#deleteConfig(region, input)
      case "CreateEndpoint":
        return this.#create(region, input, now)
      case "DescribeEndpoint":
        return this.#describe(this.#named(region, input))
      case "DeleteEndpoint":
        return this.#delete(region, input, now)
      case "ListEndpoints":
        return this.#list(region, input)
      case "InvokeEndpoint":
        return this.#invoke(region, input)
      default:
        return null
    }
  }

  due(): Instant | null {
    let first: Instant | null = null
    for (const { due } of this.#endpoints.values())
      if (due !== null) first = first === null ? due : Math.min(first, due)
    return first
  }

  settle(now: Instant): void {
    for (const [key, endpoint] of this.#endpoints) {
      if (endpoint.due === null || endpoint.due > now) continue
      if (endpoint.status === "Deleting") this.#endpoints.delete(key)
      else this.#created(endpoint, endpoint.due)
    }
  }

  /** null: the ARN is none of an endpoint or a configuration here. */
  tags(region: string, arn: string): readonly RequestedTag[] | null {
    for (const endpoint of this.#endpoints.values())
      if (endpoint.region === region && this.#arn(region, "endpoint", endpoint.name) === arn.toLowerCase())
        return endpoint.tags
    for (const [key, { request }] of this.#configs)
      if (key.startsWith(`${region} `) && this.#arn(region, "endpoint-config", request.EndpointConfigName) === arn)
        return request.Tags ?? []
    return null
  }

  #createConfig(region: string, input: Output, now: Instant): Output {
    checkShape(CREATE_CONFIG_SHAPE, input)
    const request = input as unknown as Config["request"]
    const { EndpointConfigName: name, ProductionVariants: variants } = request
    const arn = this.#arn(region, "endpoint-config", name)
    const key = `${region} ${name}`
    if (this.#configs.has(key)) throw refused(`Cannot create already existing endpoint configuration "${arn}".`)
    for (const { ModelName = "" } of variants) {
      if (this.#modelOf(region, ModelName) === null)
        throw refused(`Could not find model "${this.#arn(region, "model", ModelName)}".`)
    }
    this.#configs.set(key, { request, createdAt: now })
    return { EndpointConfigArn: arn }
  }

  #describeConfig(region: string, input: Output): Output {
    checkShape(CONFIG_NAMED_SHAPE, input)
    const name = String(input["EndpointConfigName"])
    const { request, createdAt } = this.#configNamed(region, name)
    const { Tags: _, ...rest } = request
    return { ...rest, EndpointConfigArn: this.#arn(region, "endpoint-config", name), CreationTime: seconds(createdAt) }
  }

  #deleteConfig(region: string, input: Output): Output {
    checkShape(CONFIG_NAMED_SHAPE, input)
    const name = String(input["EndpointConfigName"])
    this.#configNamed(region, name)
    this.#configs.delete(`${region} ${name}`)
    return {}
  }

  #create(region: string, input: Output, now: Instant): Output {
    checkShape(CREATE_ENDPOINT_SHAPE, input)
    const name = String(input["EndpointName"])
    const arn = this.#arn(region, "endpoint", name)
    const key = `${region} ${name}`
    if (this.#endpoints.has(key)) throw refused(`Cannot create already existing endpoint "${arn}".`)
    const config = String(input["EndpointConfigName"])
    const variants = this.#configNamed(region, config).request.ProductionVariants
    for (const { InstanceType = "" } of variants) {
      if (this.#world.offers(region, InstanceType)) continue
      throw new Refusal(
        "ResourceLimitExceeded",
        `The account-level service limit '${InstanceType} for endpoint usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota.`,
      )
    }
    const models = variants.map(({ ModelName = "" }) => ModelName)
    const course = this.#world.endpointCourseOf?.(region, name, models) ?? USUAL_COURSE
    this.#endpoints.set(key, {
      region,
      name,
      config,
      variants,
      tags: (input["Tags"] ?? []) as readonly RequestedTag[],
      course,
      createdAt: now,
      changedAt: now,
      status: "Creating",
      due: now + course.creatingSeconds * 1000,
      reason: null,
      answered: 0,
    })
    return { EndpointArn: arn }
  }

  #created(endpoint: Endpoint, at: Instant): void {
    endpoint.reason = this.#failureOf(endpoint)
    endpoint.status = endpoint.reason === null ? "InService" : "Failed"
    endpoint.changedAt = at
    endpoint.due = null
  }

  /** null: it comes into service. */
  #failureOf({ region, variants, course }: Endpoint): string | null {
    if (course.end !== "in_service") return course.reason
    for (const { ModelName = "" } of variants) {
      const model = this.#modelOf(region, ModelName)
      if (model === null) return `Could not find model "${this.#arn(region, "model", ModelName)}".`
      const { Image = "" } = model.PrimaryContainer
      if (!this.#world.hasImage(Image)) return `The image '${Image}' does not exist.`
      const problem = artifactProblem(model, this.#objects)
      if (problem !== null) return problem
    }
    return null
  }

  #delete(region: string, input: Output, now: Instant): Output {
    const endpoint = this.#named(region, input)
    if (endpoint.status === "Creating" || endpoint.status === "Deleting")
      throw refused(`${IN_PROGRESS} "${this.#arn(region, "endpoint", endpoint.name)}".`)
    endpoint.status = "Deleting"
    endpoint.changedAt = now
    endpoint.due = now + endpoint.course.deletingSeconds * 1000
    return {}
  }

  #describe(endpoint: Endpoint): Output {
    const { region, name, config, variants, createdAt, changedAt, status, reason } = endpoint
    return {
      EndpointName: name,
      EndpointArn: this.#arn(region, "endpoint", name),
      EndpointConfigName: config,
      EndpointStatus: status,
      CreationTime: seconds(createdAt),
      LastModifiedTime: seconds(changedAt),
      ...(reason === null ? {} : { FailureReason: reason }),
      // Told only once there are machines.
      ...(status === "InService" ? { ProductionVariants: variants.map(variantSummary) } : {}),
    }
  }

  #list(region: string, input: Output): Output {
    checkShape(LIST_ENDPOINTS_SHAPE, input)
    const { NameContains, StatusEquals, NextToken, MaxResults = 10, SortBy = "CreationTime", SortOrder } = input
    const [after, before] = [instantOf(input["CreationTimeAfter"]), instantOf(input["CreationTimeBefore"])]
    const direction = SortOrder === "Ascending" ? 1 : -1
    const key = (each: Endpoint) =>
      SortBy === "Name" ? each.name : SortBy === "Status" ? each.status : String(each.createdAt).padStart(16, "0")
    const found = [...this.#endpoints.values()]
      .filter((each) => each.region === region)
      .filter(({ name }) => NameContains === undefined || name.includes(String(NameContains)))
      .filter(({ status }) => StatusEquals === undefined || status === StatusEquals)
      .filter(({ createdAt }) => (after === null || createdAt > after) && (before === null || createdAt < before))
      .toSorted((one, other) => (key(one) < key(other) ? -direction : direction))
    const from = typeof NextToken === "string" ? Number(NextToken) || 0 : 0
    const page = found.slice(from, from + Number(MaxResults))
    return {
      Endpoints: page.map(({ name, createdAt, changedAt, status }) => ({
        EndpointName: name,
        EndpointArn: this.#arn(region, "endpoint", name),
        CreationTime: seconds(createdAt),
        LastModifiedTime: seconds(changedAt),
        EndpointStatus: status,
      })),
      ...(from + page.length < found.length ? { NextToken: String(from + page.length) } : {}),
    }
  }

  /** Of the runtime, a service of its own: `Body` comes as bytes and goes as a text. */
  #invoke(region: string, input: Output): Output {
    const name = String(input["EndpointName"])
    const endpoint = this.#endpoints.get(`${region} ${name}`)
    if (endpoint?.status !== "InService")
      throw new Refusal("ValidationError", `Endpoint ${name} of account ${this.#world.account} not found.`)
    const wanted = input["TargetVariant"]
    const variant =
      wanted === undefined
        ? byWeight(endpoint)
        : endpoint.variants.find(({ VariantName }) => VariantName === String(wanted))
    if (variant === undefined) throw new Refusal("ValidationError", `Variant ${String(wanted)} does not exist.`)
    endpoint.answered += wanted === undefined ? 1 : 0
    const prediction = this.#world.predictionOf?.(region, name, variant.ModelName ?? "") ?? STAND_IN_PREDICTION
    const body = input["Body"] instanceof Uint8Array ? input["Body"] : new Uint8Array()
    const { contentType, body: answer } = standInAnswer(prediction, body, String(input["Accept"] ?? ""))
    return { Body: answer, ContentType: contentType, InvokedProductionVariant: variant.VariantName }
  }

  #configNamed(region: string, name: string): Config {
    const known = this.#configs.get(`${region} ${name}`)
    if (known !== undefined) return known
    throw refused(`Could not find endpoint configuration "${this.#arn(region, "endpoint-config", name)}".`)
  }

  #named(region: string, input: Output): Endpoint {
    checkShape(ENDPOINT_NAMED_SHAPE, input)
    const name = String(input["EndpointName"])
    const known = this.#endpoints.get(`${region} ${name}`)
    if (known !== undefined) return known
    throw refused(`Could not find endpoint "${this.#arn(region, "endpoint", name)}".`)
  }

  #arn(region: string, kind: string, name: string): string {
    return `arn:${partitionOf(region)}:sagemaker:${region}:${this.#world.account}:${kind}/${name.toLowerCase()}`
  }
}

function variantSummary({ VariantName, InitialInstanceCount = 1, InitialVariantWeight = 1 }: Variant): Output {
  return {
    VariantName,
    CurrentWeight: InitialVariantWeight,
    DesiredWeight: InitialVariantWeight,
    CurrentInstanceCount: InitialInstanceCount,
    DesiredInstanceCount: InitialInstanceCount,
  }
}

/** In turn, each as often as its weight asks: chance would make two runs of one test differ. */
function byWeight({ variants, answered }: Endpoint): Variant | undefined {
  const weights = variants.map(({ InitialVariantWeight = 1 }) => InitialVariantWeight)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let at = ((answered * 0.618_033_988_75) % 1) * total
  return variants.find((_, index) => {
    at -= weights[index] ?? 0
    return at < 0
  })
}

function refused(message: string): Refusal {
  return new Refusal("ValidationException", message)
}
