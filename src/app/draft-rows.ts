// The rows of a manifest as far as their places go: read as the planner reads them, with the regions of their data asked.
// What is wrong with a row otherwise is the planner's to tell; of a row whose region nobody named it is told here, for nobody else can read it.
import type { Config } from "../core/config/config.ts"
import { expectedSeconds } from "../core/decision/policy.ts"
import type { Channel, JobSpec } from "../core/job/job-spec.ts"
import { buildRow } from "../core/manifest/build-row.ts"
import { cellsGiven } from "../core/manifest/cells-given.ts"
import { AUTO_REGION } from "../core/manifest/column-kinds.ts"
import { type Header, headerOf, isHeader } from "../core/manifest/header.ts"
import type { ProblemList } from "../core/manifest/problem-list.ts"
import { readChannels } from "../core/manifest/read-channels.ts"
import { type RowContext, rowContext } from "../core/manifest/row-context.ts"
import { rowProblem } from "../core/manifest/row-problems.ts"
import { type RowReader, rowReader } from "../core/manifest/row-reader.ts"
import { type RowSettings, settingLayers, withoutOverruled } from "../core/manifest/row-settings.ts"
import { isFileSystem } from "../core/manifest/service-rules.ts"
import { folderOf } from "../core/paths.ts"
import { homeOf, type PlaceWish } from "../core/placement/problem.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { DataBook } from "./data-book.ts"
import { dataUri } from "./data-uri.ts"
import type { PlanRequest } from "./planned.ts"
import { type ManifestRecord, readManifest } from "./read-manifest.ts"

/** Data that a row reads. */
export interface DraftData {
  readonly column: string
  /** As the row names it. */
  readonly uri: string
  /** As the store names it. */
  readonly source: string
  readonly region: string
}

export interface DraftRow {
  readonly index: number
  readonly line: number
  readonly wish: PlaceWish
  /** Where it trains when nothing moves it. */
  readonly home: string
  /** The region whose settings name its data. */
  readonly from: string
  /** Of a pinned row none. */
  readonly data: readonly DraftData[]
  readonly instanceType: string
  readonly instances: number
  readonly spot: boolean
  readonly seconds: number
  readonly basis: "expected_runtime" | "earlier runs" | "max_runtime"
  /** Regions, or beginnings such as `eu-*`; null: any. */
  readonly residency: readonly string[] | null
  readonly given: RowSettings
}

export interface Drafts {
  readonly rows: readonly DraftRow[]
  /** Rows that are wrong. */
  readonly failed: ReadonlySet<number>
}

/** Reads all rows, or the one that is asked for. Errors as of `FileSystem.stream`. */
export async function draftRows(
  files: Pick<FileSystem, "stream">,
  config: Config,
  request: PlanRequest,
  book: DataBook,
  problems: ProblemList,
): Promise<Drafts> {
  const rows: DraftRow[] = []
  const failed = new Set<number>()
  let drafting: RowDrafting | null = null
  let next = 0
  for await (const batch of readManifest(files.stream(request.manifest))) {
    const records: { readonly index: number; readonly record: ManifestRecord }[] = []
    for (const each of batch) {
      if (each.kind === "fault") continue
      if (drafting === null) {
        drafting = new RowDrafting(config, request, headerOf(request, each.cells), book, problems)
        if (isHeader(request, each.cells)) continue
      }
      if (request.row === null || request.row === next) records.push({ index: next, record: each })
      next += 1
    }
    // The regions of a batch's buckets are asked at once; problems are told in the order of the rows.
    const drafts = await Promise.all(records.map(({ index, record }) => drafting?.draft(index, record)))
    for (const [at, draft] of drafts.entries()) {
      const index = records[at]?.index ?? 0
      if (draft?.ok === true) rows.push(draft.row)
      else {
        failed.add(index)
        draft?.tell()
      }
    }
  }
  return { rows, failed }
}

type Outcome = { readonly ok: true; readonly row: DraftRow } | { readonly ok: false; readonly tell: () => void }

/** What is wrong, where only this pass can tell it. */
interface Fault {
  readonly column: string
  readonly message: string
}

class RowDrafting {
  readonly #config: Config
  readonly #request: PlanRequest
  readonly #header: Header
  readonly #book: DataBook
  readonly #problems: ProblemList
  readonly #context: RowContext
  readonly #layers: ReturnType<typeof settingLayers>
  readonly #known: Parameters<typeof rowReader>[2] = new WeakMap()

