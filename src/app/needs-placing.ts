import type { Config } from "../core/config/config.ts"
import { AUTO_REGION } from "../core/manifest/column-kinds.ts"
import { headerOf } from "../core/manifest/header.ts"
import { settingLayers } from "../core/manifest/row-settings.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { PlanRequest } from "./planned.ts"
import { readManifest } from "./read-manifest.ts"

/**
 * Whether some row of a manifest may not be pinned. Of a manifest whose settings and header leave that open only through its
 * regions, its bytes are looked through for the word, which costs a fraction of reading its records. Errors as of `FileSystem.stream`.
 */
export async function needsPlacing(
  files: Pick<FileSystem, "stream">,
  config: Pick<Config, "defaults" | "regions">,
  request: Pick<PlanRequest, "manifest" | "columns" | "place">,
): Promise<boolean> {
  const wish = request.place ?? null
  if (wish !== null && wish !== "pinned") return true
  if (hasPlace(config) && wish === null) return true
  if (settingLayers(config).defaultRegion === AUTO_REGION) return true
  const columns = await columnsOf(files, request)
  if (columns.includes("place") && wish === null) return true
  return columns.includes("region") && (await holds(files.stream(request.manifest), AUTO_REGION))
}

function hasPlace(config: Pick<Config, "defaults" | "regions">): boolean {
  const layers = settingLayers(config)
  return ["", ...Object.keys(config.regions)].some((region) => {
    const given = layers.of(region).get("place")?.text.trim()
    return given !== undefined && given !== "pinned"
  })
}

async function columnsOf(
  files: Pick<FileSystem, "stream">,
  request: Pick<PlanRequest, "manifest" | "columns">,
): Promise<readonly string[]> {
  for await (const batch of readManifest(files.stream(request.manifest))) {
    for (const each of batch) {
      if (each.kind === "fault") return []
      return headerOf(request, each.cells).columns.flatMap((column) => (column === null ? [] : [column.column.name]))
    }
  }
  return []
}

/** @param word of ASCII. */
async function holds(chunks: AsyncIterable<Uint8Array>, word: string): Promise<boolean> {
  const decoder = new TextDecoder("latin1")
  let end = ""
  for await (const chunk of chunks) {
    const text = `${end}${decoder.decode(chunk)}`
    if (text.includes(word)) return true
    end = text.slice(1 - word.length)
  }
  return false
}
