import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { World } from "../ports/world.ts"

/** Enough to see a change by; nobody makes two settings alike on purpose. */
const DIGITS = 12

/** Every setting that a row of this configuration may have, as a short hash by its key in regatta.yaml. */
export function plannedWith({ digest }: Pick<World, "digest">, config: Config): Readonly<Record<string, string>> {
  const settings = new Map<string, unknown>([
    ["account", config.account],
    ["prefix", config.prefix],
    ["storage.code", config.codeLocation ?? null],
  ])
  for (const [column, text] of Object.entries(config.defaults)) settings.set(`defaults.${column}`, text)
  for (const [region, own] of Object.entries(config.regions))
    for (const [column, text] of Object.entries(own)) settings.set(`regions.${region}.${column}`, text)
  const hashes: Record<string, string> = {}
  for (const [key, value] of settings) {
    const hash = digest()
    hash.update(JSON.stringify(value))
    hashes[key] = hash.hex().slice(0, DIGITS)
  }
  return hashes
}

/** Error `changed`: settings are others than those with which the earlier rows of the search were planned. */
export function refuseChangedSettings(
  run: Pick<RunRecord, "run" | "search">,
  now: Readonly<Record<string, string>>,
  config: Pick<Config, "file">,
): void {
  const before = run.search?.plannedWith ?? {}
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => before[key] !== now[key])
  if (changed.length === 0) return
  const shown = changed.slice(0, 5).join(", ")
  const rest = changed.length > 5 ? ` and ${changed.length - 5} more` : ""
  throw new RegattaError(
    "changed",
    `the rows of one search are alike, and settings of ${config.file ?? "regatta.yaml"} changed since ${run.run} began: ${shown}${rest}`,
    {
      hint: `set them back and \`regatta sweep --resume ${run.run}\`, or end the search with \`regatta stop ${run.run}\``,
      fields: { run: run.run },
    },
  )
}
