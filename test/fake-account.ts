import { RegattaError } from "../src/core/errors.ts"
import type { Uri } from "../src/core/ids.ts"
import { placeKey } from "../src/core/job/place.ts"
import type { AccountPorts } from "../src/ports/account-ports.ts"
import type { Caller } from "../src/ports/caller.ts"
import type { QueueFinding } from "../src/ports/queue-check.ts"
import type { Quota } from "../src/ports/quota-book.ts"

/** An account in memory, where everything is as rows need it until a test says otherwise; an error in place of an answer is thrown. */
export class FakeAccount implements AccountPorts {
  who: Caller | RegattaError = { account: "123456789012", name: "arn:aws:iam::123456789012:user/ada" }
  readonly closedRegions = new Set<string>()
  /** By key of a place; a place that is missing has a quota of 100. */
  readonly quotaOf = new Map<string, Quota | null | RegattaError>()
  /** By `region/type`; missing: no price. */
  readonly priceOf = new Map<string, number | RegattaError>()
  /** By image; missing: `sha256:same`. */
  readonly digestOf = new Map<string, string | null | RegattaError>()
  /** By bucket; missing: the region that its name ends in, else us-east-1. */
  readonly regionOf = new Map<string, string | null | RegattaError>()
  /** Number of objects by URI; missing: 3. */
  readonly objectsAt = new Map<string, number>()
  trustsRole: boolean | null | RegattaError = true
  passesRole: boolean | RegattaError = true
  offset: number | null = 0
  queue: readonly QueueFinding[] | RegattaError = []
  /** Every question, in order. */
  readonly asked: string[] = []

  async caller(): Promise<Caller> {
    return this.#answer("caller", this.who)
  }

  async regions() {
    return {
      isEnabled: async (region: string) => this.#answer(`region ${region}`, !this.closedRegions.has(region)),
      clockOffset: async (region: string) => this.#answer(`clock ${region}`, this.offset),
    }
  }

  async quotas() {
    return {
      quota: async (place: Parameters<typeof placeKey>[0]) => {
        const key = placeKey(place)
        const usual = { name: `${place.instanceType} for training job usage`, code: "L-1", limit: 100 }
        return this.#answer(`quota ${key}`, this.quotaOf.has(key) ? (this.quotaOf.get(key) ?? null) : usual)
      },
    }
  }

  async prices() {
    return {
      price: async ({ region, instanceType }: { readonly region: string; readonly instanceType: string }) =>
        this.#answer(`price ${region}/${instanceType}`, this.priceOf.get(`${region}/${instanceType}`) ?? null),
    }
  }

  async images() {
    return {
      digest: async (image: string) =>
        this.#answer(`image ${image}`, this.digestOf.has(image) ? (this.digestOf.get(image) ?? null) : "sha256:same"),
    }
  }

  async roles() {
    return {
      trusts: async (role: string) => this.#answer(`role ${role}`, this.trustsRole),
      mayPass: async (caller: string, role: string) => this.#answer(`pass ${role} by ${caller}`, this.passesRole),
    }
  }

  async buckets() {
    return {
      bucketRegion: async (bucket: string) => this.#answer(`bucket ${bucket}`, this.#regionOf(bucket)),
      stat: async () => null,
      list: (uri: Uri) => this.#list(uri),
    }
  }

  async queueCheck() {
    return { look: async () => this.#answer("queue", this.queue) }
  }

  #regionOf(bucket: string): string | null | RegattaError {
    if (this.regionOf.has(bucket)) return this.regionOf.get(bucket) ?? null
    return /([a-z]{2}-[a-z]+-\d)(?:-\d{12})?$/.exec(bucket)?.[1] ?? "us-east-1"
  }

  async *#list(uri: Uri) {
    this.asked.push(`list ${uri}`)
    const count = this.objectsAt.get(uri) ?? 3
    for (let at = 0; at < count; at += 1) yield { uri: `${uri}${at}` as Uri, bytes: 1, etag: `e${at}` }
  }

  #answer<T>(question: string, value: T | RegattaError): T {
    this.asked.push(question)
    if (value instanceof RegattaError) throw value
    return value
  }
}
