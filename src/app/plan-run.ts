// Reads a manifest, checks every row of it and says what a submission would do. It launches and writes nothing, and asks only
// the account that it is given; a problem of one row never hides those of another.
import { queueRegionOf } from "../core/config/batch-settings.ts"
import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import { serializeSpec } from "../core/job/serialize-spec.ts"
import { type Header, headerOf, isHeader } from "../core/manifest/header.ts"
import { ProblemList } from "../core/manifest/problem-list.ts"
import { settingProblem } from "../core/manifest/row-problems.ts"
import { settingLayers } from "../core/manifest/row-settings.ts"
import { isSecretName, MASK } from "../core/manifest/secrets.ts"
import { folderOf, lastName } from "../core/paths.ts"
import { copyGroups } from "../core/placement/copy-groups.ts"
import type { PlanPlacement } from "../core/placement/plan-placement.ts"
import { PLAN_VERSION, type Plan } from "../core/run/plan.ts"
import type { PlanTotals } from "../core/run/plan-totals.ts"
import { sliceSizes } from "../core/run/slices.ts"
import type { Digest } from "../ports/digest.ts"
import { AccountCheck } from "./check-account.ts"
import { dataUri } from "./data-uri.ts"
import { notCheckedOn } from "./not-checked.ts"
import { PlacedRows } from "./placed-rows.ts"
import { type OnRow, type PlanPorts, type PlanRequest, type PlanRun, PROBLEMS_KEPT } from "./planned.ts"
import { type ManifestFault, type ManifestRecord, readManifest } from "./read-manifest.ts"
import { RowPlanner } from "./row-planner.ts"

/** Rows up to which the children stay with their training jobs on aws. */
const ATTACHED_ROWS = 100

/** See `PlanRun`. Throws only what keeps the manifest from being read at all: `notFound`, `denied`, `invalid`, `unavailable`. */
export const planRun: PlanRun = async (ports, config, request, onRow = async () => {}) => {
  const problems = new ProblemList(PROBLEMS_KEPT)
  const file = ports.world.digest()
  const rows = ports.world.digest()
  const planning: Planning = {
    files: ports.files,
    service: ports.service ?? null,
    account: ports.account === undefined ? null : new AccountCheck(ports.account, config, request.row !== null),
    config,
    request,
    problems,
    rows,
    onRow,
    planner: null,
    next: request.first ?? 0,
    from: 0,
  }
  for (const each of request.placed?.problems ?? []) problems.add(each)
  for await (const batch of readManifest(digested(ports.files.stream(request.manifest), file))) {
    for (const each of batch) await addRecord(planning, each)
  }
  const { planner } = planning
  planner?.end()
  await planner?.askAccount()
  findShortage(planning)
  // A row that was passed over without a word would shift all others.
  if (problems.errors === 0 && (request.placed?.failed.size ?? 0) > 0)
    throw new RegattaError("fault", "no region was chosen for some rows, and nothing says why")
  const found = { problems: problems.problems, omitted: problems.omitted }
  if (planner === null || problems.errors > 0) return { plan: null, ...found }
  return { plan: planOf(planning, planner, { file: file.hex(), rows: rows.hex() }), ...found }
}

interface Planning {
  readonly files: PlanPorts["files"]
  readonly service: NonNullable<PlanPorts["service"]> | null
  readonly account: AccountCheck | null
  readonly config: Config
  readonly request: PlanRequest
  readonly problems: ProblemList
  readonly rows: Digest
  readonly onRow: OnRow
  /** null until the header is known. */
  planner: RowPlanner | null
  /** Index of the next row. */
  next: number
  /** Line of the first row; 0: none was seen. */
  from: number
}

async function* digested(chunks: AsyncIterable<Uint8Array>, digest: Digest): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    digest.update(chunk)
    yield chunk
  }
}

async function addRecord(planning: Planning, each: ManifestRecord | ManifestFault): Promise<void> {
  if (each.kind === "fault") {
    const { line, message } = each
    planning.problems.add(fileProblem(planning.request, line, message))
    return
  }
  if (planning.planner === null) {
    planning.planner = startPlanner(planning, each)
    if (isHeader(planning.request, each.cells)) return
  }
  const index = planning.next
  planning.next += 1
  if (planning.request.row !== null && planning.request.row !== index) return
  const planned = await planning.planner.add(index, each)
  if (planned === null) return
  planning.rows.update(`${serializeSpec(planned.spec)}\n`)
  if (planning.problems.errors === 0) await planning.onRow(planned.spec, planned.code)
}

function startPlanner(planning: Planning, first: ManifestRecord): RowPlanner {
  const { files, service, account, config, request, problems } = planning
  const header = headerOf(request, first.cells)
  const line = isHeader(request, first.cells) ? first.line : null
  findHeaderFaults(request, header, line, first, problems)
  findSecretNames(config, request, header, line, problems)
  const { manifest, allowPlainEnv, earlierRuntimeSeconds = null, place = null, placed = null, row } = request
  const chosen = {
    place,
    placed: placed === null ? null : new PlacedRows(placed, (uri) => dataUri(config, uri)),
    isOneRow: row !== null,
  }
  const of = { file: manifest, folder: folderOf(manifest), header, allowPlainEnv, earlierRuntimeSeconds, chosen }
  return new RowPlanner({ files, service, account }, config, of, problems)
}

