import type { CodeSource } from "../job/code-source.ts"
import type { Program } from "../job/job-spec.ts"
import { lastName, resolvePath } from "../paths.ts"
import type { RowContext } from "./row-context.ts"
import { absolutePath } from "./row-paths.ts"
import type { RowReader } from "./row-reader.ts"

/** Script mode of a row: what the container runs, and where its code lies on this machine (null: nowhere, or in S3). */
export interface Script {
  readonly program: Program | null
  readonly code: CodeSource | null
}

export function readProgram(reader: RowReader, context: RowContext): Script {
  const entry = reader.fixed("entry_point")
  const sourceDir = reader.fixed("source_dir")
  const dependencies = reader.fixed("dependencies") ?? []
  findUnpacked(reader)
  if (entry === null) return { program: null, code: null }
  const entryPoint = sourceDir === null ? lastName(entry) : insidePath(reader, entry)
  const program: Program = { entryPoint, sourceDir, dependencies, archive: null }
  if (sourceDir?.startsWith("s3://") === true) {
    findInS3(reader, context, dependencies)
    return { program, code: null }
  }
  const given = (column: string) => reader.row.given.get(column) ?? null
  const folder = sourceDir === null ? null : withoutSlash(absolutePath(sourceDir, given("source_dir"), context))
  return {
    program,
    code: {
      folder,
      entry: folder === null ? absolutePath(entry, given("entry_point"), context) : `${folder}/${entryPoint}`,
      dependencies: dependencies.map((each) => withoutSlash(absolutePath(each, given("dependencies"), context))),
    },
  }
}

/** A cell that names code needs a script; a setting of regatta.yaml waits for rows that have one. */
function findUnpacked(reader: RowReader): void {
  if (reader.has("entry_point")) return
  for (const column of ["source_dir", "dependencies"]) {
    if (reader.row.given.get(column)?.key === null)
      reader.find(column, "this is packed with an entry_point, and this row has none")
  }
}

/** The entry point's path inside `source_dir`. */
function insidePath(reader: RowReader, entry: string): string {
  if (entry.startsWith("/") || entry.split("/").includes("..")) {
    reader.find("entry_point", "beside a source_dir the entry point is a path inside it")
  }
  return resolvePath("/", entry).slice(1)
}

function findInS3(reader: RowReader, context: RowContext, dependencies: readonly string[]): void {
  if (context.on === "local")
    reader.find("source_dir", "code in S3 does not run on local: give a folder of this machine")
  if (dependencies.length > 0) reader.find("dependencies", "code in S3 is packed already: nothing is added to it")
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path
}
