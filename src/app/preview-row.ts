import type { Config } from "../core/config/config.ts"
import { estimateUsd } from "../core/decision/policy.ts"
import type { Attempt } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId, Uri } from "../core/ids.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { maskedEnvironment } from "../core/manifest/secrets.ts"
import { jobName, runId } from "../core/run/names.ts"
import type { ObjectRef, RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { PreparedRequest, RequestPreview } from "../ports/request-preview.ts"
import { TABLE_SCHEMA } from "../ports/run-table.ts"
import { archiveUri, measureCode } from "./pack-code.ts"
import { planRun } from "./plan-run.ts"
import type { PlanRequest } from "./planned.ts"

/** JSON of `run-row … --dry-run` (product.md). */
export interface RowPreview extends PreparedRequest {
  readonly version: 1
  readonly index: number
  readonly region: string
  /** What would be packed and stored before, where it is not there yet. */
  readonly uploads: readonly Upload[]
}

export interface Upload {
  /** `source_dir`, or the entry script alone: an absolute path. */
  readonly from: string
  /** Packed beside it. */
  readonly dependencies: readonly string[]
  readonly to: Uri
  readonly sha256: string
  readonly bytes: number
}

/** The request of a row's first attempt in a run of its own. Errors: `invalid` with all problems. Reads files and touches nothing. */
export async function previewRow(
  ports: Pick<OpenPorts, "files" | "world">,
  preview: RequestPreview,
  config: Config,
  request: PlanRequest & { readonly row: number },
  createdBy: string,
): Promise<RowPreview> {
  let found: { readonly spec: JobSpec; readonly code: CodeSource | null } | null = null
  const planned = await planRun({ ...ports, service: preview }, config, request, async (spec, code) => {
    found = { spec, code }
  })
  const row = found as { readonly spec: JobSpec; readonly code: CodeSource | null } | null
  if (planned.plan === null || row === null) {
    throw new RegattaError("invalid", `row ${request.row} of ${request.manifest} cannot run`, {
      problems: planned.problems,
    })
  }
  const { spec, upload } = await withArchive(ports, preview, row)
  const run = plannedRun(ports, config, planned.plan.name, planned.plan.manifest, request.row, createdBy)
  const prepared = preview.prepare(run, masked(spec), firstAttempt(run, spec))
  return {
    version: 1,
    index: spec.index,
    region: spec.region,
    ...prepared,
    uploads: upload === null ? [] : [upload],
  }
}

/** The row as it would be pinned: its code measured, and named where it would be stored. */
async function withArchive(
  ports: Pick<OpenPorts, "files" | "world">,
  preview: RequestPreview,
  { spec, code }: { readonly spec: JobSpec; readonly code: CodeSource | null },
): Promise<{ readonly spec: JobSpec; readonly upload: Upload | null }> {
  if (spec.program === null || code === null) return { spec, upload: null }
  const { region } = spec.places[0]
  const { sha256, bytes } = await measureCode(ports, code)
  const to = archiveUri(preview.home(region), sha256)
  const program = { ...spec.program, archive: { uri: to, region, etag: sha256, bytes } }
  const upload = { from: code.folder ?? code.entry, dependencies: code.dependencies, to, sha256, bytes }
  return { spec: { ...spec, program }, upload }
}

/** The request of the next attempt of a row of an existing run. */
export async function previewNextAttempt(
  ports: Pick<OpenPorts, "table">,
  preview: RequestPreview,
  run: RunRecord,
  spec: JobSpec,
): Promise<RowPreview> {
  const row = await ports.table.readRow(run.run, spec.index)
  const place = spec.places[row.placeIndex] ?? spec.places[0]
  const first = firstAttempt(run, spec)
  const number = row.nextNumber
  const attempt = {
    ...first,
    number,
    jobName: jobName(run.run, spec.index, number),
    held: { place, usd: estimateUsd(run, spec, place) },
  }
  const prepared = preview.prepare(run, masked(spec), attempt)
  return { version: 1, index: spec.index, region: place.region, ...prepared, uploads: [] }
}

/** The spec as it may be shown: what was allowed to stand in plain text is no less a secret. */
function masked(spec: JobSpec): JobSpec {
  const here = { ...spec, environment: maskedEnvironment(spec.environment) }
  if (spec.elsewhere === undefined) return here
  const elsewhere = Object.entries(spec.elsewhere).map(([region, settings]) => {
    const { environment } = settings
    return [region, environment === undefined ? settings : { ...settings, environment: maskedEnvironment(environment) }]
  })
  return { ...here, elsewhere: Object.fromEntries(elsewhere) }
}

/** The run as it would be created now; its id's last letters are drawn at its creation. */
function plannedRun(
  ports: Pick<OpenPorts, "world">,
  config: Config,
  name: string,
  manifest: RunRecord["manifest"],
  row: number,
  createdBy: string,
): RunRecord {
  const now = ports.world.clock.now()
  const nothing: ObjectRef = { uri: "" as Uri, region: "", etag: "", bytes: 0 }
  return {
    run: runId(config.prefix, now, name, "0000") as RunId,
    version: 1,
    schema: TABLE_SCHEMA,
    name,
    createdBy,
    createdAt: now,
    on: config.on,
    follow: config.follow ?? "attached",
    manifest,
    parts: [{ rows: nothing, index: nothing, size: 1 }],
    arrays: [],
    orders: [],
    budgetUsd: config.budgetUsd,
    allowUnknownPrice: false,
    limits: config.limits,
    prices: config.prices,
    storageMap: config.storageMap,
    local: config.local,
    only: [row],
  }
}

function firstAttempt(run: RunRecord, spec: JobSpec): Attempt {
  const [place] = spec.places
  return {
    number: 1,
    jobName: jobName(run.run, spec.index, 1),
    held: { place, usd: estimateUsd(run, spec, place) },
    claimedBy: "nobody" as OwnerId,
    claimedAt: run.createdAt,
    sendBy: run.createdAt,
    settledAt: null,
    waitingSince: run.createdAt,
  }
}
