// On-demand prices of training and hosting instances by AWS's Price List, kept for a day: they change seldom and each costs a request.
// A product that is not exactly one price of the use is no price: training, hosting and processing have prices of their own.
import { GetProductsCommand, type PricingClient } from "@aws-sdk/client-pricing"
import type { Place } from "../../../core/job/place.ts"
import type { MachineUse, PriceBook } from "../../../ports/price-book.ts"
import { awsError } from "../../aws/aws-error.ts"
import type { PriceCache } from "./price-cache.ts"

const SERVICE = "AmazonSageMaker"
const COMPONENTS: Readonly<Record<MachineUse, string>> = { training: "Training", hosting: "Hosting" }

/** Reading repeats safely; retries and time limits are the client's. A price is asked for once per process and day. */
export class PriceListBook implements PriceBook {
  readonly #client: (region: string) => PricingClient
  readonly #cache: PriceCache
  readonly #asked = new Map<string, Promise<number | null>>()

  constructor(client: (region: string) => PricingClient, cache: PriceCache) {
    this.#client = client
    this.#cache = cache
  }

  price(place: Pick<Place, "region" | "instanceType">, use: MachineUse = "training"): Promise<number | null> {
    const key = `${place.region}/${place.instanceType}${use === "training" ? "" : `/${use}`}`
    const before = this.#asked.get(key)
    if (before !== undefined) return before
    const asked = this.#find(key, place, use)
    this.#asked.set(key, asked)
    asked.catch(() => this.#asked.delete(key))
    return asked
  }

  async #find(key: string, place: Pick<Place, "region" | "instanceType">, use: MachineUse): Promise<number | null> {
    const kept = await this.#cache.read(key)
    if (kept !== undefined) return kept
    const price = await this.#ask(place, use)
    await this.#cache.write(key, price)
    return price
  }

  async #ask(
    { region, instanceType }: Pick<Place, "region" | "instanceType">,
    use: MachineUse,
  ): Promise<number | null> {
    const match = (Field: string, Value: string) => ({ Type: "TERM_MATCH" as const, Field, Value })
    const asked = {
      ServiceCode: SERVICE,
      Filters: [match("regionCode", region), match("instanceName", instanceType), match("component", COMPONENTS[use])],
      MaxResults: 100,
    }
    const products: string[] = []
    let token: string | undefined
    try {
      // A page may be empty while more follow.
      do {
        const page = await this.#client(priceRegion(region)).send(
          new GetProductsCommand({ ...asked, ...(token === undefined ? {} : { NextToken: token }) }),
        )
        products.push(...(page.PriceList ?? []).map(String))
        token = page.NextToken
      } while (token !== undefined)
      return onlyPrice(products)
    } catch (error) {
      throw awsError(error, `look up the price of ${instanceType} in ${region}`, { region })
    }
  }
}

/** The Price List is served from three regions (source: AWS Price List Query API, endpoints); the nearest is asked. */
export function priceRegion(region: string): string {
  if (region.startsWith("ap-")) return "ap-south-1"
  return region.startsWith("eu-") ? "eu-central-1" : "us-east-1"
}

/** The price that all products name; null: none, or several that differ. */
export function onlyPrice(products: readonly string[]): number | null {
  const prices = new Set(products.flatMap(pricesOf))
  const [price] = prices
  return prices.size === 1 && price !== undefined ? price : null
}

function pricesOf(product: string): readonly number[] {
  const terms = member(member(parse(product), "terms"), "OnDemand")
  return members(terms)
    .flatMap((term) => members(member(term, "priceDimensions")))
    .flatMap((dimension) => {
      const text = member(member(dimension, "pricePerUnit"), "USD")
      const price = typeof text === "string" ? Number(text) : Number.NaN
      // A reservation's or a free tier's line costs nothing and is no price.
      return price > 0 ? [price] : []
    })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function member(at: unknown, key: string): unknown {
  return typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined
}

function members(at: unknown): readonly unknown[] {
  return typeof at === "object" && at !== null ? Object.values(at) : []
}
