// Training jobs that bear our name and that no row holds as live: found by listing each region of the runs, and reported only.
// It stops nothing. A job whose run is in another table may be well looked after from there.
import { liveAttempt } from "../core/decision/row.ts"
import type { Instant, JobName, OwnerId, RunId } from "../core/ids.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import { parseJobName } from "../core/run/names.ts"
import { positionOf, type RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { streamPinnedRows } from "./pin-manifest.ts"

export interface Orphan {
  readonly region: string
  readonly trainingJob: JobName
  /** null: the table has no such run. */
  readonly run: RunId | null
  readonly row: number
  readonly phase: TrainingJob["phase"]
  readonly startedAt: Instant | null
  readonly why: string
}

export interface OrphanSearch {
  readonly regions: readonly string[]
  readonly orphans: readonly Orphan[]
}

type SearchPorts = Pick<OpenPorts, "table" | "objects" | "training" | "world">

/** A training job lives at most 28 days, and its last change may be its launch (source: CreateTrainingJob, StoppingCondition). */
const LONGEST_LIFE_MS = 30 * 86_400_000

/** @param more regions to look in beside those of the runs. Errors: what table, store and service throw. */
export async function findOrphans(
  ports: SearchPorts,
  prefix: string,
  more: readonly string[],
  onRegion: (region: string) => void,
): Promise<OrphanSearch> {
  const runs = await runsOf(ports, prefix)
  const regions = new Set(more)
  for (const run of runs.values()) {
    for await (const spec of streamPinnedRows(ports.objects, run))
      for (const place of spec.places) regions.add(place.region)
  }
  const orphans: Orphan[] = []
  for (const region of regions) {
    onRegion(region)
    for await (const job of liveJobs(ports, region, prefix)) {
      const orphan = await judge(ports, runs, region, job)
      if (orphan !== null) orphans.push(orphan)
    }
  }
  return { regions: [...regions], orphans }
}

/** Runs that may still have a live training job. */
async function runsOf({ table, world }: SearchPorts, prefix: string): Promise<ReadonlyMap<RunId, RunRecord>> {
  const runs = new Map<RunId, RunRecord>()
  const since = world.clock.now() - 2 * LONGEST_LIFE_MS
  for await (const run of table.listRuns(prefix)) if (run.createdAt >= since) runs.set(run.run, run)
  return runs
}

async function* liveJobs(
  { training, world }: SearchPorts,
  region: string,
  prefix: string,
): AsyncGenerator<TrainingJob> {
  let page: string | null = null
  do {
    const since = world.clock.now() - LONGEST_LIFE_MS
    const found = await training.changedSince(region, `${prefix}-`, since, page)
    for (const job of found.jobs) if (job.end === null) yield job
    page = found.next
  } while (page !== null)
}

/** null: its row holds it, or it is somebody else's. */
async function judge(
  ports: SearchPorts,
  runs: ReadonlyMap<RunId, RunRecord>,
  region: string,
  job: TrainingJob,
): Promise<Orphan | null> {
  const named = parseJobName(job.jobName)
  if (named === null) return null
  const { run: id, row, attempt } = named
  const { phase, startedAt } = job
  const found = { region, trainingJob: job.jobName, row, phase, startedAt }
  const run = runs.get(id) ?? (await ports.table.readRun(id))
  if (run === null) return { ...found, run: null, why: "the table has no such run: it may be in another" }
  if (positionOf(run, row) === null) return { ...found, run: id, why: "its run has no such row" }
  const record = await ports.table.readRow(id, row)
  const live = liveAttempt(record.state)
  if (live?.jobName === job.jobName && live.held.place.region === region) return null
  if ((await isOurs(ports, run, region, job.jobName, attempt)) === false) return null
  const held = live === null ? `is ${record.state.status}` : `holds ${live.jobName} in ${live.held.place.region}`
  return { ...found, run: id, why: `its row ${held}` }
}

/** By its tags; in doubt true. */
async function isOurs(
  { training, world }: SearchPorts,
  run: RunRecord,
  region: string,
  jobName: JobName,
  number: number,
): Promise<boolean> {
  const at = world.clock.now()
  const place = { region, instanceType: "", instances: 1, spot: false }
  const seen = await training.describe(run, {
    number,
    jobName,
    held: { place, usd: null },
    claimedBy: "nobody" as OwnerId,
    claimedAt: at,
    sendBy: at,
    settledAt: null,
    waitingSince: at,
  })
  if (seen.kind === "job") return seen.job.end === null
  return seen.kind !== "foreign" && seen.kind !== "absent"
}
