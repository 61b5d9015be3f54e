// The first pass over a manifest whose rows may move: what their data is and where, what regions offer, and the best place of all rows at once.
// It copies nothing and launches nothing; a manifest whose rows are all pinned is not read here.
import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import type { Place } from "../core/job/place.ts"
import { ProblemList } from "../core/manifest/problem-list.ts"
import { partitionOf } from "../core/manifest/regions.ts"
import { LOCAL_ACCOUNT } from "../core/manifest/row-context.ts"
import { copiesCounted, mostCopies } from "../core/placement/copy-groups.ts"
import { copyStore, copyTarget } from "../core/placement/copy-target.ts"
import { isWithin, residencyOf } from "../core/placement/placement-settings.ts"
import type { ChosenRow, PlanCopy, PlanPlacement } from "../core/placement/plan-placement.ts"
import type { DataSet, PlacedRow, Placement } from "../core/placement/problem.ts"
import type { Optimizer } from "../ports/optimizer.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { AccountAccess } from "./account-access.ts"
import { buildMarket, type WantedMachine } from "./build-market.ts"
import { DataBook, type DataStore, type Measured } from "./data-book.ts"
import { dataUri } from "./data-uri.ts"
import { type DraftData, type DraftRow, draftRows, tellOf } from "./draft-rows.ts"
import { needsPlacing } from "./needs-placing.ts"
import type { Placed } from "./placed-rows.ts"
import { type PlanRequest, PROBLEMS_KEPT } from "./planned.ts"
import { solvePlacement } from "./solve-placement.ts"

/** What choosing regions needs beside the manifest. */
export interface PlacingPorts {
  /** null: nothing can be asked, as with `--offline`. */
  readonly data: () => Promise<DataStore | null>
  readonly optimizer: () => Promise<Optimizer>
  /** Live instances at a place, as the table counts them; missing: there is no table yet. */
  readonly live?: (place: Pick<Place, "region" | "instanceType" | "spot">) => Promise<number>
  /** While data is listed, with the objects so far. */
  readonly onListed?: (objects: number) => void
}

export type PlaceRowsPorts = Pick<OpenPorts, "files" | "world"> & {
  readonly account?: AccountAccess
  readonly placing?: PlacingPorts
}

/**
 * Chooses the region of every row that is not pinned; null: there is no such row, or nobody here chooses. Errors: `invalid`
 * (no place is possible, with all reasons), and those of reading the manifest. What is wrong with single rows is in `problems`.
 */
export async function placeRows(ports: PlaceRowsPorts, config: Config, request: PlanRequest): Promise<Placed | null> {
  if (request.placed !== undefined && request.placed !== null) return request.placed
  const { placing } = ports
  if (placing === undefined || !(await needsPlacing(ports.files, config, request))) return null
  const problems = new ProblemList(PROBLEMS_KEPT)
  const book = new DataBook(await placing.data(), config, ports.world, placing.onListed)
  const drafts = await draftRows(ports.files, config, request, book, problems)
  const open = drafts.rows.filter(({ wish }) => wish !== "pinned")
  if (open.length === 0 && drafts.failed.size === 0) return null
  const stopped = () => unplaced(drafts.rows, drafts.failed, problems)
  if (drafts.failed.size > 0) return stopped()
  const regions = candidates(config, drafts.rows)
  const data = await measureAll(book, config, request, open, regions, problems)
  if (data === null) return stopped()
  if (data.size === 0 && open.every(isSettled)) return settled(open)
  return weigh({ ...ports, placing }, config, drafts.rows, regions, data)
}

/** The request with what was chosen for its rows. Errors as of `placeRows`. */
export async function withPlaced<Request extends PlanRequest>(
  ports: PlaceRowsPorts,
  config: Config,
  request: Request,
): Promise<Request> {
  const placed = await placeRows(ports, config, request)
  return placed === null ? request : { ...request, placed }
}

/** Whether nothing is to be weighed: it trains where all of its data lies. */
function isSettled({ wish, home, data }: DraftRow): boolean {
  return wish === "data" && data.every(({ region }) => region === home)
}

/** Nothing is chosen where something is wrong: a plan of the other rows would not be this manifest's. */
function unplaced(rows: readonly DraftRow[], failed: ReadonlySet<number>, problems: ProblemList): Placed {
  const open = rows.filter(({ wish }) => wish !== "pinned").map(({ index }) => index)
  return { placement: NOTHING, failed: new Set([...failed, ...open]), problems: problems.problems }
}

