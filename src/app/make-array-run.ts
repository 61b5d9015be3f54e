import type { Config } from "../core/config/config.ts"
import { isRegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { Plan } from "../core/run/plan.ts"
import { BATCH_OWNER, type ObjectRef, type RunRecord } from "../core/run/run.ts"
import { arrayName } from "../core/run/slices.ts"
import type { ArrayFileJob, ArrayFilePorts } from "./adopt-array-file.ts"
import { withObject } from "./array-file-view.ts"
import { pinRows } from "./pin-rows.ts"
import { statAnywhere } from "./stat-anywhere.ts"
import { planSubmission, runRecord, type SubmitRequest } from "./submit-run.ts"

/** Plans the file's rows, pins as many as there are children and writes the run. Errors as `adoptArrayFile`. */
export async function makeArrayRun(
  ports: ArrayFilePorts,
  given: Config,
  job: ArrayFileJob,
  id: RunId,
  me: OwnerId,
): Promise<RunRecord> {
  const { objects, table, world } = ports
  const object = await statAnywhere(objects, job.uri, given.home ?? "")
  // Whoever submitted by hand started no follower: each child stays with its training job, unless told otherwise, no steps follow and nobody is told.
  const { after: _steps, notify: _told, ...settings } = given
  const config = {
    ...settings,
    account: given.account ?? (await ports.caller()).account,
    follow: given.follow ?? ("attached" as const),
  }
  const reading = { objects, world, files: withObject(ports.files, objects, object) }
  const request = requestOf(job, me)
  const { plan } = await planSubmission(reading, config, request)
  if (plan.size > job.size) world.log.event("warn", "more rows than children", { rows: plan.size, children: job.size })
  const part = await pinRows(reading, config, { ...request, most: job.first + job.size }, plan, () => {})
  const array = { name: arrayName(id, 0), id: job.parent, size: job.size, first: job.first, claim: null }
  const made = runRecord(config, request, withObjectOf(plan, object), [part], {
    id,
    createdAt: world.clock.now(),
    arrays: [array],
  })
  return createOrFind(table, made)
}

function withObjectOf(plan: Plan, object: ObjectRef) {
  return { ...plan, manifest: { ...plan.manifest, object } }
}

/** Another child may have been as quick; its run has the same rows. */
async function createOrFind(table: ArrayFilePorts["table"], run: RunRecord): Promise<RunRecord> {
  try {
    await table.createRun(run)
    return run
  } catch (error) {
    if (!isRegattaError(error, "conflict")) throw error
    return (await table.readRun(run.run)) ?? run
  }
}

function requestOf({ uri, columns, size, first }: ArrayFileJob, me: OwnerId): SubmitRequest {
  return {
    manifest: uri,
    columns,
    allowPlainEnv: [],
    name: null,
    // A plain job carries the one row that it names; the others of the file are not looked at.
    row: size === 1 ? first : null,
    createdBy: BATCH_OWNER,
    me,
    maxCostUsd: null,
    allowUnknownPrice: false,
    saved: null,
  }
}
