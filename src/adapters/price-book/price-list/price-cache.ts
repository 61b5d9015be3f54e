import type { Instant } from "../../../core/ids.ts"
import type { FileSystem } from "../../../ports/file-system.ts"

const DAY_MS = 86_400_000
const VERSION = 1

interface Kept {
  readonly usd: number | null
  readonly at: Instant
}

/** Prices of the last day in one file. A file that cannot be read or written costs a request, nothing else. */
export class PriceCache {
  readonly #files: Pick<FileSystem, "readText" | "write">
  readonly #path: string
  readonly #now: () => Instant
  #known: Promise<Map<string, Kept>> | null = null

  constructor(files: Pick<FileSystem, "readText" | "write">, path: string, now: () => Instant) {
    this.#files = files
    this.#path = path
    this.#now = now
  }

  /** undefined: not known, or too old. */
  async read(key: string): Promise<number | null | undefined> {
    const kept = (await this.#load()).get(key)
    if (kept === undefined || this.#now() - kept.at >= DAY_MS || kept.at > this.#now()) return undefined
    return kept.usd
  }

  async write(key: string, usd: number | null): Promise<void> {
    const known = await this.#load()
    known.set(key, { usd, at: this.#now() })
    const text = JSON.stringify({ version: VERSION, prices: Object.fromEntries(known) }, null, 2)
    await this.#files.write(this.#path, `${text}\n`).catch(() => {})
  }

  #load(): Promise<Map<string, Kept>> {
    this.#known ??= this.#files.readText(this.#path).then(
      (text) => new Map(text === null ? [] : keptIn(text)),
      () => new Map(),
    )
    return this.#known
  }
}

function keptIn(text: string): readonly (readonly [string, Kept])[] {
  try {
    const { version, prices } = JSON.parse(text) as { readonly version?: unknown; readonly prices?: unknown }
    if (version !== VERSION || typeof prices !== "object" || prices === null) return []
    return Object.entries(prices).filter((entry): entry is [string, Kept] => isKept(entry[1]))
  } catch {
    return []
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false
  const { usd, at } = value as { readonly usd?: unknown; readonly at?: unknown }
  return typeof at === "number" && (usd === null || (typeof usd === "number" && usd > 0))
}