/** A first line without any column's name is told as a whole: it may be a row whose region is mistyped. */
function findHeaderFaults(
  request: PlanRequest,
  header: Header,
  line: number | null,
  { cells: [cell = ""] }: ManifestRecord,
  problems: ProblemList,
): void {
  if (line === null || header.columns.some((each) => each !== null)) {
    for (const { header: column, message } of header.wrong)
      problems.add({ ...fileProblem(request, line, message), column })
    return
  }
  const shown = cell.length > 60 ? `${cell.slice(0, 60)}…` : cell
  const message = `no header, for it names no column, and no row, for its first cell "${shown}" is no region such as us-east-1: name the columns, here or with --columns`
  problems.add(fileProblem(request, line, message))
}

/** A name that says secret is refused once, wherever it is set. */
function findSecretNames(
  config: Config,
  request: PlanRequest,
  header: Header,
  line: number | null,
  problems: ProblemList,
): void {
  const isRefused = (of: string, key: string | null) =>
    of === "env.<NAME>" && key !== null && isSecretName(key) && !request.allowPlainEnv.includes(key)
  const message = (key: string | null) =>
    `a name like this holds a secret: let the training script read it with the job's role, or give --allow-plain-env ${key}`
  for (const each of header.columns) {
    if (each === null || !isRefused(each.column.of, each.column.key)) continue
    problems.add({ ...fileProblem(request, line, message(each.column.key)), column: each.header, value: MASK })
  }
  const layers = settingLayers(config)
  for (const region of ["", ...Object.keys(config.regions)]) {
    for (const given of layers.of(region).values()) {
      const { of, key } = given.column
      if (isRefused(of, key)) problems.addOnce(settingProblem(config, given, "error", message(key)))
    }
  }
}

function findShortage({ request, problems, planner, next }: Planning): void {
  if (problems.errors > 0) return
  if (planner === null) problems.add(fileProblem(request, null, "the manifest is empty: it needs a header and a row"))
  else if (next === (request.first ?? 0))
    problems.add(fileProblem(request, null, "the manifest has a header and no row"))
  else if (request.row !== null && request.row >= next) {
    const last = next === 1 ? "its only row is 0" : `its rows are 0 to ${next - 1}`
    problems.add(fileProblem(request, null, `the manifest has no row ${request.row}: ${last}`))
  }
}

function fileProblem({ manifest }: PlanRequest, line: number | null, message: string) {
  return { severity: "error", file: manifest, line, column: null, value: null, message } as const
}

function planOf(
  { config, request, account, problems }: Planning,
  { totals }: RowPlanner,
  sha256: { readonly file: string; readonly rows: string },
): Plan {
  const { size } = totals
  const placement = request.row === null ? (request.placed?.placement ?? null) : null
  return {
    version: PLAN_VERSION,
    on: config.on,
    name: request.name ?? runName(request.manifest),
    manifest: { file: request.manifest, sha256: sha256.file },
    rowsSha256: sha256.rows,
    size,
    regions: totals.regions,
    slices: jobSizes(config, totals, placement),
    follow: config.follow ?? (config.on === "local" || size <= ATTACHED_ROWS ? "attached" : "detached"),
    cost: totals.cost,
    ...(placement === null ? {} : { placement }),
    warnings: problems.problems,
    prices: account === null ? config.prices : { ...account.prices },
    ...(account === null || account.images.length === 0 ? {} : { images: account.images }),
    notChecked: notCheckedOn(config.on, account),
    notApplied: totals.notApplied,
  }
}

/** Sizes of the jobs that will carry the rows; rows of different queues are never in one array, nor such as wait for different copies. */
function jobSizes({ on, home, batch }: Config, { regions, size }: PlanTotals, placement: PlanPlacement | null) {
  const queueOf = (region: string) => (on === "aws" ? (queueRegionOf(batch?.queue, home, region) ?? "") : "")
  const groups = placement === null ? [] : copyGroups(placement)
  const regionOf = new Map(placement?.rows.map((row) => [row.index, row.region]))
  const waiting = groups.map(({ rows }) => counted(rows.map((row) => [queueOf(regionOf.get(row) ?? ""), 1])))
  const all = counted(regions.map(({ region, rows }) => [queueOf(region), rows]))
  for (const [queue, rows] of waiting.flatMap((sizes) => [...sizes])) all.set(queue, (all.get(queue) ?? 0) - rows)
  const sizes = [all, ...waiting].flatMap((each) => [...each.values()]).flatMap(sliceSizes)
  return sizes.length === 0 ? sliceSizes(size) : sizes
}

function counted(items: readonly (readonly [queue: string, rows: number])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [queue, rows] of items) counts.set(queue, (counts.get(queue) ?? 0) + rows)
  return counts
}

/** `sweep` of `sweep.csv`; of `manifests/06-sweep/manifest.csv`, whose name says nothing, the folder's. */
export function runName(manifest: string): string {
  const stem = lastName(manifest).replace(/\.[^.]*$/, "")
  const name = stem === "manifest" ? lastName(folderOf(manifest)) : stem
  return name.replace(/^\d+-(?=.)/, "") || "run"
}
