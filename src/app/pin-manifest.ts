// The pinned rows of a run: one JSON line per row under the hash of them all, with an index of offsets beside it, so that a
// child finds its row in two ranged reads however long the manifest is. Gives no byte that was not pinned.
import { RegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import { JOB_SPEC_VERSION, type JobSpec } from "../core/job/job-spec.ts"
import { lastName } from "../core/paths.ts"
import { type ArrayRecord, type ObjectRef, type Part, positionOf, type RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { noSuchRow } from "./read-row.ts"

/** What is needed to find pinned rows. */
type Pinned = Pick<RunRecord, "run" | "parts" | "only">

const OFFSET_BYTES = 8
const ENTRY_BYTES = 4
/** Lines are gathered into pieces of this size: a store is not asked once per row. */
const PIECE_BYTES = 262_144

/**
 * Writes lines (`serializeSpec`, without line end) and their index, in one pass and bounded memory (8 bytes per row). Lines
 * that throw leave nothing behind. No lines at all are `invalid`.
 */
export async function pinLines(
  ports: Pick<OpenPorts, "objects" | "world">,
  region: string,
  lines: AsyncIterable<string>,
): Promise<Part & { readonly sha256: string }> {
  const digest = ports.world.digest()
  const offsets = [0]
  let sha256 = ""
  const named = () => {
    sha256 = digest.hex()
    return manifestUri(ports.objects, region, `${sha256}.jsonl`)
  }
  const body = async function* () {
    for await (const piece of encodeLines(lines, offsets)) {
      digest.update(piece)
      yield piece
    }
    if (offsets.length === 1) throw new RegattaError("invalid", "there are no rows to pin: a run has at least one")
  }
  const rows = await ports.objects.put(named, region, body())
  const index = await ports.objects.put(manifestUri(ports.objects, region, `${sha256}.idx`), region, encode64(offsets))
  return { rows, index, size: offsets.length - 1, sha256 }
}

/** SHA-256 of a part's pinned rows: it is their name. */
export function pinnedHash({ rows }: Pick<Part, "rows">): string {
  return lastName(rows.uri).replace(/\.jsonl$/, "")
}

/** One row, by exactly two ranged reads. Errors: `notFound` (no such row), `changed`, `unsupported` (a newer line), `unavailable`. */
export async function readPinnedRow(objects: OpenPorts["objects"], run: Pinned, index: number): Promise<JobSpec> {
  const [part, at] = partOf(run, index)
  const bounds = await objects.read(part.index, at * OFFSET_BYTES, (at + 2) * OFFSET_BYTES)
  const line = await objects.read(part.rows, decode64(bounds, 0), decode64(bounds, 1))
  const spec = parseLine(new TextDecoder().decode(line), part.rows.uri)
  if (spec.index === index) return spec
  throw new RegattaError("fault", `${part.rows.uri} has row ${spec.index} where row ${index} of ${run.run} should be`, {
    fields: { run: run.run, row: index },
  })
}

/** All rows in order, streamed. Errors as `readPinnedRow`. */
export async function* streamPinnedRows(
  objects: OpenPorts["objects"],
  run: Pick<RunRecord, "parts">,
): AsyncGenerator<JobSpec> {
  for (const part of run.parts) {
    for await (const line of decodeLines(objects.stream(part.rows))) yield parseLine(line, part.rows.uri)
  }
}

/** Writes which row each child of an array carries: 4 bytes per child. */
export async function writeRowList(
  ports: Pick<OpenPorts, "objects" | "world">,
  region: string,
  indexes: readonly number[],
): Promise<ObjectRef> {
  const bytes = new Uint8Array(indexes.length * ENTRY_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [child, index] of indexes.entries()) view.setUint32(child * ENTRY_BYTES, index)
  const digest = ports.world.digest()
  digest.update(bytes)
  return ports.objects.put(manifestUri(ports.objects, region, `${digest.hex()}.rows`), region, once(bytes))
}

/** The row of a child, by one ranged read. Errors: `notFound` (more children than entries), `changed`, `unavailable`. */
export async function readRowListEntry(objects: OpenPorts["objects"], list: ObjectRef, child: number): Promise<number> {
  const from = entryOf(list, child)
  return decode32(await objects.read(list, from, from + ENTRY_BYTES), 0)
}

/** For a process that asks of many children: their rows, each row list read whole and once (4 bytes per child). Errors as `readRowListEntry`. */
export function rowFinder(
  objects: OpenPorts["objects"],
): (array: Pick<ArrayRecord, "first">, child: number) => Promise<number> {
  const lists = new Map<string, Promise<Uint8Array>>()
  return async ({ first: list }, child) => {
    if (typeof list === "number") return list + child
    const from = entryOf(list, child)
    const key = `${list.uri} ${list.etag}`
    const bytes = lists.get(key) ?? objects.read(list, 0, list.bytes)
    lists.set(key, bytes)
    // What failed once may not the next time.
    bytes.catch(() => lists.delete(key))
    return decode32(await bytes, from)
  }
}

/** Where a child's entry begins. */
function entryOf(list: ObjectRef, child: number): number {
  const from = child * ENTRY_BYTES
  if (Number.isInteger(child) && child >= 0 && from + ENTRY_BYTES <= list.bytes) return from
  const last = list.bytes / ENTRY_BYTES - 1
  throw new RegattaError("notFound", `the row list has children 0 to ${last}, there is no child ${child}`, {
    fields: { uri: list.uri, child },
  })
}

function decode32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
}

function manifestUri(objects: OpenPorts["objects"], region: string, name: string): Uri {
  return `${objects.home(region)}manifests/${name}` as Uri
}

function partOf(run: Pinned, index: number): readonly [part: Part, at: number] {
  let at = positionOf(run, index)
  if (at !== null) {
    for (const part of run.parts) {
      if (at < part.size) return [part, at]
      at -= part.size
    }
  }
  throw noSuchRow(run, index)
}

/** The lines as pieces of bytes; appends to `offsets` where each ends. */
async function* encodeLines(lines: AsyncIterable<string>, offsets: number[]): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let piece = new Uint8Array(PIECE_BYTES)
  let used = 0
  let written = 0
  for await (const line of lines) {
    const bytes = encoder.encode(`${line}\n`)
    written += bytes.length
    offsets.push(written)
    if (used + bytes.length > piece.length) {
      yield piece.subarray(0, used)
      piece = new Uint8Array(Math.max(PIECE_BYTES, bytes.length))
      used = 0
    }
    piece.set(bytes, used)
    used += bytes.length
  }
  if (used > 0) yield piece.subarray(0, used)
}

async function* encode64(offsets: readonly number[]): AsyncGenerator<Uint8Array> {
  const perPiece = PIECE_BYTES / OFFSET_BYTES
  for (let from = 0; from < offsets.length; from += perPiece) {
    const slice = offsets.slice(from, from + perPiece)
    const view = new DataView(new ArrayBuffer(slice.length * OFFSET_BYTES))
    for (const [at, offset] of slice.entries()) view.setBigUint64(at * OFFSET_BYTES, BigInt(offset))
    yield new Uint8Array(view.buffer)
  }
}

function decode64(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at * OFFSET_BYTES))
}

async function* decodeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = lines.pop() ?? ""
    yield* lines
  }
}

function parseLine(line: string, uri: Uri): JobSpec {
  const spec = JSON.parse(line) as JobSpec
  if (spec.version === JOB_SPEC_VERSION) return spec
  throw new RegattaError(
    "unsupported",
    `${uri} was written by another version: ${spec.version}, not ${JOB_SPEC_VERSION}`,
    {
      hint: "update the worker's image, or what follows the run, to the version that submitted it",
      fields: { uri },
    },
  )
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
