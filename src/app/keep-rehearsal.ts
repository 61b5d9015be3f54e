// Writes a rehearsed run into the caller's own table, marked as simulated, so that `status`, `results` and `cost` show it.
// It submits nothing and counts at no limit: a kept run has ended, has no array, and nobody carries it further.
import { isFinal } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { serializeSpec } from "../core/job/serialize-spec.ts"
import { keptChanges } from "../core/run/kept-row.ts"
import { runId } from "../core/run/names.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { inLanes } from "./in-lanes.ts"
import { commitId } from "./perform.ts"
import { pinLines } from "./pin-manifest.ts"
import type { PlayedRun } from "./rehearse-run.ts"
import { randomLetters } from "./submit-run.ts"

export interface Keeper {
  readonly owner: string
  readonly prefix: string
  /** Region of the pinned rows. */
  readonly home: string
}

/** Rows written at once. */
const AT_ONCE = 8

/** The kept run, as if it had been submitted now. Errors: `refused` (it has not ended), and what table and store throw. */
export async function keepRehearsal(
  ports: Pick<OpenPorts, "table" | "objects" | "world">,
  { run, rows, specs }: PlayedRun & { readonly specs: readonly JobSpec[] },
  { owner, prefix, home }: Keeper,
): Promise<RunRecord> {
  const { table, objects, world } = ports
  if (rows.length < specs.length || rows.some(({ record }) => !isFinal(record.state.status)))
    throw new RegattaError("refused", "the rehearsed run is not kept: with the first seed it does not end", {
      hint: "see what its rows wait for; another --seed may end",
    })
  const part = await pinLines({ objects, world }, home, lines(specs))
  const at = world.clock.now()
  const kept: RunRecord = {
    ...run,
    run: runId(prefix, at, run.name, randomLetters(world)),
    version: 1,
    createdBy: owner,
    createdAt: at,
    parts: [part],
    arrays: [],
  }
  await table.createRun(kept)
  const keeping = { from: run.run, to: kept.run, laterMs: at - run.createdAt }
  await inLanes(
    rows,
    () => "",
    AT_ONCE,
    async (row) => {
      for (const change of keptChanges(row, keeping)) {
        const done = await table.commit(kept, { ...change, id: commitId(world, change.next) })
        if (!done.ok)
          throw new RegattaError("fault", `row ${row.record.index} of ${kept.run} was not kept: ${done.detail}`)
      }
    },
  )
  return kept
}

async function* lines(specs: readonly JobSpec[]): AsyncGenerator<string> {
  for (const spec of specs) yield serializeSpec(spec)
}