const NOTHING: PlanPlacement = {
  rows: [],
  copies: [],
  usd: null,
  baselineUsd: null,
  hours: null,
  baselineHours: null,
  gap: 0,
  unpricedRows: 0,
  basis: "",
  notes: [],
}

function settled(rows: readonly DraftRow[]): Placed {
  const chosen = rows.map(
    (row): ChosenRow => ({
      index: row.index,
      place: "data",
      region: row.home,
      from: row.from,
      reason: `${row.home}: its data lies there`,
    }),
  )
  return { placement: { ...NOTHING, rows: chosen }, failed: new Set(), problems: [] }
}

/** Regions to which rows may move: those that are named, else those of the rows, of `regions` and of the prices. */
function candidates({ placement, regions, prices }: Config, rows: readonly DraftRow[]): readonly string[] {
  const named = placement?.regions ?? null
  const homes = new Set(rows.map(({ home }) => home))
  const priced = Object.keys(prices).map((key) => key.split("/")[0] ?? "")
  const all = named ?? [...new Set([...homes, ...Object.keys(regions), ...priced])]
  const [first] = homes
  // Credentials do not cross partitions, and the rows of one manifest are in one.
  return all.filter((region) => first === undefined || partitionOf(region) === partitionOf(first)).toSorted()
}

/** A data set that may be copied. */
interface KnownData extends Pick<DraftData, "uri" | "source" | "region"> {
  readonly measured: Measured
}

/**
 * Lists what may have to be copied, all at once; null: something could not be listed, and is told. Data of rows that stay
 * where all of it lies is not listed.
 */
async function measureAll(
  book: DataBook,
  config: Config,
  request: PlanRequest,
  rows: readonly DraftRow[],
  regions: readonly string[],
  problems: ProblemList,
): Promise<ReadonlyMap<string, KnownData> | null> {
  const asked = new Map<string, { readonly data: DraftData; readonly row: DraftRow }>()
  for (const row of rows) {
    if (isSettled(row) || (row.wish !== "data" && mayOnlyStay(row, regions))) continue
    for (const data of row.data) if (!asked.has(keyOf(data))) asked.set(keyOf(data), { data, row })
  }
  const known = new Map<string, KnownData>()
  let isWhole = true
  const answers = await Promise.all(
    [...asked].map(async ([key, { data, row }]) => ({
      key,
      data,
      row,
      answer: await book.measure(data.source, data.region),
    })),
  )
  for (const { key, data, row, answer } of answers) {
    if (answer.ok) known.set(key, { ...data, measured: answer.value })
    else {
      isWhole = false
      tellOf(problems, config, request, row.line, row.given, { column: data.column, message: answer.message })
    }
  }
  return isWhole ? known : null
}

function mayOnlyStay(row: DraftRow, regions: readonly string[]): boolean {
  const others = regions.filter((region) => region !== row.home && isWithin(region, row.residency ?? [region]))
  return others.length === 0 && row.data.every(({ region }) => region === row.home)
}

/** On local the same folder may be in the region of each row that names it. */
function keyOf({ source, region }: Pick<DraftData, "source" | "region">): string {
  return `${region} ${source}`
}

async function weigh(
  ports: PlaceRowsPorts & { readonly placing: PlacingPorts },
  config: Config,
  rows: readonly DraftRow[],
  regions: readonly string[],
  data: ReadonlyMap<string, KnownData>,
): Promise<Placed> {
  const { account = null, placing } = ports
  const { market, notes } = await buildMarket({ config, account, live: placing.live }, regions, machines(rows, regions))
  const names = dataNames(data)
  const byName = new Map([...data].map(([key, each]) => [names.get(key) ?? key, each]))
  const placed = rows.map((row): PlacedRow => {
    const read = row.data.flatMap((each) => names.get(keyOf(each)) ?? [])
    return {
      index: row.index,
      place: row.wish,
      region: row.home,
      data: [...new Set(read)],
      instanceType: row.instanceType,
      instances: row.instances,
      spot: row.spot,
      hours: row.seconds / 3600,
      allowed: row.residency === null ? null : within([...new Set([...regions, row.home])], row.residency),
    }
  })
  const sets = [...byName].map(([key, { uri, region, measured }]): DataSet => {
    const allowed = residencyOf(config.placement?.residency ?? {}, uri)
    return {
      key,
      region,
      bytes: measured.bytes,
      objects: measured.objects,
      allowed: allowed === null ? null : within(regions, allowed),
    }
  })
  const lines = new Map(rows.map(({ index, line }) => [index, line]))
  const solved = await solvePlacement(
    { optimizer: await placing.optimizer() },
    { rows: placed, data: sets, market, nameRow: (index) => `line ${lines.get(index) ?? "?"}` },
  )
  const copies = await plannedCopies(ports, config, solved, byName)
  return { placement: placementOf(config, rows, solved, copies, notes), failed: new Set(), problems: [] }
}

