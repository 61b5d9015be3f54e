// `placement` of regatta.yaml: what is weighed when the region of a row is chosen. It knows no price that nobody gave.
import * as z from "zod"
import { instanceType, region, residency } from "../manifest/column-kinds.ts"
import { duration, type Kind, list, parsed, refused, text } from "../manifest/kind.ts"
import { type ByPair, COPY_MB_PER_SECOND, type PlacementSettings } from "../placement/placement-settings.ts"
import { isScalar, value } from "./schema-value.ts"

function number(allowed: string, isRight: (number: number) => boolean): Kind<number> {
  return {
    ...text({ most: 32 }),
    allowed,
    parse: (given) =>
      /^\d+(?:\.\d+)?$/.test(given) && isRight(Number(given)) ? parsed(Number(given)) : refused(`expected ${allowed}`),
    schema: { type: ["number", "string"], minimum: 0 },
  }
}

const transfer = number("USD per GB from 0, such as 0.02", () => true)
const speed = number("MB per second above 0, such as 250", (given) => given > 0)
const price = number("an amount in USD such as 25 or 3.06", (given) => given > 0)
const hour = number("USD per hour from 0, such as 12.5", () => true)

const STORE_FORM = "s3://bucket/prefix/ with {region} in it, and {account} where wanted"

/** Each region has its own copies, so that its name must be in the bucket's. */
const store: Kind<string> = {
  ...text({ most: 512 }),
  allowed: STORE_FORM,
  parse(given) {
    const filled = given.replaceAll("{region}", "us-east-1").replaceAll("{account}", "123456789012")
    const isForm = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^{}]*)?$/.test(filled)
    const [bucket = ""] = given.slice("s3://".length).split("/")
    return isForm && bucket.includes("{region}") ? parsed(given) : refused(`expected ${STORE_FORM}`)
  },
}

const bucketName = text({
  most: 63,
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  allowed: "the name of a bucket, of 3 to 63 lower-case letters, digits, . and -",
})

interface Given {
  readonly path: readonly string[]
  readonly given: unknown
}

/** What one value of a mapping is, or that it is wrong, told at its key. */
function read<T>(kind: Kind<T>, { path, given }: Given, context: z.RefinementCtx): T | null {
  const outcome = isScalar(given) ? kind.parse(String(given)) : refused(`expected ${kind.allowed}`)
  if (outcome.ok) return outcome.value
  context.addIssue({ code: "custom", message: outcome.message, path: [...path], input: given })
  return null
}

function readKey(kind: Kind<string>, path: readonly string[], then: string, context: z.RefinementCtx): boolean {
  const key = path.at(-1) ?? ""
  const outcome = kind.parse(key)
  if (outcome.ok) return true
  context.addIssue({ code: "custom", message: `${outcome.message}${then}`, path: [...path], input: key })
  return false
}

function isMapping(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given)
}

/** One number for all pairs of regions, or below the region it comes from: one, or one for each region it goes to. */
function byPair(kind: Kind<number>, description: string) {
  const then = ", and below it one number or one for each region to which data goes"
  return z
    .unknown()
    .meta({ type: ["number", "string", "object"], description })
    .transform((given, context): ByPair => {
      if (!isMapping(given)) return read(kind, { path: [], given }, context) ?? z.NEVER
      const all: Record<string, number | Record<string, number>> = {}
      for (const [from, below] of Object.entries(given)) {
        if (!readKey(region(), [from], then, context)) continue
        if (!isMapping(below)) {
          all[from] = read(kind, { path: [from], given: below }, context) ?? 0
          continue
        }
        const to: Record<string, number> = {}
        for (const [name, each] of Object.entries(below)) {
          if (readKey(region(), [from, name], ", and its number", context))
            to[name] = read(kind, { path: [from, name], given: each }, context) ?? 0
        }
        all[from] = to
      }
      return all
    })
}

