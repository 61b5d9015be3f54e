import { createHash } from "node:crypto"
import { KNOWN_INSTANCE_TYPES } from "../../core/manifest/instance-types.ts"
import { partitionOf } from "../../core/manifest/regions.ts"
import { list, type RequestShape, structure, text, whole } from "../request-shape.ts"
import { quotaName } from "../sagemaker/quota-check.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import type { ModelledWorld } from "./modelled-world.ts"
import { pageOf } from "./page-of.ts"

type Output = Readonly<Record<string, unknown>>

const serviceCode = text({ least: 1, most: 63, pattern: "[a-zA-Z][a-zA-Z0-9-]{1,63}" })
const quotaCode = text({ least: 1, most: 128, pattern: "[a-zA-Z][a-zA-Z0-9-]{1,128}" })
const listing = structure({ ServiceCode: serviceCode, NextToken: text(), MaxResults: whole(1, 100) }, "ServiceCode")
const one = structure({ ServiceCode: serviceCode, QuotaCode: quotaCode }, "ServiceCode", "QuotaCode")

const SHAPES: Readonly<Record<string, RequestShape>> = {
  ListServiceQuotas: listing,
  ListAWSDefaultServiceQuotas: listing,
  GetServiceQuota: one,
  GetAWSDefaultServiceQuota: one,
  ListServices: structure({ NextToken: text(), MaxResults: whole(1, 100), Names: list(text()) }),
}

interface Quota {
  readonly name: string
  readonly code: string
  readonly type: string
  readonly isSpot: boolean
}

/** All quotas of training, by type; codes are the emulator's own: only names are to be relied on. */
const QUOTAS: readonly Quota[] = [...KNOWN_INSTANCE_TYPES].flatMap((type) =>
  [false, true].map((isSpot) => {
    const name = quotaName(type, isSpot)
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 8).toUpperCase()
    return { name, code: `L-${hash}`, type, isSpot }
  }),
)

/** Service Quotas of SageMaker: applied values are those of the world file, and every quota has its default. */
export class QuotasModel implements ServiceModel {
  readonly #world: ModelledWorld

  constructor(world: ModelledWorld) {
    this.#world = world
  }

  handle({ region, operation, input }: ServiceRequest): ServiceAnswer {
    return answered(() => {
      const shape = SHAPES[operation]
      if (shape === undefined) throw unknownOperation(operation)
      checkShape(shape, input, "IllegalArgumentException")
      if (operation === "ListServices") {
        return { Services: [{ ServiceCode: "sagemaker", ServiceName: "Amazon SageMaker" }] }
      }
      if (input["ServiceCode"] !== "sagemaker")
        throw new Refusal("NoSuchResourceException", "The request failed because the specified service does not exist.")
      return this.#operation(region, operation, input)
    })
  }

  #operation(region: string, operation: string, input: Output): Output {
    const isDefault = operation.includes("AWSDefault")
    const amountOf = ({ type, isSpot }: Quota) =>
      isDefault ? this.#world.defaultQuota : this.#world.appliedQuota(region, type, isSpot)
    const shown = (quota: Quota, value: number) => this.#shown(region, quota, value)
    if (operation.startsWith("Get")) {
      const quota = QUOTAS.find(({ code }) => code === input["QuotaCode"])
      const value = quota === undefined ? null : amountOf(quota)
      if (quota === undefined || value === null)
        throw new Refusal("NoSuchResourceException", "The request failed because the specified quota does not exist.")
      return { Quota: shown(quota, value) }
    }
    // What has no applied value is not listed among the applied ones.
    const known = QUOTAS.flatMap((quota) => {
      const value = amountOf(quota)
      return value === null ? [] : [shown(quota, value)]
    })
    const { items, next } = pageOf(known, input["NextToken"], input["MaxResults"], 100)
    return { Quotas: items, ...(next === null ? {} : { NextToken: next }) }
  }

  #shown(region: string, { name, code }: Quota, value: number): Output {
    const account = this.#world.account
    return {
      ServiceCode: "sagemaker",
      ServiceName: "Amazon SageMaker",
      QuotaArn: `arn:${partitionOf(region)}:servicequotas:${region}:${account}:sagemaker/${code}`,
      QuotaCode: code,
      QuotaName: name,
      Value: value,
      Unit: "None",
      Adjustable: true,
      GlobalQuota: false,
    }
  }
}
