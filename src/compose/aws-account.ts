import { ByRegion, clientOptions } from "../adapters/aws/client-options.ts"
import { DiskFileSystem } from "../adapters/file-system/disk/disk-file-system.ts"
import type { AccountPorts } from "../ports/account-ports.ts"
import type { Composed } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import { kept, requiredHome } from "./kept.ts"

/** What `plan` and `doctor` ask of an account; each client is made at its first use, one per region. */
export function accountPorts(
  config: Composed,
  shell: Shell,
  given: Pick<AccountPorts, "caller" | "buckets">,
): AccountPorts {
  return {
    ...given,
    regions: kept(async () => {
      const { STSClient } = await import("@aws-sdk/client-sts")
      const { StsRegionBook } = await import("../adapters/region-book/sts/sts-region-book.ts")
      return new StsRegionBook(
        perRegion((region) => new STSClient(clientOptions(region, LOOK_TRIES))),
        shell.clock,
      )
    }).get,
    quotas: kept(async () => {
      const { ServiceQuotasClient } = await import("@aws-sdk/client-service-quotas")
      const { ServiceQuotaBook } = await import("../adapters/quota-book/service-quotas/service-quota-book.ts")
      return new ServiceQuotaBook(perRegion((region) => new ServiceQuotasClient(clientOptions(region, LOOK_TRIES))))
    }).get,
    prices: kept(async () => {
      const { PricingClient } = await import("@aws-sdk/client-pricing")
      const { PriceListBook } = await import("../adapters/price-book/price-list/price-list-book.ts")
      const { PriceCache } = await import("../adapters/price-book/price-list/price-cache.ts")
      const files = isAwsItself(shell.env) ? new DiskFileSystem(shell.env["PATH"]) : NOTHING_KEPT
      const cache = new PriceCache(files, `${config.stateFolder}/prices.json`, () => shell.clock.now())
      return new PriceListBook(
        perRegion((region) => new PricingClient(clientOptions(region, LOOK_TRIES))),
        cache,
      )
    }).get,
    images: kept(async () => {
      const { ECRClient } = await import("@aws-sdk/client-ecr")
      const { EcrImageRegistry } = await import("../adapters/image-registry/ecr/ecr-image-registry.ts")
      return new EcrImageRegistry(perRegion((region) => new ECRClient(clientOptions(region, LOOK_TRIES))))
    }).get,
    roles: kept(async () => {
      const { IAMClient } = await import("@aws-sdk/client-iam")
      const { IamRoleBook } = await import("../adapters/role-book/iam/iam-role-book.ts")
      return new IamRoleBook(new IAMClient(clientOptions(requiredHome(config), LOOK_TRIES)))
    }).get,
    queueCheck: kept(async () => {
      const { BatchClient } = await import("@aws-sdk/client-batch")
      const { BatchQueueCheck } = await import("../adapters/queue-check/aws-batch/batch-queue-check.ts")
      const client = perRegion((region) => new BatchClient(clientOptions(region, LOOK_TRIES)))
      return new BatchQueueCheck({ home: requiredHome(config), batch: config.batch ?? null, client })
    }).get,
  }
}

/** Prices of an emulator must not be taken for AWS's the next day. */
function isAwsItself(env: Shell["env"]): boolean {
  return (env["AWS_ENDPOINT_URL"] ?? "") === "" && (env["AWS_ENDPOINT_URL_PRICING"] ?? "") === ""
}

const NOTHING_KEPT = { readText: async () => null, write: async () => {} }

/** A question that only informs is not worth ten tries: a person waits for it. */
const LOOK_TRIES = 4

function perRegion<Client extends { destroy(): void }>(make: (region: string) => Client): (region: string) => Client {
  const clients = new ByRegion(make)
  return (region) => clients.in(region)
}
