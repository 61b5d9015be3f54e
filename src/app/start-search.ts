// Makes the run of a search: its first rows are chosen and planned, and the record is written without a part. Whoever drives the
// search begins with the first round as with any later one; nothing is pinned or submitted here.

import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { Plan } from "../core/run/plan.ts"
import type { RunRecord } from "../core/run/run.ts"
import { decideRound, NO_HISTORY, type SearchRules } from "../core/run/search-round.ts"
import type { Search } from "../core/search/search.ts"
import type { Space } from "../core/sweep/space.ts"
import { withText } from "./array-file-view.ts"
import { judgeFirstRows } from "./judge-search.ts"
import { needsPlacing } from "./needs-placing.ts"
import { type RoundPorts, roundFile, roundText } from "./plan-round.ts"
import { runName } from "./plan-run.ts"
import type { Planned, PlanPorts } from "./planned.ts"
import { plannedWith } from "./planned-with.ts"
import { RowQueues } from "./row-queues.ts"
import type { QueuePorts } from "./submit-arrays.ts"
import { refuseUnreachable } from "./submit-platform.ts"
import { createUnderFreeId, planSubmission, runRecord, type SubmitProgress, type SubmitRequest } from "./submit-run.ts"

/** As of a submission; `manifest` is the space file. */
export interface SearchRequest extends Omit<SubmitRequest, "saved" | "row" | "columns" | "firing"> {
  readonly space: Space
  readonly text: string
}

/** Children of an attached run stay with their training jobs: so many at most, as for other runs. */
const ATTACHED_ROWS = 100
/** The record of a run has room for a few hundred parts (DynamoDB: 400 KB). */
const MOST_ROUNDS = 400
const MOST_SPACE_CHARACTERS = 64_000

/** A search before anything of it is written. */
export interface PlannedSearch {
  readonly search: Search
  /** Of the rows of the first round. */
  readonly planned: Planned
  readonly plan: Plan
  readonly request: SubmitRequest
  readonly queues: RowQueues
}

/** Chooses, plans and judges the first rows; writes nothing. Errors: as of `planSubmission`, and `unsupported` for what a search does not have. */
export async function planSearch(
  ports: PlanPorts,
  config: Config,
  given: SearchRequest,
  rules: SearchRules,
): Promise<PlannedSearch> {
  const { space, manifest } = given
  const search = refuseUnfit(given)
  const round = decideRound(rules, space, search, NO_HISTORY, { learned: [], seen: [], ends: null })
  if (round === null || round.rows.length === 0) {
    throw new RegattaError("invalid", `${manifest} has no points: its constraints refuse all of them`, {
      fields: { path: manifest },
    })
  }
  const name = given.name ?? runName(manifest)
  const request = { ...given, name, manifest: roundFile(manifest, 1), columns: null, row: null, saved: null }
  const reading = { ...ports, files: withText(ports.files, request.manifest, roundText(space, round.rows)) }
  if (await needsPlacing(reading.files, config, request)) {
    throw new RegattaError("unsupported", "regions of the rows of a search are not chosen (region: auto, place)", {
      hint: "name the region, or make it a parameter: {values: [eu-central-1, us-east-1], column: region}",
      fields: { path: manifest },
    })
  }
  const queues = new RowQueues(config)
  const { planned, plan } = await planSubmission(reading, config, request, queues)
  const notes = await judgeFirstRows(reading, config, request, search)
  return { search, planned: { ...planned, problems: [...planned.problems, ...notes] }, plan, request, queues }
}

/** The run, without rows yet. Errors: as of `planSearch` and `createRun`. `onPlan` is given the plan of the first round. */
export async function startSearch(
  ports: QueuePorts & RoundPorts,
  config: Config,
  given: SearchRequest,
  rules: SearchRules,
  progress: Pick<SubmitProgress, "onPlan" | "onCreated">,
  signal: AbortSignal,
): Promise<RunRecord> {
  refuseUnreachable(config)
  const { text, manifest } = given
  const { search, planned, plan, request: first, queues } = await planSearch(ports, config, given, rules)
  await ports.queue.ready(queues.regions())
  await progress.onPlan?.(planned, plan)
  const sha256 = ports.world.digest()
  sha256.update(text)
  const pinned = { ...plan, manifest: { file: manifest, sha256: sha256.hex() } }
  const { allowPlainEnv } = given
  return createUnderFreeId(ports, config, { name: plan.name }, progress, signal, (id, createdAt) => ({
    ...runRecord(config, first, pinned, [], { id, createdAt, arrays: [] }),
    follow: config.follow ?? (config.on === "local" || search.parallel <= ATTACHED_ROWS ? "attached" : "detached"),
    search: {
      settings: search,
      space: text,
      plannedWith: plannedWith(ports.world, config),
      ...(allowPlainEnv.length === 0 ? {} : { allowPlainEnv }),
      isOver: false,
    },
  }))
}

function refuseUnfit({ space, text, manifest }: SearchRequest): Search {
  const { search, regions } = space
  const fields = { path: manifest }
  if (search === null) throw new RegattaError("fault", `${manifest} has no search`, { fields })
  if (regions !== null) {
    throw new RegattaError("unsupported", "rows of a search are not spread over regions", {
      hint: "make the region a parameter: {values: [eu-central-1, us-east-1], column: region}",
      fields,
    })
  }
  if (text.length > MOST_SPACE_CHARACTERS) {
    const most = MOST_SPACE_CHARACTERS.toLocaleString("en-US")
    throw new RegattaError("unsupported", `the space of a search has at most ${most} characters`, { fields })
  }
  if (search.trials / search.parallel > MOST_ROUNDS) {
    const least = Math.ceil(search.trials / MOST_ROUNDS)
    throw new RegattaError(
      "unsupported",
      `${search.trials} trials, ${search.parallel} at once, take more rounds than a run has room for`,
      { hint: `set parallel to at least ${least}`, fields },
    )
  }
  return search
}
