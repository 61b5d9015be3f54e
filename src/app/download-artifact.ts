// Fetches the artifact of a row's training job and unpacks it into a folder.
// It chooses the artifact and its bounds; what is safe to unpack is the unpacker's to know.
import { RegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import type { ObjectRef, RunRecord } from "../core/run/run.ts"
import type { ArtifactUnpacker, Unpacked, UnpackLimits } from "../ports/artifact-unpacker.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { requireRow } from "./read-row.ts"

const GIB = 1024 ** 3
/** A model of more is rare; an archive that expands a thousandfold is a trap. */
const DEFAULT_BYTES = 10 * GIB
const DEFAULT_EXPANSION = 4
const DEFAULT_FILES = 100_000

/**
 * The stored artifact of a completed row. Errors: `notFound` with what the row has instead; `unsupported`: the training job
 * left its model as single objects (`output_compression` NONE).
 */
export async function findArtifact(
  ports: Pick<OpenPorts, "table" | "objects">,
  run: RunRecord,
  index: number,
): Promise<ObjectRef> {
  requireRow(run, index)
  const view = await ports.table.readView(run.run, index)
  const last = view.ended.at(-1) ?? null
  const fields = { run: run.run, row: index }
  if (last === null || last.end.artifact === null) {
    const status = view.record.state.status
    throw new RegattaError("notFound", `row ${index} of ${run.run} has no artifact: it is ${status}`, {
      hint: `\`regatta status ${run.run}\` shows which rows completed`,
      fields,
    })
  }
  const { region } = last.attempt.held.place
  const artifact = await ports.objects.stat(last.end.artifact, region)
  if (artifact !== null) return artifact
  if (await isFolder(ports, last.end.artifact, region)) throw uncompressed(last.end.artifact, region, fields)
  throw new RegattaError("notFound", `the artifact of row ${index} of ${run.run} is gone: ${last.end.artifact}`, {
    fields,
  })
}

/** An uncompressed model is a prefix with objects below it. */
async function isFolder({ objects }: Pick<OpenPorts, "objects">, uri: Uri, region: string): Promise<boolean> {
  for await (const _ of objects.list(folderUri(uri), region)) return true
  return false
}

function folderUri(uri: Uri): Uri {
  return (uri.endsWith("/") ? uri : `${uri}/`) as Uri
}

function uncompressed(uri: Uri, region: string, fields: Readonly<Record<string, string | number>>): RegattaError {
  const folder = folderUri(uri)
  return new RegattaError("unsupported", `${folder} is an uncompressed model: download fetches model.tar.gz only`, {
    hint: `aws s3 cp --recursive --region ${region} ${folder} model/`,
    fields: { ...fields, uri: folder },
  })
}

/** Unpacks the artifact. Errors as `ArtifactUnpacker.unpack`, `changed`, `unavailable`. */
export async function downloadArtifact(
  ports: Pick<OpenPorts, "objects"> & { readonly unpacker: ArtifactUnpacker },
  artifact: ObjectRef,
  folder: string,
  maxBytes: number | null,
  onBytes: (read: number) => void,
): Promise<Unpacked> {
  return ports.unpacker.unpack(counted(ports.objects.stream(artifact), onBytes), folder, limitsFor(artifact, maxBytes))
}

function limitsFor(artifact: ObjectRef, maxBytes: number | null): UnpackLimits {
  return { bytes: maxBytes ?? Math.max(DEFAULT_BYTES, DEFAULT_EXPANSION * artifact.bytes), files: DEFAULT_FILES }
}

async function* counted(body: AsyncIterable<Uint8Array>, onBytes: (read: number) => void): AsyncIterable<Uint8Array> {
  let read = 0
  for await (const chunk of body) {
    read += chunk.length
    onBytes(read)
    yield chunk
  }
}