/** `region: instance_type: USD`, or `region/instance_type: USD`. */
const spotPrices = z
  .record(z.string(), z.unknown())
  .meta({
    description: "USD per instance-hour on Spot, by region and instance type; without one, Spot costs as on demand.",
  })
  .transform((given, context) => {
    const all: Record<string, number> = {}
    for (const [key, below] of Object.entries(given)) {
      const items = isMapping(below) ? Object.entries(below).map(([type, usd]) => [[key, type], usd] as const) : []
      for (const [path, usd] of isMapping(below) ? items : [[[key], below] as const]) {
        const [where = "", type = "", ...rest] = path.join("/").split("/")
        const isPlace = region().parse(where).ok && instanceType().parse(type).ok && rest.length === 0
        if (isPlace) all[`${where}/${type}`] = read(price, { path, given: usd }, context) ?? 0
        else {
          const message = "expected region/instance_type, or instance types below a region"
          context.addIssue({ code: "custom", message, path: [...path], input: path.at(-1) })
        }
      }
    }
    return all
  })

const buckets = z
  .record(z.string(), z.unknown())
  .meta({ description: "Region of a bucket, by its name: such a bucket is not asked." })
  .transform((given, context) => {
    const all: Record<string, string> = {}
    for (const [name, where] of Object.entries(given)) {
      if (readKey(bucketName, [name], ", and its region", context))
        all[name] = read(region(), { path: [name], given: where }, context) ?? ""
    }
    return all
  })

/** A list as YAML has it, or as a cell would. */
function listOf(kind: Kind<string>, most: number, { path, given }: Given, context: z.RefinementCtx): readonly string[] {
  const items = Array.isArray(given) && given.every(isScalar) ? JSON.stringify(given.map(String)) : given
  return read(list(kind, 1, most), { path, given: items }, context) ?? []
}

const MOST_REGIONS = 50

const residencies = z
  .record(z.string(), z.unknown())
  .meta({
    description:
      "Regions to which the data of a bucket or bucket/prefix may be copied; eu-* for all that begin so. Data that is not named may go anywhere.",
  })
  .transform((given, context) =>
    Object.fromEntries(
      Object.entries(given).map(([key, allowed]) => [
        key,
        listOf(residency(), MOST_REGIONS, { path: [key], given: allowed }, context),
      ]),
    ),
  )

const candidates = z
  .unknown()
  .meta({
    type: ["string", "array"],
    items: region().schema,
    description:
      "Regions where rows may train (default: those of the manifest, of regions, and those that have prices).",
  })
  .transform((given, context) => listOf(region(), MOST_REGIONS, { path: [], given }, context))

export const placement = z
  .strictObject({
    regions: candidates.optional(),
    transfer_usd_per_gb: byPair(
      transfer,
      "USD per GB that leaves a region for another: one number, or by the region it leaves and the one it goes to. Where it is unknown nothing is copied.",
    ).optional(),
    copy_mb_per_second: byPair(
      speed,
      `MB that are copied in a second between two regions, as transfer_usd_per_gb (default ${COPY_MB_PER_SECOND}).`,
    ).optional(),
    spot_prices: spotPrices.optional(),
    hour_usd: value(hour, "USD that an hour is worth by which the whole run ends sooner (default 0).").optional(),
    deadline: value(duration("365d"), "By when the whole run should be done, from its submission.").optional(),
    buckets: buckets.optional(),
    residency: residencies.optional(),
    store: value(
      store,
      "Where copies of data go, such as s3://copies-{region}/ (default: regatta/copies/ in each region's default bucket).",
    ).optional(),
  })
  .meta({ description: "What choosing the region of a row weighs: see the column place, and docs/placement.md." })
  .transform(
    (given): PlacementSettings => ({
      regions: given.regions ?? null,
      transferUsdPerGb: given.transfer_usd_per_gb ?? null,
      copyMbPerSecond: given.copy_mb_per_second ?? COPY_MB_PER_SECOND,
      spotPrices: given.spot_prices ?? {},
      hourUsd: given.hour_usd ?? 0,
      deadlineHours: given.deadline === undefined ? null : given.deadline / 3600,
      buckets: given.buckets ?? {},
      residency: given.residency ?? {},
      store: given.store ?? null,
    }),
  )
