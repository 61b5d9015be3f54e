import { type CatalogRows, makeCatalog } from "../../app/make-catalog.ts"
import { isParameterName } from "../../core/catalog/read-query.ts"
import { catalogUrl } from "../../core/config/catalog-url.ts"
import { RegattaError } from "../../core/errors.ts"
import { MASK, withoutPassword } from "../../core/manifest/secrets.ts"
import { resolvePath } from "../../core/paths.ts"
import type { Catalog } from "../../ports/catalog.ts"
import type { Shell } from "../../ports/world.ts"
import { type Call, requiredArgument } from "../command.ts"
import { type Deadline, startDeadline } from "../deadline.ts"
import { exitCodeOfSignal, interrupted, signalName } from "../interrupt.ts"
import { durationOption } from "../options.ts"
import { csvRecord } from "../output/csv.ts"
import { formatCount } from "../output/format.ts"
import { manifestDestination } from "../output/manifest-destination.ts"
import { type Progress, withProgress } from "../output/progress.ts"
import type { Session } from "../session.ts"

const FORMATS = ["csv", "json", "jsonl"] as const
type Format = (typeof FORMATS)[number]

const PATIENCE_MS = 600_000
const SQLITE = "sqlite:"

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
    throw givenUp(error, deadline, patience)
  } finally {
    deadline.clear()
  }
}

/** Whatever a reader that was cut off threw. */
function givenUp(error: unknown, deadline: Deadline, patience: number): unknown {
  if (!deadline.signal.aborted) return error
  if (!deadline.isPassed())
    return new RegattaError("refused", "the query was given up; nothing was written", { cause: error })
  return new RegattaError("timeout", `the query did not end within ${patience / 1000} s; nothing was written`, {
    hint: "give it longer with --timeout",
  })
}

function parametersOf(given: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const each of given) {
    const at = each.indexOf("=")
    const name = each.slice(0, Math.max(at, 0))
    if (!isParameterName(name))
      throw new RegattaError("usage", `--param is name=value with a name of letters, digits and _, got "${each}"`)
    if (parameters.has(name)) throw new RegattaError("usage", `--param ${name} is given twice`)
    parameters.set(name, each.slice(at + 1))
  }
  return parameters
}

async function openCatalog({ options, shell }: Call, session: Session): Promise<Catalog> {
  const url = options.text("from") ?? session.config.catalog
  if (url === undefined)
    throw new RegattaError("usage", "no database is named", {
      hint: "give --from postgres://user@host/database or sqlite:<path>, or set catalog in regatta.yaml",
    })
  const outcome = catalogUrl.parse(url)
  if (!outcome.ok) throw new RegattaError("usage", `--from: ${outcome.message}, got "${masked(url)}"`)
  const { catalog: open } = session.ports()
  if (open === undefined) throw new RegattaError("unsupported", `no catalog can be read on ${session.config.on}`)
  return open(url.startsWith(SQLITE) ? `${SQLITE}${resolvePath(shell.cwd, url.slice(SQLITE.length))}` : url)
}

/** Up to the last @: who types a password where none is allowed may type anything in it. */
function masked(url: string): string {
  return withoutPassword(url).replace(/:\/\/.*@/s, `://${MASK}@`)
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
  return print(shell, await files.spool(body))
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
