import type { AfterStep } from "../core/after/after-step.ts"
import type { BatchSettings } from "../core/config/batch-settings.ts"
import type { Config, Origin } from "../core/config/config.ts"
import { findColumn } from "../core/manifest/find-column.ts"
import { maskedValue } from "../core/manifest/secrets.ts"
import type { NotifySettings } from "../core/notice/notice.ts"
import { shownUrl } from "../core/notice/webhook-url.ts"
import type { ByPair, PlacementSettings } from "../core/placement/placement-settings.ts"

/** One value of the configuration in force, for people and JSON. */
export interface ShownValue {
  /** Dotted key of regatta.yaml; `state_folder` stands for REGATTA_HOME. */
  readonly key: string
  /** null: not set. Secrets are masked. */
  readonly value: string | number | boolean | null
  readonly origin: Origin
  /** false: the platform in force does nothing with it. */
  readonly isApplied: boolean
}

const DEFAULT: Origin = { kind: "default", detail: "", line: null }

/** Every value with where it came from, in the order of the documents. */
export function showConfig(config: Config): readonly ShownValue[] {
  const { local } = config
  const own: readonly (readonly [key: string, value: ShownValue["value"]])[] = [
    ["on", config.on],
    ["account", config.account],
    ["prefix", config.prefix],
    ["home", config.home],
    ["table", config.table],
    ["state_folder", config.stateFolder],
    ...entries("storage.map", config.storageMap),
    ...entries("limits", config.limits),
    ...entries("prices", config.prices),
    ["budget", config.budgetUsd],
    ["follow", config.follow],
    ...(config.after ?? []).flatMap(stepEntries),
    ...(config.catalog === undefined ? [] : [["catalog", config.catalog] as const]),
    ...notifyEntries(config.notify),
    ...placementEntries(config.placement),
    ["local.install", local.install],
    ...entries("local.algorithms", local.algorithms),
    ...entries("local.serving", local.serving ?? {}),
    ["local.parallel", local.parallel],
    ["local.parallel_per_region", local.parallelPerRegion],
    ["local.stop_grace", local.stopGraceSeconds],
    ...batchEntries(config.batch),
    ...entries("defaults", config.defaults),
    ...Object.entries(config.regions).flatMap(([region, settings]) => entries(`regions.${region}`, settings)),
  ]
  return own.map(([key, value]) => ({
    key,
    value: typeof value === "string" ? maskedValue(columnOf(key), value) : value,
    origin: originOf(config, key),
    isApplied: isApplied(config, key),
  }))
}

/** `after.<name>.<setting>`; what is the service's default is left out. */
function stepEntries({ name, rows, image, maxAttempts, transform, endpoint }: AfterStep): readonly Entry[] {
  const under = `after.${name}`
  const best = rows === "completed" ? rows : `best ${rows.best} (${rows.direction})`
  const settings = Object.entries(transform ?? endpoint ?? {}).flatMap(([key, value]): Entry[] =>
    value === null ? [] : [[`${under}.${key}`, value]],
  )
  const own: Entry[] = [
    [`${under}.do`, endpoint !== undefined ? "endpoint" : transform === null ? "model" : "transform"],
    [`${under}.rows`, best],
    [`${under}.max_attempts`, maxAttempts],
    ...(image === null ? [] : [[`${under}.image`, image] as const]),
  ]
  return [...own, ...settings]
}

/** A URL's path may be a secret. */
function notifyEntries(notify: NotifySettings | undefined): readonly Entry[] {
  if (notify === undefined) return []
  const { webhook, sns, on } = notify
  const { url, urlEnv, secretEnv, secretFile } = webhook ?? {
    url: null,
    urlEnv: null,
    secretEnv: null,
    secretFile: null,
  }
  const all: Entry[] = [
    ["notify.webhook.url", url === null ? null : shownUrl(url)],
    ["notify.webhook.url_env", urlEnv],
    ["notify.webhook.secret_env", secretEnv],
    ["notify.webhook.secret_file", secretFile],
    ["notify.sns.topic", sns?.topic ?? null],
    ["notify.on", on.join(" ")],
  ]
  return all.filter(([, value]) => value !== null)
}

function placementEntries(placement: PlacementSettings | undefined): readonly Entry[] {
  if (placement === undefined) return []
  const { regions, transferUsdPerGb, copyMbPerSecond, spotPrices, hourUsd, deadlineHours, buckets, residency, store } =
    placement
  const all: Entry[] = [
    ["placement.regions", regions === null ? null : regions.join(" ")],
    ...pairEntries("placement.transfer_usd_per_gb", transferUsdPerGb),
    ...pairEntries("placement.copy_mb_per_second", copyMbPerSecond),
    ...entries("placement.spot_prices", spotPrices),
    ["placement.hour_usd", hourUsd],
    ["placement.deadline", deadlineHours === null ? null : deadlineHours * 3600],
    ...entries("placement.buckets", buckets),
    ...entries("placement.residency", residency),
    ["placement.store", store],
  ]
  return all.filter(([, value]) => value !== null)
}

function pairEntries(under: string, numbers: ByPair | null): readonly Entry[] {
  if (numbers === null || typeof numbers === "number") return [[under, numbers]]
  return Object.entries(numbers).flatMap(([from, to]) => pairEntries(`${under}.${from}`, to))
}

type Entry = readonly [key: string, value: ShownValue["value"]]

function entries(
  under: string,
  values: Readonly<Record<string, string | number | readonly string[]>>,
): readonly Entry[] {
  return Object.entries(values).map(([key, value]) => [
    `${under}.${key}`,
    typeof value === "object" ? value.join(" ") : value,
  ])
}

function batchEntries(batch: BatchSettings | null): readonly Entry[] {
  return Object.entries(batch ?? {}).flatMap(([key, value]) =>
    typeof value === "object" ? entries(`batch.${key}`, value) : [[`batch.${key}`, value] as const],
  )
}

/** Limits and prices may be written in one word, `region/type`, or by region. */
function originOf({ origins }: Config, key: string): Origin {
  // Lists have one line in the file: that of their beginning.
  if (key.startsWith("after.")) return origins["after"] ?? DEFAULT
  return origins[key] ?? origins[key.replace("/", ".")] ?? DEFAULT
}

function isApplied(config: Config, key: string): boolean {
  if (config.on !== "local") return !(key.startsWith("local.") || key.startsWith("storage.map."))
  if (key === "home" || key.startsWith("batch.")) return false
  const found = /^(?:defaults|regions\.[^.]+)\./.test(key) ? findColumn(columnOf(key)) : null
  return found === null || !found.ok || found.column.facts.local
}

function columnOf(key: string): string {
  return key.replace(/^(?:defaults|regions\.[^.]+)\./, "")
}