/** Names of data sets for people, one each: as rows name them, with the region where one name stands for data in several. */
function dataNames(data: ReadonlyMap<string, KnownData>): ReadonlyMap<string, string> {
  const byUri = Map.groupBy(data, ([, { uri }]) => uri)
  return new Map(
    [...byUri].flatMap(([uri, of]) =>
      of.map(([key, { region }]) => [key, of.length === 1 ? uri : `${uri} in ${region}`] as const),
    ),
  )
}

function within(regions: readonly string[], allowed: readonly string[]): readonly string[] {
  return regions.filter((region) => isWithin(region, allowed))
}

/** Every machine of the rows in every region where it may come to train. */
function machines(rows: readonly DraftRow[], regions: readonly string[]): readonly WantedMachine[] {
  const wanted = new Map<string, WantedMachine>()
  for (const { wish, home, instanceType, spot, instances } of rows) {
    const where = wish === "cheapest" || wish === "fastest" ? new Set([...regions, home]) : [home]
    for (const region of where) {
      const key = `${region} ${instanceType} ${spot}`
      const most = Math.max(instances, wanted.get(key)?.instances ?? 0)
      wanted.set(key, { region, instanceType, spot, instances: most })
    }
  }
  return [...wanted.values()]
}

async function plannedCopies(
  ports: PlaceRowsPorts,
  config: Config,
  { copies }: Placement,
  data: ReadonlyMap<string, KnownData>,
): Promise<readonly PlanCopy[]> {
  if (copies.length === 0) return []
  const account = config.account ?? (config.on === "aws" ? await accountOf(ports) : LOCAL_ACCOUNT)
  return copies.flatMap(({ data: key, from, to, bytes, usd, seconds, rows }) => {
    const known = data.get(key)
    if (known === undefined) return []
    const named = copyStore(config.placement?.store ?? null, to, account)
    if (named.includes("{account}"))
      throw new RegattaError("invalid", `where copies go, ${named}, needs the account`, {
        hint: "set account in regatta.yaml, or placement.store without {account}",
      })
    const store = dataUri(config, named) as Uri
    const { hash: listing, objects } = known.measured
    const target = copyTarget(store, known.source, listing)
    return [{ source: known.source as Uri, from, to, store, target, listing, objects, bytes, usd, seconds, rows }]
  })
}

async function accountOf({ account }: PlaceRowsPorts): Promise<string | null> {
  return account === undefined ? null : (await account.ports.caller()).account
}

function placementOf(
  config: Config,
  rows: readonly DraftRow[],
  solved: Placement,
  copies: readonly PlanCopy[],
  notes: readonly string[],
): PlanPlacement {
  const chosen = rows.flatMap(({ index, wish, home, from }): readonly ChosenRow[] => {
    if (wish === "pinned") return []
    const region = solved.regionOf.get(index) ?? home
    return [{ index, place: wish, region, from, reason: solved.reasons.get(index) ?? `${region}: its data lies there` }]
  })
  const { usd, baselineUsd, hours, baselineHours, gap, unpriced } = solved
  return {
    rows: chosen,
    copies,
    usd,
    baselineUsd,
    hours,
    baselineHours,
    gap,
    unpricedRows: unpriced.length,
    basis: basisOf(rows),
    notes: [...solved.notes, ...notes, ...tooManyCopies(config, copies)],
  }
}

function tooManyCopies({ table }: Config, copies: readonly PlanCopy[]): readonly string[] {
  const count = copiesCounted({ copies })
  const most = mostCopies(table)
  if (count <= most) return []
  return [
    `a run in this table has ${most} copies at most, and this plan has ${count}: submit refuses it; split the manifest, or let some rows stay where their data lies`,
  ]
}

/** `hours of 4 rows from expected_runtime, of 3 from max_runtime`. */
function basisOf(rows: readonly DraftRow[]): string {
  const counts = Map.groupBy(rows, ({ basis }) => basis)
  const parts = [...counts].map(
    ([basis, of]) => `${of.length.toLocaleString("en-US")} ${of.length === 1 ? "row" : "rows"} from ${basis}`,
  )
  return `hours of ${parts.join(", of ")}`
}
