import { type CatalogRows, makeCatalog } from "../../app/make-catalog.ts"
import { RegattaError } from "../../core/errors.ts"
import { resolvePath } from "../../core/paths.ts"
import type { Shell } from "../../ports/world.ts"
import { type Call, requiredArgument } from "../command.ts"
import { startDeadline } from "../deadline.ts"
import { exitCodeOfSignal, interrupted, signalName } from "../interrupt.ts"
import { givenUp, openCatalog, PATIENCE_MS, parametersOf } from "../open-catalog.ts"
import { durationOption } from "../options.ts"
import { csvRecord } from "../output/csv.ts"
import { formatCount } from "../output/format.ts"
import { manifestDestination } from "../output/manifest-destination.ts"
import { type Progress, withProgress } from "../output/progress.ts"
import type { Session } from "../session.ts"

const FORMATS = ["csv", "json", "jsonl"] as const
type Format = (typeof FORMATS)[number]

/** Writes the rows of a query as a manifest, on stdout or to a file; when anything is wrong, nothing at all. */
export async function catalog(call: Call): Promise<number> {
  const { format, out } = manifestDestination(call, FORMATS)
  const isHeaderless = call.options.flag("headerless")
  if (isHeaderless && format !== "csv") throw new RegattaError("usage", `--headerless is for CSV, not for ${format}`)
  const file = resolvePath(call.shell.cwd, requiredArgument(call, 0))
  const parameters = parametersOf(call.options.texts("param"))
  const patience = durationOption(call.options, "timeout") ?? PATIENCE_MS
  // A catalog is the same whatever the platform.
  const session = await call.session({ manifest: file, on: "local" })
  const database = await openCatalog(call, session)
  const deadline = startDeadline(call.shell, patience)
  try {
    const request = { file, parameters, signal: deadline.signal, patience }
    return await withProgress(call.shell, `reading ${database.shown}`, async (progress) => {
      const rows = await makeCatalog({ files: session.files, catalog: database }, session.config, request)
      for (const note of rows.notes) call.shell.err(`${note}\n`)
      return write(call, session, { rows, format, isHeaderless, out, progress })
    })
  } catch (error) {
    throw givenUp(error, deadline, patience, "give it longer with --timeout")
  } finally {
    deadline.clear()
  }
}

interface Writing {
  readonly rows: CatalogRows
  readonly format: Format
  readonly isHeaderless: boolean
  readonly out: string | null
  readonly progress: Progress
}

/** The exit code. */
async function write(call: Call, { files }: Session, writing: Writing): Promise<number> {
  const { shell } = call
  const { rows, out } = writing
  let count = 0
  const body = encoded(
    pieces(writing, (more) => {
      count += more
      writing.progress.update(count, null)
    }),
  )
  if (out !== null) {
    await files.writeStream(resolvePath(shell.cwd, out), body)
    const columns = writing.isHeaderless ? ` --columns ${rows.columns.join(",")}` : ""
    const isArrayFile = rows.columns.join() === "region,s3_location"
    const next = call.command(`plan ${out}${isArrayFile ? "" : columns}`)
    shell.err(`${formatCount(count, "row")} in ${out}; next: ${next}\n`)
    return 0
  }
  // The last row may be the wrong one, and then none is written.
  const kept = await files.keep(body)
  try {
    return await print(shell, kept.stream())
  } finally {
    await kept.close()
  }
}

/** At the pace of whoever reads it; Ctrl-C does not wait for them, and a reader who has seen enough is no error. */
async function print(shell: Shell, kept: AsyncIterable<Uint8Array>): Promise<number> {
  const decoder = new TextDecoder()
  const isOver = interrupted(shell)
  for await (const chunk of kept) {
    shell.out(decoder.decode(chunk, { stream: true }))
    await Promise.race([shell.drained?.(), isOver])
    if (shell.terminated.aborted) return exitCodeOfSignal(signalName(shell))
  }
  return 0
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder()
  for await (const text of texts) yield encoder.encode(text)
}

async function* pieces(
  { rows: { columns, batches }, format, isHeaderless }: Writing,
  onRows: (count: number) => void,
): AsyncGenerator<string, void> {
  const recordOf = (row: readonly string[]) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ""]))
  let size = 0
  if (format === "csv" && !isHeaderless) yield csvRecord(columns)
  if (format === "json") yield `{"version":1,"columns":${JSON.stringify(columns)},"rows":[`
  for await (const batch of batches) {
    const before = size
    size += batch.length
    onRows(batch.length)
    if (format === "csv") yield batch.map((row) => csvRecord(row.map(cellOf))).join("")
    else if (format === "jsonl") yield batch.map((row) => `${JSON.stringify(recordOf(row))}\n`).join("")
    else yield batch.map((row, at) => `${before + at === 0 ? "" : ","}\n${JSON.stringify(recordOf(row))}`).join("")
  }
  if (format === "json") yield `\n],"size":${size}}\n`
}

function cellOf(cell: string): string | null {
  return cell === "" ? null : cell
}
