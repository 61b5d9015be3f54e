import { createHash } from "node:crypto"
import type { Instant } from "../../core/ids.ts"
import { KNOWN_INSTANCE_TYPES } from "../../core/manifest/instance-types.ts"
import { KNOWN_REGIONS } from "../../core/manifest/regions.ts"
import { list, oneOf, structure, text, whole } from "../request-shape.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import type { ModelledWorld } from "./modelled-world.ts"
import { pageOf } from "./page-of.ts"

/** The service answers in these regions only, for the prices of all. */
export const PRICING_REGIONS: readonly string[] = ["us-east-1", "eu-central-1", "ap-south-1"]

const SHAPE = structure(
  {
    ServiceCode: text(),
    Filters: list(
      structure(
        { Type: oneOf("TERM_MATCH"), Field: text({ least: 1, most: 1024 }), Value: text({ least: 1, most: 1024 }) },
        "Type",
        "Field",
        "Value",
      ),
      0,
      50,
    ),
    FormatVersion: text({ least: 1, most: 32 }),
    NextToken: text(),
    MaxResults: whole(1, 100),
  },
  "ServiceCode",
)

/** The terms of the public price list: on demand, priced by the hour. */
const ON_DEMAND = "JRTCKXETXF"
const HOURLY = "6YS6EN2CT7"

interface Product {
  readonly attributes: Readonly<Record<string, string>>
  readonly usd: number
}

/** Price List: training by region and type. Each type is sold for endpoints too, dearer, as a search without `component` finds. */
export class PricingModel implements ServiceModel {
  readonly #world: ModelledWorld
  #known: readonly Product[] | null = null

  constructor(world: ModelledWorld) {
    this.#world = world
  }

  handle({ region, operation, input }: ServiceRequest, _now: Instant): ServiceAnswer {
    return answered(() => {
      if (!PRICING_REGIONS.includes(region))
        throw new Refusal("InvalidEndpoint", `the Price List has no endpoint in ${region}`, 404)
      if (operation !== "GetProducts") throw unknownOperation(operation)
      checkShape(SHAPE, input, "InvalidParameterException")
      if (input["ServiceCode"] !== "AmazonSageMaker")
        throw new Refusal("NotFoundException", `the emulator has no prices of ${String(input["ServiceCode"])}`)
      const filters = (input["Filters"] ?? []) as readonly { readonly Field: string; readonly Value: string }[]
      const found = this.#products().filter(({ attributes }) =>
        filters.every(({ Field, Value }) => attributes[Field]?.toLowerCase() === Value.toLowerCase()),
      )
      const { items, next } = pageOf(found, input["NextToken"], input["MaxResults"], 100, "InvalidNextTokenException")
      return {
        FormatVersion: "aws_v1",
        PriceList: items.map(priceListEntry),
        ...(next === null ? {} : { NextToken: next }),
      }
    })
  }

  #products(): readonly Product[] {
    const { prices = {}, regions = {} } = this.#world.world
    const places = prices["all"] === undefined ? Object.keys(prices) : [...KNOWN_REGIONS, ...Object.keys(regions)]
    this.#known ??= [...new Set(places)].flatMap((region) =>
      [...KNOWN_INSTANCE_TYPES].flatMap((type) => {
        const usd = this.#world.price(region, type)
        if (usd === null) return []
        return [product(region, type, "Hosting", usd * 1.2), product(region, type, "Training", usd)]
      }),
    )
    return this.#known
  }
}

const USAGE: Readonly<Record<string, string>> = { Training: "Train", Hosting: "Host" }

function product(region: string, type: string, component: "Training" | "Hosting", usd: number): Product {
  return {
    usd,
    attributes: {
      servicecode: "AmazonSageMaker",
      servicename: "Amazon SageMaker",
      productFamily: "ML Instance",
      instanceName: type,
      instanceType: `${type}-${component}`,
      regionCode: region,
      location: region,
      locationType: "AWS Region",
      component,
      operation: "RunInstance",
      usagetype: `${region}-${USAGE[component]}:${type}`,
    },
  }
}

/** One entry as the service writes it: JSON in a text. */
function priceListEntry({ attributes, usd }: Product): string {
  const { productFamily, ...rest } = attributes
  const sku = createHash("sha256").update(`${rest["usagetype"]}`).digest("hex").slice(0, 16).toUpperCase()
  const offer = `${sku}.${ON_DEMAND}`
  const rateCode = `${offer}.${HOURLY}`
  return JSON.stringify({
    product: { productFamily, attributes: rest, sku },
    serviceCode: "AmazonSageMaker",
    terms: {
      OnDemand: {
        [offer]: {
          priceDimensions: {
            [rateCode]: {
              unit: "Hrs",
              endRange: "Inf",
              description: `$${usd} per ${rest["component"]} ${rest["instanceName"]} hour in ${rest["regionCode"]}`,
              appliesTo: [],
              rateCode,
              beginRange: "0",
              pricePerUnit: { USD: usd.toFixed(10) },
            },
          },
          sku,
          effectiveDate: "2026-01-01T00:00:00Z",
          offerTermCode: ON_DEMAND,
          termAttributes: {},
        },
      },
    },
    version: "20260101000000",
    publicationDate: "2026-01-01T00:00:00Z",
  })
}
