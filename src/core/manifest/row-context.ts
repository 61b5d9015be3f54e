import type { Config } from "../config/config.ts"
import { ALGORITHMS } from "./column-kinds.ts"
import { KNOWN_INSTANCE_TYPES } from "./instance-types.ts"
import { KNOWN_REGIONS } from "./regions.ts"
import type { ReaderContext } from "./row-reader.ts"

/** What every row of a manifest is built and judged with. */
export interface RowContext extends ReaderContext {
  readonly on: Config["on"]
  readonly regions: ReadonlySet<string>
  readonly instanceTypes: ReadonlySet<string>
  readonly algorithms: ReadonlySet<string>
  readonly limits: Config["limits"]
  readonly prices: Config["prices"]
  /** Of earlier runs of the name; missing: not known. */
  readonly earlierRuntimeSeconds?: number
  readonly budgetUsd: number | null
  readonly local: Config["local"]
  /** Absolute folders at which relative paths begin: of cells, and of settings in regatta.yaml. */
  readonly folders: { readonly cells: string; readonly settings: string }
}

/** On local nobody has an account; a text that names it must still be whole. */
export const LOCAL_ACCOUNT = "000000000000"

/** @param cellFolder where relative paths of the manifest begin. */
export function rowContext(
  config: Config,
  cellFolder: string,
  allowPlainEnv: readonly string[],
  earlierRuntimeSeconds: number | null = null,
): RowContext {
  const places = [...Object.keys(config.limits), ...Object.keys(config.prices)].map((place) => place.split("/"))
  return {
    on: config.on,
    account: config.account ?? (config.on === "aws" ? null : LOCAL_ACCOUNT),
    allowPlainEnv: new Set(allowPlainEnv),
    // What regatta.yaml names is known, so that a region or type newer than this version can be used.
    regions: new Set([...KNOWN_REGIONS, ...Object.keys(config.regions)]),
    instanceTypes: new Set([...KNOWN_INSTANCE_TYPES, ...places.map(([, type = ""]) => type)]),
    algorithms: new Set([
      ...ALGORITHMS,
      ...Object.keys(config.local.algorithms).map((name) => name.split(":")[0] ?? ""),
    ]),
    limits: config.limits,
    prices: config.prices,
    ...(earlierRuntimeSeconds === null ? {} : { earlierRuntimeSeconds }),
    budgetUsd: config.budgetUsd,
    local: config.local,
    folders: { cells: cellFolder, settings: config.folder },
  }
}
