import { runName } from "../app/plan-run.ts"
import type { PlanRequest } from "../app/planned.ts"
import { RegattaError } from "../core/errors.ts"
import { resolvePath } from "../core/paths.ts"
import type { Source } from "../core/schedule/schedule.ts"
import type { Call } from "./command.ts"

/** Where the rows of a submission come from, as the command line says it. */
export interface ManifestSource {
  readonly kind: Source
  /** Absolute path, or `s3://` URI, of the manifest, of the search space, of the query. */
  readonly file: string
  /** `--param`, as typed. */
  readonly parameters: readonly string[]
  /** `--seed`, as typed; null: the space's own. */
  readonly seed: string | null
}

/** null: none of the three is given. Error `usage`: more than one, or an option of another. */
export function manifestSource({ options, shell }: Call, typed: string | null): ManifestSource | null {
  const given: readonly (readonly [kind: Source, file: string | null])[] = [
    ["manifest", typed],
    ["sweep", options.text("sweep")],
    ["catalog", options.text("catalog")],
  ]
  const [first, second] = given.flatMap(([kind, file]) => (file === null ? [] : [{ kind, file }]))
  if (second !== undefined)
    throw new RegattaError("usage", "rows come from a manifest, from --sweep or from --catalog: give one of them")
  const [parameters, seed] = [options.texts("param"), options.text("seed")]
  if (parameters.length > 0 && first?.kind !== "catalog")
    throw new RegattaError("usage", "--param is of a query: it goes with --catalog")
  if (seed !== null && first?.kind !== "sweep")
    throw new RegattaError("usage", "--seed is of a search space: it goes with --sweep")
  if (first === undefined) return null
  if (first.kind !== "manifest" && options.isGiven("columns"))
    throw new RegattaError("usage", `--columns names those of a manifest, not of --${first.kind}`)
  return { kind: first.kind, file: resolvePath(shell.cwd, first.file), parameters, seed }
}

/** Where the rows stand as a manifest: what is filled stands beside what fills it. */
export function manifestOf({ kind, file }: Pick<ManifestSource, "kind" | "file">): string {
  return kind === "manifest" ? file : `${file}.csv`
}

/** A run of rows that are filled in bears the name of what fills them where no other is given. */
export function withName(request: PlanRequest, source: ManifestSource): PlanRequest {
  if (source.kind === "manifest") return request
  return { ...request, name: request.name ?? runName(source.file) }
}