  constructor(config: Config, request: PlanRequest, header: Header, book: DataBook, problems: ProblemList) {
    this.#config = config
    this.#request = request
    this.#header = header
    this.#book = book
    this.#problems = problems
    const { manifest, allowPlainEnv, earlierRuntimeSeconds = null } = request
    this.#context = rowContext(config, folderOf(manifest), allowPlainEnv, earlierRuntimeSeconds)
    this.#layers = settingLayers(config)
  }

  async draft(index: number, { line, cells }: ManifestRecord): Promise<Outcome> {
    if (cells.length !== this.#header.columns.length) return UNTOLD
    const own = cellsGiven(this.#header, cells)
    const region = own.get("region")?.text.trim() ?? this.#layers.defaultRegion
    if (region === AUTO_REGION) return this.#draftAuto(index, line, own)
    if (region === null || !this.#context.regions.has(region)) return UNTOLD
    const reader = this.#readerIn(index, region, own)
    const { spec } = buildRow(reader, this.#context)
    if (spec === null) return UNTOLD
    const wish = this.#wish(reader, null)
    if (wish === "pinned") return this.#row(line, spec, reader, { wish, home: region, data: [] })
    const immovable = wish === "data" ? null : whyImmovable(spec)
    if (immovable !== null) return this.#failed(line, reader.row.given, [immovable])
    const data = await this.#dataOf(spec.channels, region)
    if (!data.ok) return this.#failed(line, reader.row.given, data.faults)
    const home = wish === "data" ? await this.#homeOf(data.data, region) : region
    return this.#row(line, spec, reader, { wish, home, data: data.data })
  }

  /** Its data is found by the settings that hold for all regions, and the row is then read with those of its data's region. */
  async #draftAuto(index: number, line: number, own: RowSettings): Promise<Outcome> {
    const open = this.#readerIn(index, "", own)
    const { given } = open.row
    const asking = [...given.values()].find(
      ({ column, text }) => column.of === "channel.<name>" && text.includes("{region}"),
    )
    if (asking !== undefined) {
      const message =
        "{region} in it is the row's region, and region: auto is the region of this data: name one of the two"
      return this.#failed(line, given, [{ column: asking.column.name, message }])
    }
    const data = await this.#dataOf(readChannels(open, this.#context), null)
    if (!data.ok) return this.#failed(line, given, data.faults)
    const home = await this.#homeOf(data.data, null)
    if (home === null)
      return this.#failed(line, given, [
        { column: "region", message: "no channel in S3 says where the data of this row lies: name its region" },
      ])
    const reader = this.#readerIn(index, home, own)
    const { spec } = buildRow(reader, this.#context)
    const faults = spec === null ? reader.findings.filter(({ severity }) => severity === "error") : []
    if (spec === null)
      return this.#failed(
        line,
        reader.row.given,
        faults.length > 0 ? faults : [{ column: "region", message: "this row cannot be read" }],
      )
    const wish = this.#wish(reader, "data")
    const immovable = wish === "data" ? null : whyImmovable(spec)
    if (immovable !== null) return this.#failed(line, reader.row.given, [immovable])
    const moved = spec.channels.find(
      (channel) => isObjects(channel) && !data.data.some(({ source }) => source === dataUri(this.#config, channel.uri)),
    )
    if (moved !== undefined) {
      const message = `regions.${home} names other data than this row has in any region: name the row's region`
      return this.#failed(line, reader.row.given, [{ column: `channel.${moved.name}`, message }])
    }
    return this.#row(line, spec, reader, { wish, home, data: data.data })
  }

  /** @param least what a row is at least: with a region that nobody named it is never pinned to one. */
  #wish(reader: RowReader, least: "data" | null): PlaceWish {
    const wish = this.#request.place ?? reader.fixed("place") ?? "pinned"
    // Whoever carries one row by himself carries it where its data lies.
    if (this.#request.row !== null || wish === "pinned") return least ?? "pinned"
    return wish
  }

  #readerIn(index: number, region: string, own: RowSettings): RowReader {
    const given = withoutOverruled(new Map([...this.#layers.of(region), ...own]))
    return rowReader({ index, region, given }, this.#context, this.#known)
  }

  async #dataOf(
    channels: readonly Channel[],
    own: string | null,
  ): Promise<
    | { readonly ok: true; readonly data: readonly DraftData[] }
    | { readonly ok: false; readonly faults: readonly Fault[] }
  > {
    const asked = await Promise.all(
      channels.filter(isObjects).map(async ({ name, uri }) => ({
        column: `channel.${name}`,
        uri,
        source: dataUri(this.#config, uri),
        region: await this.#book.regionOf(uri, own),
      })),
    )
    const faults = asked.flatMap(({ column, region }) => (region.ok ? [] : [{ column, message: region.message }]))
    if (faults.length > 0) return { ok: false, faults }
    const data = asked.map(({ region, ...each }) => ({ ...each, region: region.ok ? region.value : "" }))
    return { ok: true, data }
  }

  /** Sizes are asked only where they decide. What cannot be listed is told when copies are weighed. */
  async #homeOf<Own extends string | null>(data: readonly DraftData[], own: Own): Promise<string | Own> {
    const regions = new Set(data.map(({ region }) => region))
    const [only] = regions
    if (only === undefined) return own
    if (regions.size === 1) return only
    const sized = await Promise.all(
      data.map(async ({ source, region }) => {
        const measured = await this.#book.measure(source, region)
        const { bytes, objects } = measured.ok ? measured.value : { bytes: 0, objects: 0 }
        return { key: source, region, bytes, objects, allowed: null }
      }),
    )
    return homeOf(sized) ?? only
  }

  #row(
    line: number,
    spec: JobSpec,
    reader: RowReader,
    { wish, home, data }: Pick<DraftRow, "wish" | "home" | "data">,
  ): Outcome {
    const [{ instanceType, instances, spot }] = spec.places
    const earlier = this.#request.earlierRuntimeSeconds ?? null
    const row: DraftRow = {
      index: spec.index,
      line,
      wish,
      home,
      from: spec.region,
      data,
      instanceType,
      instances,
      spot,
      seconds: expectedSeconds(earlier === null ? {} : { earlierRuntimeSeconds: earlier }, spec),
      basis:
        spec.expectedRuntimeSeconds !== null ? "expected_runtime" : earlier === null ? "max_runtime" : "earlier runs",
      residency: wish === "pinned" ? null : reader.fixed("residency"),
      given: reader.row.given,
    }
    return { ok: true, row }
  }

  #failed(line: number, given: RowSettings, faults: readonly Fault[]): Outcome {
    return { ok: false, tell: () => this.tell(line, given, faults) }
  }

  /** What stands in regatta.yaml is told once, however many rows have it. */
  tell(line: number, given: RowSettings, faults: readonly Fault[]): void {
    for (const { column, message } of faults)
      tellOf(this.#problems, this.#config, this.#request, line, given, { column, message })
  }
}

/** Told where a person can mend it; once, where that is a setting of regatta.yaml. */
export function tellOf(
  problems: ProblemList,
  config: Config,
  { manifest }: Pick<PlanRequest, "manifest">,
  line: number,
  settings: RowSettings,
  { column, message }: Fault,
): void {
  const given = settings.get(column) ?? null
  const problem = rowProblem({ file: manifest, config }, line, { severity: "error", column, message, given })
  if (given !== null && given.key !== null) problems.addOnce(problem)
  else problems.add(problem)
}

const UNTOLD: Outcome = { ok: false, tell: () => {} }

/** Whether a channel's data can be found before the run: what a run itself writes cannot. */
function isObjects(channel: Channel): boolean {
  return !isFileSystem(channel) && !/\{(?:run|attempt)\}/.test(channel.uri)
}

/** Why the data of a row can be in no other region; null: it can. */
function whyImmovable({ channels }: JobSpec): Fault | null {
  const stays = "set place to pinned or data for this row"
  for (const channel of channels) {
    const column = `channel.${channel.name}`
    if (isFileSystem(channel))
      return { column, message: `a file system is in one region, and this row may move: ${stays}` }
    if (channel.dataType !== "S3Prefix")
      return {
        column,
        message: `this names a list of objects, which is not copied with them, and this row may move: ${stays}`,
      }
    if (!isObjects(channel))
      return { column, message: `this is not there before the run, and this row may move: ${stays}` }
  }
  return null
}
