// The rows of one round of a search: planned with the project's settings like any manifest's, their code packed, and pinned as a
// part of the run. It writes code archives and pinned rows only, and the same again when it is repeated.

import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { serializeSpec } from "../core/job/serialize-spec.ts"
import type { Part, RunRecord } from "../core/run/run.ts"
import { roundCells, roundColumns } from "../core/run/search-rows.ts"
import type { ArrayPiece } from "../core/run/slices.ts"
import type { TrialRow } from "../core/search/search.ts"
import type { Space } from "../core/sweep/space.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { withText } from "./array-file-view.ts"
import { csvText } from "./csv-text.ts"
import { pinLines } from "./pin-manifest.ts"
import { NO_HOME, Packing } from "./pin-rows.ts"
import { planRun } from "./plan-run.ts"
import type { PlanPorts } from "./planned.ts"
import { RowQueues } from "./row-queues.ts"

export type RoundPorts = Pick<OpenPorts, "files" | "objects" | "world"> & Pick<PlanPorts, "service" | "account">

/** What of a run's earlier rows its later ones must agree with. */
export interface EarlierRows {
  /** Of the first row of a trial, by its index: what later rungs go on from. */
  readonly checkpoints: ReadonlyMap<number, Pick<JobSpec, "checkpoint">>
  /** URI of the packed code by program and region. */
  readonly archives: Map<string, string>
}

export interface PlannedRound {
  readonly part: Part
  readonly pieces: readonly ArrayPiece[]
  /** USD per instance-hour by `region/instance_type`, of what the run's record does not have yet. */
  readonly prices: Readonly<Record<string, number>>
}

export interface RoundToPlan {
  readonly round: number
  readonly first: number
  readonly rows: readonly TrialRow[]
}

/** A name for the round's rows in messages; relative paths begin where the space file is. */
export function roundFile(space: string, round: number): string {
  return `${space} (round ${round})`
}

/** A round's rows as a manifest: what `planRun` reads. */
export function roundText(space: Space, rows: readonly TrialRow[]): string {
  return csvText([roundColumns(space), ...rows.map((row) => roundCells(space, row))])
}

/**
 * Plans and pins the rows. `rootOf`: index of the first row of a row's trial. Errors: `invalid` with every problem, `changed`
 * where code is not what earlier rows were packed with, and what storing throws.
 */
export async function planRound(
  ports: RoundPorts,
  given: Config,
  run: RunRecord,
  space: Space,
  round: RoundToPlan,
  earlier: EarlierRows,
  rootOf: (index: number) => number,
): Promise<PlannedRound> {
  const config = { ...given, prices: { ...given.prices, ...run.prices } }
  const rows = await specsOf(ports, config, run, space, round)
  const packing = new Packing(ports, null)
  const queues = new RowQueues(config)
  const lines: string[] = []
  for (const { spec, code } of rows.planned) {
    const packed = continued(await packing.withCode(spec, code), round, earlier, rootOf)
    refuseOtherCode(run, packed, earlier)
    queues.add(packed.index, packed.region)
    lines.push(serializeSpec(packed))
  }
  const part = await pinLines(ports, config.home ?? NO_HOME, iterate(lines))
  const pieces = await queues.pieces(ports, part.size, round.first)
  const prices = Object.fromEntries(Object.entries(rows.prices).filter(([place]) => run.prices[place] === undefined))
  return { part: { rows: part.rows, index: part.index, size: part.size }, pieces, prices }
}

interface PlannedRow {
  readonly spec: JobSpec
  readonly code: CodeSource | null
}

/** The account is asked only where a price is not known yet: what else it says was asked when the run was made. */
async function specsOf(ports: RoundPorts, config: Config, run: RunRecord, space: Space, round: RoundToPlan) {
  const { account, ...plain } = ports
  const first = await planOnce(plain, config, run, space, round)
  const isPriced = ({ spec }: PlannedRow) =>
    spec.places.every(({ region, instanceType }) => config.prices[`${region}/${instanceType}`] !== undefined)
  if (account === undefined || first.planned.every(isPriced)) return first
  return planOnce(ports, config, run, space, round)
}

async function planOnce(ports: RoundPorts, config: Config, run: RunRecord, space: Space, round: RoundToPlan) {
  const manifest = roundFile(run.manifest.file, round.round)
  const files = withText(ports.files, manifest, roundText(space, round.rows))
  const { earlierRuntimeSeconds = null } = run
  const request = {
    manifest,
    columns: null,
    allowPlainEnv: run.search?.allowPlainEnv ?? [],
    name: run.name,
    row: null,
    first: round.first,
    earlierRuntimeSeconds,
  }
  const planned: PlannedRow[] = []
  const { plan, problems } = await planRun({ ...ports, files }, config, request, async (spec, code) => {
    planned.push({ spec, code })
  })
  if (plan === null) {
    throw new RegattaError("invalid", `round ${round.round} of the search ${run.run} cannot be planned`, {
      problems: problems.filter(({ severity }) => severity === "error"),
      fields: { run: run.run },
    })
  }
  return { planned, prices: plan.prices }
}

/** A row further up has the checkpoint of its trial's first row, and goes on from what the rows between have left there. */
function continued(
  spec: JobSpec,
  { first, rows }: RoundToPlan,
  { checkpoints }: EarlierRows,
  rootOf: (index: number) => number,
): JobSpec {
  const row = rows[spec.index - first]
  if (row === undefined || row.parent === null) return spec
  const root = checkpoints.get(rootOf(spec.index))
  return root === undefined ? spec : { ...spec, checkpoint: root.checkpoint }
}

function refuseOtherCode(run: RunRecord, spec: JobSpec, { archives }: EarlierRows): void {
  for (const [key, uri, what] of archivesOf(spec)) {
    const before = archives.get(key)
    if (before !== undefined && before !== uri) {
      throw new RegattaError(
        "changed",
        `the rows of one search are alike, and the program ${what} changed since ${run.run} began`,
        {
          hint: `set it back and \`regatta sweep --resume ${run.run}\`, or end the search with \`regatta stop ${run.run}\``,
          fields: { run: run.run, path: what },
        },
      )
    }
  }
}

/** Notes what later rows must agree with. */
export function noteRow(spec: JobSpec, { archives }: EarlierRows): void {
  for (const [key, uri] of archivesOf(spec)) archives.set(key, uri)
}

function archivesOf({
  program,
  region,
}: Pick<JobSpec, "program" | "region">): readonly (readonly [string, string, string])[] {
  if (program === null || program.archive === null) return []
  const { entryPoint, sourceDir, dependencies, archive } = program
  const key = JSON.stringify([region, entryPoint, sourceDir, dependencies])
  return [[key, archive.uri, sourceDir === null ? entryPoint : `${entryPoint} in ${sourceDir}`]]
}

async function* iterate(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}
