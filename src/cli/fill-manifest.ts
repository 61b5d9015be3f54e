// A manifest that is filled when it is submitted: a search space drawn, or a query run, once; what came of it is read as if it were
// a file beside its source. It writes nothing that stays.
import { makeCatalog } from "../app/make-catalog.ts"
import { makeSweep } from "../app/make-sweep.ts"
import { withFile } from "../app/with-file.ts"
import { RegattaError } from "../core/errors.ts"
import { type FiringTime, withScheduledValues } from "../core/schedule/scheduled-values.ts"
import { NO_OVERRIDES } from "../core/sweep/read-space.ts"
import { GREATEST_SEED } from "../core/sweep/space-schema.ts"
import type { FileSystem, KeptFile } from "../ports/file-system.ts"
import type { Call } from "./command.ts"
import { startDeadline } from "./deadline.ts"
import { type ManifestSource, manifestOf } from "./manifest-source.ts"
import { givenUp, openCatalog, PATIENCE_MS, parametersOf } from "./open-catalog.ts"
import { csvRecord } from "./output/csv.ts"
import { formatCount } from "./output/format.ts"
import { withProgress } from "./output/progress.ts"
import type { Session } from "./session.ts"
import { sweepPorts } from "./sweep-ports.ts"

/** Files with the manifest among them. */
export interface WithManifest {
  readonly files: FileSystem
  readonly manifest: string
}

export interface FilledManifest extends WithManifest {
  /** The same rows among other files, where the source lies under another path. */
  moved(files: FileSystem, source: string): WithManifest
  close(): Promise<void>
}

/**
 * @param when the firing whose values are filled in; null: none. Errors: as of the source (`notFound`, `invalid` with every problem,
 * `usage`, `unsupported`, `unavailable`), `timeout` and `refused` (a query that was given up).
 */
export async function fillManifest(
  call: Call,
  session: Session,
  source: ManifestSource,
  when: FiringTime | null,
): Promise<FilledManifest> {
  const { files } = session
  if (source.kind === "manifest") {
    const moved = (among: FileSystem, manifest: string) => ({ files: among, manifest })
    return { ...moved(files, source.file), moved, close: async () => {} }
  }
  const kept =
    source.kind === "sweep" ? await drawn(call, session, source, when) : await asked(call, session, source, when)
  const moved = (among: FileSystem, file: string) => {
    const manifest = manifestOf({ ...source, file })
    return { files: withFile(among, manifest, () => kept.stream()), manifest }
  }
  return { ...moved(files, source.file), moved, close: () => kept.close() }
}

async function drawn(
  call: Call,
  session: Session,
  { file, seed }: ManifestSource,
  when: FiringTime | null,
): Promise<KeptFile> {
  const overrides = { ...NO_OVERRIDES, seed: seed === null ? null : seedOf(withScheduledValues(seed, when, "--seed")) }
  const { columns, rows, size, notes } = await makeSweep(sweepPorts(call, session), session.config, file, overrides)
  for (const note of notes) call.shell.err(`${note}\n`)
  call.shell.err(`${formatCount(size, "row")} drawn from ${file}\n`)
  return session.files.keep(
    (async function* () {
      const encoder = new TextEncoder()
      yield encoder.encode(csvRecord(columns))
      for (const row of rows) yield encoder.encode(recordOf(row))
    })(),
  )
}

function seedOf(text: string): number {
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (seed <= GREATEST_SEED) return seed
  throw new RegattaError(
    "usage",
    `--seed is a whole number from 0 to ${GREATEST_SEED}, or {scheduled.seconds}, got "${text}"`,
  )
}

async function asked(
  call: Call,
  session: Session,
  { file, parameters }: ManifestSource,
  when: FiringTime | null,
): Promise<KeptFile> {
  const { shell } = call
  const given = parametersOf(parameters)
  const values = new Map([...given].map(([name, value]) => [name, withScheduledValues(value, when, `--param ${name}`)]))
  const database = await openCatalog(call, session)
  const deadline = startDeadline(shell, PATIENCE_MS)
  let count = 0
  try {
    const request = { file, parameters: values, signal: deadline.signal, patience: PATIENCE_MS }
    const kept = await withProgress(shell, `reading ${database.shown}`, async (progress) => {
      const made = await makeCatalog({ files: session.files, catalog: database }, session.config, request)
      for (const note of made.notes) shell.err(`${note}\n`)
      return session.files.keep(
        (async function* () {
          const encoder = new TextEncoder()
          yield encoder.encode(csvRecord(made.columns))
          for await (const batch of made.batches) {
            count += batch.length
            progress.update(count, null)
            yield encoder.encode(batch.map(recordOf).join(""))
          }
        })(),
      )
    })
    shell.err(`${formatCount(count, "row")} of ${file}\n`)
    return kept
  } catch (error) {
    throw givenUp(error, deadline, PATIENCE_MS, null)
  } finally {
    deadline.clear()
  }
}

function recordOf(row: readonly string[]): string {
  return csvRecord(row.map((cell) => (cell === "" ? null : cell)))
}
