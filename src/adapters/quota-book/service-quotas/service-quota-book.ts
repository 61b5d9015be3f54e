// Quotas of training instances by Service Quotas, found by name: their codes follow no rule and are not written down here.
// It asks for no increase, and does not know how much of a quota is in use.
import {
  ListAWSDefaultServiceQuotasCommand,
  ListServiceQuotasCommand,
  type ServiceQuota,
  type ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas"
import type { Place } from "../../../core/job/place.ts"
import { once } from "../../../core/once.ts"
import type { Quota, QuotaBook } from "../../../ports/quota-book.ts"
import { awsError } from "../../aws/aws-error.ts"

const SERVICE = "sagemaker"
const PAGE = 100

type Listing = ReadonlyMap<string, Quota>

/** Reading repeats safely; retries and time limits are the client's. Each region is listed once, and its defaults only where a name is missing. */
export class ServiceQuotaBook implements QuotaBook {
  readonly #client: (region: string) => ServiceQuotasClient
  readonly #applied = new Map<string, Promise<Listing>>()
  readonly #defaults = new Map<string, Promise<Listing>>()

  constructor(client: (region: string) => ServiceQuotasClient) {
    this.#client = client
  }

  async quota(place: Pick<Place, "region" | "instanceType" | "spot">): Promise<Quota | null> {
    const name = quotaName(place)
    const applied = await once(this.#applied, place.region, () => this.#list(place.region, applies))
    const own = applied.get(name)
    if (own !== undefined) return own
    // Some quotas have no applied value until somebody asked for one.
    const defaults = await once(this.#defaults, place.region, () => this.#list(place.region, byDefault))
    return defaults.get(name) ?? null
  }

  async #list(region: string, page: typeof applies): Promise<Listing> {
    const quotas = new Map<string, Quota>()
    let token: string | undefined
    try {
      do {
        const found = await page(this.#client(region), token)
        for (const each of found.quotas) noteQuota(quotas, each)
        token = found.next
      } while (token !== undefined)
    } catch (error) {
      throw awsError(error, `list the quotas of ${SERVICE} in ${region}`, { region })
    }
    return quotas
  }
}

/** Name of the quota that bounds a place (source: Service Quotas, names of service code sagemaker). */
export function quotaName({ instanceType, spot }: Pick<Place, "instanceType" | "spot">): string {
  return `${instanceType} for ${spot ? "spot training" : "training"} job usage`
}

interface Page {
  readonly quotas: readonly ServiceQuota[]
  readonly next: string | undefined
}

async function applies(client: ServiceQuotasClient, token: string | undefined): Promise<Page> {
  const command = new ListServiceQuotasCommand({ ServiceCode: SERVICE, MaxResults: PAGE, NextToken: token })
  const { Quotas = [], NextToken } = await client.send(command)
  return { quotas: Quotas, next: NextToken }
}

async function byDefault(client: ServiceQuotasClient, token: string | undefined): Promise<Page> {
  const command = new ListAWSDefaultServiceQuotasCommand({ ServiceCode: SERVICE, MaxResults: PAGE, NextToken: token })
  const { Quotas = [], NextToken } = await client.send(command)
  return { quotas: Quotas, next: NextToken }
}

function noteQuota(quotas: Map<string, Quota>, { QuotaName, QuotaCode, Value }: ServiceQuota): void {
  if (QuotaName === undefined || QuotaCode === undefined || Value === undefined) return
  quotas.set(QuotaName, { name: QuotaName, code: QuotaCode, limit: Value })
}
